"""Outlines of masks: exactly along the edges of the pixels, or through the border's pixels."""

from __future__ import annotations

from functools import reduce

import cv2
import numpy as np

MAX_COMPARED_POINTS = 500
"""Of each of two rings, to find where they are closest."""


def edge_polygons(mask: np.ndarray) -> list[list[np.ndarray]]:
    """Return the polygons whose inside is a mask, exactly.

    Pixel (x, y) is the square between the corners (x, y) and (x + 1, y + 1).

    Args:
        mask: (H, W) bool.

    Returns:
        One polygon for each part (pixels that touch at a corner alone are apart): its outer ring
        and its holes, each an (N, 2) int64 array of corners x, y without a repeated last one. No
        ring touches itself.
    """
    mask, offset = _cropped(mask)
    count, parts, boxes, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    polygons = []
    for part in range(1, count):
        x, y, width, height, _ = boxes[part]
        inside = (parts[y : y + height, x : x + width] == part).view(np.uint8)
        # OpenCV's contours go through the middle of pixels. Where each pixel is 2 x 2, halving the
        # coordinates upwards gives the corners: of 2x and 2x + 1, x and x + 1.
        doubled = inside.repeat(2, axis=0).repeat(2, axis=1)
        contours, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        rings = [_corners((contour[:, 0] + 1) // 2) for contour in contours]
        rings.sort(key=lambda ring: -np.ptp(ring, axis=0).max())  # the outer one is the largest
        corner = offset + np.array((x, y))
        polygons.append([ring + corner for ring in rings])
    return polygons


def border_rings(mask: np.ndarray) -> list[np.ndarray]:
    """Return the rings through the pixels of a mask's border, as OpenCV's ``fillPoly`` takes them.

    ``cv2.fillPoly(picture, rings, 1)`` gives the mask back.

    Args:
        mask: (H, W) bool.

    Returns:
        (N, 2) int64 arrays of pixels x, y: of all parts and holes, N from 1 on.
    """
    mask, offset = _cropped(mask)
    contours, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return [contour[:, 0] + offset for contour in contours]


def joined(rings: list[np.ndarray]) -> np.ndarray:
    """Return one ring that goes through all, there and back between them where they are closest.

    Args:
        rings: (N, 2) integer arrays, at least one.

    Returns:
        (M, 2) array; the area inside is the same where it is counted by crossings.
    """
    return reduce(_join, rings)


def _join(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    here, there = _closest(first, second)
    detour = np.concatenate([second[there:], second[: there + 1]])
    return np.concatenate([first[: here + 1], detour, first[here:]])


def _closest(first: np.ndarray, second: np.ndarray) -> tuple[int, int]:
    """Return the indices of two points of two rings that are closest; of long rings, nearly."""
    here, there = (max(1, len(ring) // MAX_COMPARED_POINTS) for ring in (first, second))
    distances = ((first[::here, None] - second[None, ::there]) ** 2).sum(axis=2)
    row, column = np.unravel_index(distances.argmin(), distances.shape)
    return int(row) * here, int(column) * there


def _cropped(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of a mask that is not empty, as (h, w) uint8, and its place, (2,) x, y."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    cropped = np.ascontiguousarray(mask[y : y + height, x : x + width])
    return cropped.view(np.uint8), np.array((x, y), np.int64)


def _corners(points: np.ndarray) -> np.ndarray:
    """Return the points of a closed path of unit steps at which it turns."""
    points = points[(points != np.roll(points, 1, axis=0)).any(axis=1)]
    arriving = points - np.roll(points, 1, axis=0)
    leaving = np.roll(points, -1, axis=0) - points
    return points[(arriving != leaving).any(axis=1)].astype(np.int64)
