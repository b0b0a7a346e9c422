"""High dynamic range, as telephones record it, made fit for ordinary screens.

Transfer functions of ITU-R BT.2100-2; highlights are bent by the curve of BT.2390-11 (section 5.4,
"EETF"), so that they keep their shape; white is at 203 cd/m2, as in BT.2408-7. FFmpeg's filter
"scale" would cut them off there, and its "zscale" is not in PyAV's wheels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from numpy.typing import ArrayLike

Transfer = Literal["pq", "hlg"]

WHITE = 203.0  # cd/m2 of what an ordinary screen shows as white
PEAK = 1_000.0  # cd/m2 of the brightest highlight: what cameras and telephones record
BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]],
    np.float32,
)  # ITU-R BT.2087-0
_STEPS = 4_096  # of the tables: as many as HDR files of 12 bits tell apart


def tone_map(rgb: np.ndarray, transfer: Transfer) -> np.ndarray:
    """Return a picture of BT.2020's colours as (H, W, 3) uint8 sRGB.

    Args:
        rgb: (H, W, 3) uint16, 0 to 65535: the coded values, as they are in the file.
        transfer: "pq" (SMPTE ST 2084) or "hlg" (ARIB STD-B67).
    """
    linear = _linear_table(transfer)[rgb >> 4]
    if transfer == "hlg":  # the scene's light to the screen's: system gamma 1.2 at 1000 cd/m2
        luminance = linear @ np.array([0.2627, 0.6780, 0.0593], np.float32)
        linear *= (PEAK * np.maximum(luminance, 1e-6) ** np.float32(0.2))[..., None]
    linear = np.maximum(cv2.transform(linear, BT2020_TO_BT709), 0)
    brightest = np.maximum(np.maximum(linear[..., 0], linear[..., 1]), linear[..., 2])
    # One gain for the three channels keeps the hue.
    linear *= _gain_table()[_place(brightest, PEAK)][..., None]
    return _srgb_table()[_place(linear, WHITE)]


def pq_to_light(code: ArrayLike) -> np.ndarray:
    """Return cd/m2 of PQ values 0 to 1 (BT.2100-2, table 4)."""
    root = np.asarray(code, np.float64) ** (32 / 2523)
    return 1e4 * (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)


def light_to_pq(light: ArrayLike) -> np.ndarray:
    """Return the PQ value, 0 to 1, of cd/m2 (BT.2100-2, table 4)."""
    root = (np.asarray(light, np.float64) / 1e4) ** (2610 / 16384)
    return ((0.8359375 + 18.8515625 * root) / (1 + 18.6875 * root)) ** (2523 / 32)


def bend(light: np.ndarray) -> np.ndarray:
    """Return cd/m2 from 0 to ``WHITE`` for such from 0 to ``PEAK`` (BT.2390-11, section 5.4)."""
    most = light_to_pq(PEAK)
    code, top = light_to_pq(light) / most, light_to_pq(WHITE) / most
    knee = 1.5 * top - 0.5
    t = np.clip((code - knee) / (1 - knee), 0, 1)
    bent = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * top
    )
    return pq_to_light(np.where(code < knee, code, bent) * most)


def _place(light: np.ndarray, most: float) -> np.ndarray:
    # By the square root the tables' steps are as fine in the shadows as an eye needs.
    return np.sqrt(np.minimum(light / np.float32(most), 1) * np.float32((_STEPS - 1) ** 2)).astype(
        np.uint16
    )


@lru_cache(maxsize=2)
def _linear_table(transfer: Transfer) -> np.ndarray:
    code = np.arange(_STEPS) / (_STEPS - 1)
    if transfer == "pq":
        return pq_to_light(code).astype(np.float32)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12).astype(np.float32)


@lru_cache(maxsize=1)
def _gain_table() -> np.ndarray:
    light = np.maximum(np.arange(_STEPS), 0.5) ** 2 / (_STEPS - 1) ** 2 * PEAK
    return (bend(light) / light).astype(np.float32)


@lru_cache(maxsize=1)
def _srgb_table() -> np.ndarray:
    light = (np.arange(_STEPS) / (_STEPS - 1)) ** 2
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * coded).astype(np.uint8)
