"""Every limit of the package in one place: its default, its range and its environment variable.

The variable of ``max_image_pixels`` is ``DETR_MAX_IMAGE_PIXELS``, and so on. The defaults suit a
public demo on 2 processors and 16 GB of memory.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from functools import lru_cache
from typing import Any

from .messages import UserError


class LimitError(UserError):
    """An environment variable holds something that its limit can't be."""


def _limit(default: int | float, least: int | float, most: int | float, about: str) -> Any:
    return field(default=default, metadata={"least": least, "most": most, "about": about})


@dataclass(frozen=True)
class Limits:
    """What the package accepts and how much it keeps.

    The text beside each limit is its documentation; ``describe`` prints it.
    """

    # Pictures
    max_image_bytes: int = _limit(25_000_000, 1_000, 2**31, "Largest picture file, in bytes.")
    # At most twice PIL.Image.MAX_IMAGE_PIXELS, where Pillow itself refuses to open a file.
    max_image_pixels: int = _limit(
        50_000_000, 10_000, 178_956_970, "Most pixels of a picture, checked before decoding."
    )
    min_image_side: int = _limit(16, 1, 1_000, "Shortest side of a picture, in pixels.")
    max_image_aspect: float = _limit(
        20.0, 1.0, 1_000.0, "Longest side of a picture over its shortest."
    )

    # Checkpoints
    max_checkpoints: int = _limit(
        2, 1, 100, "Checkpoints kept in memory; the least recently used one goes."
    )
    hub_timeout: float = _limit(
        4.0, 0.1, 600.0, "Seconds to wait for the Hub's first answer before saying it is away."
    )
    cache_bytes: int = _limit(
        256_000_000, 0, 2**40, "Predictions kept for new thresholds, in bytes of memory."
    )

    # Video
    max_video_bytes: int = _limit(100_000_000, 1_000, 2**33, "Largest video file, in bytes.")
    max_video_seconds: float = _limit(
        60.0, 1.0, 86_400.0, "Longest part of a video that is segmented, in seconds."
    )
    max_video_frames: int = _limit(
        7_200, 1, 10_000_000, "Most frames of a video: 60 seconds at 120 frames a second."
    )
    max_video_work_seconds: float = _limit(
        1_800.0, 1.0, 864_000.0, "Longest time for one video; what is done by then is kept."
    )
    max_video_pixels: int = _limit(
        9_000_000, 10_000, 500_000_000, "Most pixels of a video's frame: 4K is 8.8 million."
    )
    video_side: int = _limit(
        1_920, 64, 8_192, "Longest side of the video produced; larger frames are reduced."
    )

    # Serving
    queue_size: int = _limit(32, 1, 10_000, "Requests waiting for the network before it is full.")
    session_capacity: int = _limit(
        2_000, 1, 100_000, "Visitors whose place on the page is kept, some 20 kB for each."
    )
    file_lifetime: int = _limit(
        3_600, 60, 30 * 86_400, "Seconds after which uploaded and produced files are deleted."
    )
    kept_bytes: int = _limit(
        4_000_000_000,
        1_000_000,
        2**45,
        "Uploaded and produced files kept in all, in bytes; the oldest go first.",
    )
    sender_bytes: int = _limit(
        1_000_000_000,
        1_000,
        2**45,
        "Uploaded files kept of one address, in bytes; each counts as 100 kB at least.",
    )
    webcam_seconds: float = _limit(
        60.0, 1.0, 86_400.0, "Seconds of live webcam after which the next visitor has a turn."
    )


def variable(name: str) -> str:
    """Return the environment variable of a limit: ``max_image_bytes``, DETR_MAX_IMAGE_BYTES."""
    return f"DETR_{name.upper()}"


def read_limits(environment: Mapping[str, str]) -> Limits:
    """Return the limits that an environment asks for; what it doesn't name keeps its default.

    Args:
        environment: names and values, such as ``os.environ``. A value is a plain number,
            ``50000000`` or ``50_000_000``; an empty one counts as absent.

    Raises:
        LimitError: a value is not a number, not a whole one where it must be, or out of range.
    """
    chosen: dict[str, Any] = {}
    for limit in fields(Limits):
        text = environment.get(variable(limit.name), "").strip()
        if text:
            chosen[limit.name] = _parse(limit, text)
    return Limits(**chosen)


@lru_cache(maxsize=1)
def limits() -> Limits:
    """Return the limits of this process, read from its environment at the first call.

    Raises:
        LimitError: as ``read_limits``. Programs call this once at start, to stop there.
    """
    return read_limits(os.environ)


def describe() -> list[tuple[str, Any, str]]:
    """Return (environment variable, default, description) of every limit, in order."""
    return [
        (variable(limit.name), limit.default, limit.metadata["about"]) for limit in fields(Limits)
    ]


def _parse(limit: Field, text: str) -> int | float:
    # repr and a cut: whatever stands in the variable is shown on one short line.
    default: Any = limit.default
    said = {"variable": variable(limit.name), "value": repr(text[:40]), "default": default}
    try:
        value = type(default)(text)
    except ValueError:
        raise LimitError("limit_not_a_number", **said) from None
    least, most = limit.metadata["least"], limit.metadata["most"]
    if not least <= value <= most or math.isnan(value):
        raise LimitError("limit_out_of_range", least=least, most=most, **said)
    return value
