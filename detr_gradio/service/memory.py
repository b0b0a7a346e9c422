"""A picture for which the memory is too short gets a smaller detail, and its visitor is told."""

from __future__ import annotations

from dataclasses import replace

from ..messages import UserError
from .request import Outcome, SegmentationRequest, Stage
from .service import Service

MIN_LOWERED = 128
"""Below this the network sees too little: the memory is said to be short instead."""

_SMALLER = 0.7  # each time about half the pixels, and half the memory


def segment_within_memory(
    service: Service, view: SegmentationRequest, stage: Stage
) -> tuple[Outcome, SegmentationRequest]:
    """Segment a picture, with less detail than asked for where the memory is too short.

    Args:
        service: what segments.
        view: picture and settings.
        stage: told what is happening.

    Returns:
        The outcome, and the view that it is of.

    Raises:
        UserError: as ``Service.segment``; "network_memory" where the least detail is too much.
    """
    used = view
    while True:
        try:
            return service.segment(used, stage), used
        except UserError as error:
            if error.key != "network_memory":
                raise
            detail = used.detail or service.find(used.checkpoint).default_detail
            if detail * _SMALLER < MIN_LOWERED:
                raise
        used = replace(used, detail=int(detail * _SMALLER))
