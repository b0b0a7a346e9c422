"""Pictures of a result: overlay, flat map, single segments, cut-outs.

Pictures are (H, W, 3) uint8 RGB arrays of the image's size. Stuff is ground and things are figures:
stuff has muted fills without outlines, things vivid ones with crisp outlines and a label. Void is a
fine diagonal hatch, never a colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from .labels import draw_labels, place_labels, text_size
from .palette import RGB

if TYPE_CHECKING:
    from .panoptic import PanopticResult

ColorBy = Literal["segment", "category"]

OPACITY = 0.45
_PAPER, _INK = (236, 236, 232), (150, 150, 146)  # of the hatch on the flat map
_LIGHT = (255 - (255 - np.arange(256)) // 5 * 2).astype(np.uint8)  # most of the way to white


def overlay(
    image: np.ndarray,
    result: PanopticResult,
    *,
    opacity: float = OPACITY,
    outlines: bool = True,
    labels: bool = True,
    language: str = "en",
    color_by: ColorBy = "segment",
) -> np.ndarray:
    """Lay the segments' colours over an image.

    Args:
        image: (H, W, 3) uint8 RGB, the image of the result.
        result: what was found in it.
        opacity: of the fills, 0 (the image alone) to 1 (the colours alone).
        outlines: draw the outlines of things.
        labels: write the segments' names.
        language: of the names, "en" or "es".
        color_by: "segment" gives each thing its own shade, "category" the same one to all.

    Raises:
        ValueError: image and result differ in size, or the opacity is not in 0..1.
    """
    _check(image, result)
    if not 0 <= opacity <= 1:
        raise ValueError(f"Opacity must be from 0 to 1, not {opacity}.")
    colors = segment_colors(result, color_by)
    fills = _fill_colors(result, colors)
    picture = cv2.addWeighted(image, 1 - opacity, fills, opacity, 0)
    if result.void_area:
        void = result.segment_ids == 0
        _copy(image, picture, void)
        _copy(cv2.LUT(image, _LIGHT), picture, void & _hatch(void.shape))
    if outlines:
        _copy(fills, picture, _edges_of_things(result))
    del fills  # a large one takes as much memory as the picture
    if labels:
        size = text_size(result.segment_ids.shape)
        draw_labels(picture, place_labels(result, size, language), size, colors)
    return picture


def panoptic_map(result: PanopticResult, *, color_by: ColorBy = "segment") -> np.ndarray:
    """Return the flat map: every segment in its colour, void hatched."""
    picture = _fill_colors(result, segment_colors(result, color_by))
    if result.void_area:
        void = result.segment_ids == 0
        lines = void & _hatch(void.shape)
        # Indices of the pixels would take five times as much memory as the picture.
        for color, where in ((_PAPER, void), (_INK, lines)):
            np.copyto(picture, np.array(color, np.uint8), where=where[:, :, None])
    return picture


def cutout(image: np.ndarray, result: PanopticResult, segment_id: int) -> np.ndarray:
    """Return a segment cut out of the image: (h, w, 4) uint8 RGBA, as large as its bbox.

    Raises:
        KeyError: no such segment.
        ValueError: image and result differ in size.
    """
    _check(image, result)
    x, y, width, height = result.segment(segment_id).bbox
    window = np.s_[y : y + height, x : x + width]
    inside = (result.segment_ids[window] == segment_id).view(np.uint8)
    # Nothing of the surroundings stays hidden under the transparent part.
    cut = np.zeros((height, width, 4), np.uint8)
    return cv2.copyTo(cv2.cvtColor(image[window], cv2.COLOR_RGB2RGBA), inside, cut)


def segment_colors(result: PanopticResult, color_by: ColorBy = "segment") -> dict[int, RGB]:
    """Return the colour of each segment, by id."""
    return {
        s.id: s.category.segment_color(s.number if s.is_thing and color_by == "segment" else 1)
        for s in result.segments
    }


def _copy(source: np.ndarray, target: np.ndarray, where: np.ndarray) -> None:
    """Write the pixels of one picture, where a (H, W) bool array says so, into another."""
    cv2.copyTo(source, where.view(np.uint8), target)


def _check(image: np.ndarray, result: PanopticResult) -> None:
    if image.shape != (*result.segment_ids.shape, 3):
        raise ValueError(
            f"An image of shape {image.shape} does not fit a result of {result.segment_ids.shape}."
        )


def _fill_colors(result: PanopticResult, colors: dict[int, RGB]) -> np.ndarray:
    """Return the (H, W, 3) uint8 colours of all pixels, black for void."""
    # A result has at most 255 segments, as many as queries can compete.
    table = np.zeros((1, 256, 3), np.uint8)
    for segment_id, color in colors.items():
        table[0, segment_id] = color
    ids = result.segment_ids.astype(np.uint8)
    return cv2.LUT(cv2.cvtColor(ids, cv2.COLOR_GRAY2RGB), table)


def _edges_of_things(result: PanopticResult) -> np.ndarray:
    """Return the (H, W) bool pixels of things that are near another segment."""
    ids = result.segment_ids.astype(np.uint8)
    side = 2 * _line_width(ids.shape) + 1
    kernel = np.ones((side, side), np.uint8)
    is_thing = np.zeros(256, np.uint8)
    is_thing[[segment.id for segment in result.segments if segment.is_thing]] = 1
    edges = cv2.dilate(ids, kernel) != cv2.erode(ids, kernel)
    return edges & cv2.LUT(ids, is_thing).view(bool)


def _line_width(shape: tuple[int, int]) -> int:
    return max(1, round((shape[0] * shape[1]) ** 0.5 / 400))


def _hatch(shape: tuple[int, int]) -> np.ndarray:
    """Return the (H, W) bool lines of a diagonal hatch, a third of the pixels."""
    height, width = shape
    line = _line_width(shape)
    period = 3 * max(2, 2 * line)
    rows, columns = np.ogrid[:period, :period]
    tile = (rows + columns) % period < period // 3
    return np.tile(tile, (-(-height // period), -(-width // period)))[:height, :width]
