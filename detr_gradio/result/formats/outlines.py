"""Outlines of masks: exactly along the edges of the pixels, or through the border's pixels.

A mask may have a hundred thousand parts, where a person took a region by its colour: time and
memory grow with the number of its pixels and corners, and no faster.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

import cv2
import numpy as np

from ...messages import UserError

MAX_TURNS = 2_000_000
"""Of the outlines of a map, about: a million parts of one pixel have as many."""

MAX_COMPARED_POINTS = 500
"""Of each of two outlines, to find where they are closest; fewer where there are many outlines."""

_MIN_COMPARED_POINTS = 20
_COMPARED_POINTS = 10_000_000  # of all outlines of a mask together


def require_outlines(segment_ids: np.ndarray) -> None:
    """Refuse a map that is too finely cut up to be outlined.

    Anybody can send a corrected map. Of 3 million pixels, each of another segment than its
    neighbours, the polygons took minutes and 133 MB, and nothing else was answered for 16 s.

    Args:
        segment_ids: (H, W) integers.

    Raises:
        UserError: the outlines have more than about ``MAX_TURNS``.
    """
    if _upper_corners(segment_ids) + _upper_corners(segment_ids[:, ::-1]) > MAX_TURNS:
        raise UserError("export_too_fine")


def _upper_corners(segment_ids: np.ndarray) -> int:
    """Return how many pixels belong neither to what is above them nor to what is left of them."""
    corners = np.ones(segment_ids.shape, bool)
    corners[1:] = segment_ids[1:] != segment_ids[:-1]
    corners[:, 1:] &= segment_ids[:, 1:] != segment_ids[:, :-1]
    return int(np.count_nonzero(corners))


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
    if not mask.any():
        return []
    mask, offset = _cropped(mask)
    parts = np.pad(cv2.connectedComponents(mask, connectivity=4)[1], 1)
    # Of each point where four pixels meet: the parts of these pixels, 0 outside of the mask.
    around = parts[:-1, :-1], parts[:-1, 1:], parts[1:, :-1], parts[1:, 1:]
    upper_left, upper_right, lower_left, lower_right = (part > 0 for part in around)
    turns = (upper_left ^ upper_right ^ lower_left ^ lower_right).view(np.uint8)
    # Where two pixels touch at a corner alone, outlines turn twice.
    turns[
        (upper_left == lower_right) & (upper_right == lower_left) & (upper_left != upper_right)
    ] = 2
    rows, columns = np.nonzero(turns)
    counts = turns[rows, columns]
    is_second = np.zeros(counts.sum(dtype=int), bool)
    is_second[counts.cumsum(dtype=int)[counts == 2] - 1] = True
    rows, columns, is_double = (each.repeat(counts) for each in (rows, columns, counts == 2))
    upper_left, upper_right, lower_left, lower_right = (part[rows, columns] for part in around)
    # The first turn of two comes from the left, and goes up or down: it goes around one of the two
    # pixels, but where they are of one part, around what is between them.
    is_one_part = (upper_left == lower_right) & (upper_right == lower_left)
    goes_down = is_double & ((upper_right > 0) ^ is_one_part)
    vertical = _vertical_neighbours(rows, columns, is_second ^ goes_down)
    corners = np.stack([columns, rows], axis=1) + offset
    # A ring is found at its first corner: what is below that and to the right is inside, or a hole.
    is_outer = lower_right > 0
    owners = np.where(is_outer, lower_right, upper_right)
    polygons: dict[int, list[np.ndarray]] = {}
    for ring in _rings(vertical.tolist(), is_outer.tolist()):
        polygons.setdefault(int(owners[ring[0]]), []).append(corners[ring])
    return list(polygons.values())


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
    points = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).tolist()
    most = min(MAX_COMPARED_POINTS, max(_MIN_COMPARED_POINTS, _COMPARED_POINTS // len(rings)))
    detours: dict[int, list[Iterator[int]]] = {}
    for start, end in pairwise(ends):
        here, there = _closest(points[:start], points[start:end], most)
        there += start
        detour = chain(range(there, end), range(start, there + 1), [here])
        detours.setdefault(here, []).append(detour)
    path = []
    under_way = [iter(range(ends[0]))]
    while under_way:
        for point in under_way[-1]:
            path.append(point)
            if point in detours:
                under_way.append(chain.from_iterable(detours.pop(point)))
                break
        else:
            under_way.pop()
    return points[path]


def _closest(first: np.ndarray, second: np.ndarray, most: int) -> tuple[int, int]:
    """Return the indices of two points that are closest; nearly, where there are more than most."""
    here, there = (-(-len(ring) // most) for ring in (first, second))
    distances = ((first[::here, None] - second[None, ::there]) ** 2).sum(axis=2)
    row, column = np.unravel_index(distances.argmin(), distances.shape)
    return int(row) * here, int(column) * there


def _cropped(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of a mask that is not empty, as (h, w) uint8, and its place, (2,) x, y."""
    x, y, width, height = cv2.boundingRect(mask.view(np.uint8))
    cropped = np.ascontiguousarray(mask[y : y + height, x : x + width])
    return cropped.view(np.uint8), np.array((x, y), np.int64)


def _vertical_neighbours(rows: np.ndarray, columns: np.ndarray, is_lower: np.ndarray) -> np.ndarray:
    """Return with which corner each one shares a vertical edge.

    Args:
        rows: (N,), of the corners.
        columns: (N,), of the corners.
        is_lower: (N,) bool, whether it is the second one of two at a place, in its column.
    """
    # In each column the first one goes with the second, the third with the fourth, and so on.
    order = np.lexsort((is_lower, rows, columns))
    neighbours = np.empty_like(order)
    neighbours[order[::2]], neighbours[order[1::2]] = order[1::2], order[::2]
    return neighbours


def _rings(vertical: list[int], begins_down: list[bool]) -> Iterator[list[int]]:
    """Yield the corners of each ring, in the order in which their first ones come.

    Args:
        vertical: the neighbour of each corner in its column; in their rows, corners are neighbours
            two by two.
        begins_down: whether a ring that begins at a corner goes to ``vertical`` first.
    """
    seen = bytearray(len(vertical))
    for start in range(len(vertical)):
        ring, corner, goes_down = [], start, begins_down[start]
        while not seen[corner]:
            seen[corner] = 1
            ring.append(corner)
            corner = vertical[corner] if goes_down else corner ^ 1
            goes_down = not goes_down
        if ring:
            yield ring
