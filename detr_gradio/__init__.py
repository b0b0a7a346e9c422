"""Panoptic segmentation with DETR: a picture in, a map of things and stuff out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .batch.results import read_results
    from .checkpoints.hub import CheckpointUnavailable
    from .images import ImageError
    from .messages import UserError
    from .result.panoptic import PanopticResult, Segment
    from .segmenter import Segmenter, load_segmenter

__version__ = "0.1.0"

__all__ = [
    "CheckpointUnavailable",
    "ImageError",
    "PanopticResult",
    "Segment",
    "Segmenter",
    "UserError",
    "load_segmenter",
    "read_results",
]

_MODULES = {
    "CheckpointUnavailable": "checkpoints.hub",
    "ImageError": "images",
    "PanopticResult": "result.panoptic",
    "Segment": "result.panoptic",
    "Segmenter": "segmenter",
    "UserError": "messages",
    "load_segmenter": "segmenter",
    "read_results": "batch.results",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: torch takes seconds, and --help needs none."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULES[name]}", __name__), name)
