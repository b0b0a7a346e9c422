"""Masks in the ways in which tools write them, each to the run lengths of pycocotools."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from pycocotools import mask as coco_mask

from .annotated import Size

Points = Sequence[Sequence[float]]
_ELLIPSE_POINTS = 180
_RUN_BITS = 40


class MaskError(ValueError):
    """A mask can't be had; ``kind`` is that of the remark that says why."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


def encode(mask: np.ndarray) -> dict[str, Any]:
    """Return the run lengths of an (H, W) mask of bool."""
    return coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))


def decode(rle: dict[str, Any]) -> np.ndarray:
    """Return (H, W) bool."""
    return coco_mask.decode(rle).view(bool)


def coco_rle(said: Any, size: Size) -> dict[str, Any]:
    """Return COCO's run lengths, compressed or not, for a picture of a size.

    Raises:
        MaskError: they contradict themselves or belong to another size.
    """
    width, height = size
    if not isinstance(said, dict) or said.get("size") != [height, width]:
        raise MaskError("region_size")
    counts = said.get("counts")
    try:
        if isinstance(counts, list):
            if any(type(run) is not int or run < 0 for run in counts):
                raise MaskError("region_runs")
            return mask_of_runs(counts, size, "F")
        text = counts.encode("ascii")
    except (AttributeError, TypeError, ValueError, MemoryError) as error:
        raise MaskError("region_runs") from error
    # pycocotools would leave pixels that no run reaches as they happen to be.
    if _total(text) != width * height:
        raise MaskError("region_runs")
    return {"size": [height, width], "counts": text}


def _total(counts: bytes) -> int:
    """Return how many pixels compressed run lengths are, as pycocotools' rleFrString reads them.

    Raises:
        MaskError: a run is below 0 or longer than any picture.
    """
    runs: list[int] = []
    run = shift = 0
    for character in counts:
        bits = character - 48
        run |= (bits & 31) << shift
        shift += 5
        if shift > _RUN_BITS:
            raise MaskError("region_runs")
        if bits & 32:
            continue
        if bits & 16:
            run |= -1 << shift
        # From the fourth on, each is the difference from the one before the last.
        run += runs[-2] if len(runs) > 2 else 0
        if run < 0:
            raise MaskError("region_runs")
        runs.append(run)
        run = shift = 0
    return sum(runs)


def mask_of_runs(runs: Sequence[int], size: Size, order: Any = "C") -> dict[str, Any]:
    """Return the mask of run lengths, out of it and in it by turns.

    Args:
        runs: 0 or more each.
        size: of the mask.
        order: "C" for row by row, "F" for column by column.

    Raises:
        MaskError: they are not as many pixels as the mask has.
    """
    width, height = size
    if sum(runs) != width * height:
        raise MaskError("region_runs")
    inside = np.arange(len(runs)) % 2 == 1
    return encode(inside.repeat(runs).reshape((height, width), order=order))


def placed(box: np.ndarray, left: int, top: int, size: Size) -> dict[str, Any]:
    """Return the mask of a box that lies within a picture: (h, w) bool at its place."""
    whole = np.zeros(size[::-1], bool)
    whole[top : top + box.shape[0], left : left + box.shape[1]] = box
    return encode(whole)


def polygons(rings: Iterable[Sequence[float]], size: Size) -> dict[str, Any]:
    """Return polygons, filled as pycocotools fills them.

    Args:
        rings: each x, y, x, y, ... in pixels; without holes.
        size: of the picture.

    Raises:
        MaskError: there are fewer than three points, or one that can't be.
    """
    checked = [_checked(ring, size) for ring in rings]
    if not checked:
        raise MaskError("region_points")
    width, height = size
    return coco_mask.merge(coco_mask.frPyObjects(checked, height, width))


def drawn(shape: str, points: Points, size: Size) -> dict[str, Any]:
    """Return a shape as LabelMe draws it: with Pillow, its outline's pixels included.

    Args:
        shape: "polygon", "rectangle" (two corners) or "circle" (middle and a point of the edge).
        points: x, y in pixels.
        size: of the picture.

    Raises:
        MaskError: there are fewer points than it needs, or one that can't be.
    """
    pairs = [(float(x), float(y)) for x, y in points]
    least = 3 if shape == "polygon" else 2
    _checked([number for pair in pairs for number in pair], size, least)
    picture = Image.new("L", size)
    draw = ImageDraw.Draw(picture)
    if shape == "circle":
        (x, y), edge = pairs[:2]
        radius = math.dist((x, y), edge)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=1, outline=1)
    elif shape == "rectangle":
        (left, right), (top, bottom) = (sorted(side) for side in zip(*pairs[:2], strict=True))
        draw.rectangle((left, top, right, bottom), fill=1, outline=1)
    else:
        draw.polygon(pairs, fill=1, outline=1)
    return encode(np.asarray(picture) > 0)


def rectangle(x: float, y: float, width: float, height: float, turn: float = 0) -> list[float]:
    """Return the corners of a rectangle turned about its upper left one by degrees, clockwise."""
    corners = ((0, 0), (width, 0), (width, height), (0, height))
    return _turned(corners, (x, y), turn)


def ellipse(x: float, y: float, radius_x: float, radius_y: float, turn: float = 0) -> list[float]:
    """Return points of an ellipse about (x, y), turned about it by degrees, clockwise."""
    angles = np.linspace(0, 2 * math.pi, _ELLIPSE_POINTS, endpoint=False)
    points = zip(radius_x * np.cos(angles), radius_y * np.sin(angles), strict=True)
    return _turned(points, (x, y), turn)


def _turned(points: Iterable[tuple[float, float]], about: tuple, turn: float) -> list[float]:
    cosine, sine = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return [
        float(number)
        for x, y in points
        for number in (about[0] + x * cosine - y * sine, about[1] + x * sine + y * cosine)
    ]


def _checked(ring: Any, size: Size, least: int = 3) -> list[float]:
    """Return a ring whose points lie in the picture or not farther from it than it is long.

    What fills polygons takes time and memory for the way to points that are far away.
    """
    if not isinstance(ring, (list, tuple)) or len(ring) < 2 * least or len(ring) % 2:
        raise MaskError("region_points")
    farthest = 2 * max(size)
    if not all(type(n) in (int, float) and abs(n) <= farthest for n in ring):
        raise MaskError("region_points")
    return [float(number) for number in ring]
