"""Pictures made smaller for a screen."""

from __future__ import annotations

import cv2
import numpy as np


def shrink(image: np.ndarray, longest: int) -> np.ndarray:
    """Return a picture whose longer side has at most so many pixels; a smaller one as it is."""
    factor = longest / max(image.shape[:2])
    if factor >= 1:
        return image
    return cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
