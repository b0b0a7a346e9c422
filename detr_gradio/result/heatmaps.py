"""Maps of numbers over a picture, in a perceptually uniform colour map."""

from __future__ import annotations

import cv2
import numpy as np


def over_picture(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Show a map over a picture: the larger a value, the brighter, and the less picture.

    The colours are matplotlib's inferno, whose lightness grows evenly and which colour-blind eyes
    read alike. The picture is grey, so every colour is the map's.

    Args:
        image: (H, W, 3) uint8 RGB.
        values: (h, w), 0 or more; the largest becomes the brightest.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    shares = _enlarged(values, image.shape[:2])
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float32)
    alpha = (0.25 + 0.65 * np.sqrt(shares))[..., None]
    return (0.6 * grey * (1 - alpha) + colored(shares) * alpha).astype(np.uint8)


def colored(shares: np.ndarray) -> np.ndarray:
    """Return inferno's colours of (h, w) values 0..1, as (h, w, 3) uint8 RGB."""
    levels = np.rint(shares * 255).astype(np.uint8)
    return cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)


def _enlarged(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return values scaled to 0..1 and enlarged smoothly to (height, width)."""
    top = float(values.max(initial=0))
    shares = values.astype(np.float32) / top if top > 0 else np.zeros(values.shape, np.float32)
    return np.clip(cv2.resize(shares, size[::-1], interpolation=cv2.INTER_CUBIC), 0, 1)
