"""What reading, working on and writing a video share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..messages import UserError


class VideoError(UserError):
    """A video that can't be used, and what to do about it."""


@dataclass(frozen=True)
class Frame:
    """One frame of a video.

    Attributes:
        image: (H, W, 3) uint8 RGB, upright, square pixels, both sides even; all of one size.
        seconds: time from the beginning of the video.
    """

    image: np.ndarray
    seconds: float
