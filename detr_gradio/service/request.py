"""What the service is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..checkpoints.catalogue import Checkpoint
from ..messages import UserError
from ..result.options import THRESHOLD

if TYPE_CHECKING:
    from ..result.panoptic import PanopticResult

Stage = Callable[[str, dict], None]
"""Told what is happening: a stage of ``STAGES`` and what its sentence needs."""

STAGES = ("read", "start", "download", "load", "network", "draw")


@dataclass(frozen=True)
class SegmentationRequest:
    """A picture and how it is segmented: all that reproduces a result.

    Attributes:
        picture: path of the picture's file; empty for a frame that no file holds.
        name: stem for the names of downloads.
        checkpoint: a name of the catalogue; None for the app's own choice.
        threshold: least score of a segment, 0.5..1.
        detail: shorter side of the network's input in pixels; None for the checkpoint's own.
        method: "paper" or "reference".
        correction: path of the file with what a person has made of the result; empty without.
    """

    picture: str = ""
    name: str = "picture"
    checkpoint: str | None = None
    threshold: float = THRESHOLD
    detail: int | None = None
    method: str = "paper"
    correction: str = ""


@dataclass(frozen=True, eq=False)
class Outcome:
    """A segmented picture.

    Attributes:
        image: (H, W, 3) uint8, upright RGB.
        result: its panoptic result.
        checkpoint: the one that produced it.
        stand_in_for: the checkpoint that was wanted, where another one had to do.
        reason: why, then.
        seconds: from the picture's file to the result.
    """

    image: np.ndarray
    result: PanopticResult
    checkpoint: Checkpoint
    stand_in_for: Checkpoint | None
    reason: UserError | None
    seconds: float
