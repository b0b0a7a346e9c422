"""Label maps as they travel to the browser."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import cv2
import numpy as np

MAP_PIXELS = 1_000_000
"""A map that is looked at has at most so many pixels: about what the network sees at detail 800."""


def map_value(ids: np.ndarray) -> dict[str, Any]:
    """Return a map for the browser.

    Args:
        ids: (h, w) integers, 0..65535.

    Returns:
        Its width, its height, and its ids as base64 of deflated little-endian uint16, row by row;
        exact in every browser, unlike a picture read back from a canvas.
    """
    deflated = zlib.compress(np.ascontiguousarray(ids, "<u2").data, 1)
    return {
        "width": ids.shape[1],
        "height": ids.shape[0],
        "deflated": base64.b64encode(deflated).decode("ascii"),
    }


def reduced_ids(segment_ids: np.ndarray, input_size: tuple[int, int]) -> np.ndarray:
    """Return (h, w) uint16 of at most MAP_PIXELS, by nearest neighbour.

    Where the network saw less than the image has, the map has the size that the network saw: the
    rest is repetition, and outlines of repeated pixels are stairs.
    """
    ids = segment_ids.astype(np.uint16)
    seen = tuple(map(min, ids.shape, input_size))
    size = reduced_size(seen, MAP_PIXELS) or seen[::-1]
    if size == ids.shape[::-1]:
        return ids
    return cv2.resize(ids, size, interpolation=cv2.INTER_NEAREST_EXACT)


def reduced_size(shape: tuple[int, ...], pixels: int) -> tuple[int, int] | None:
    """(width, height) with the same proportions and at most so many pixels; None if it is small."""
    height, width = shape[:2]
    if height * width <= pixels:
        return None
    factor = (pixels / (height * width)) ** 0.5
    return max(1, int(width * factor)), max(1, int(height * factor))
