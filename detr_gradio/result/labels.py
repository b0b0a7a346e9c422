"""Where the names of segments stand on a picture, and how they are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PIL import Image, ImageDraw

from .lettering import font_for, own_font
from .palette import RGB, text_color

if TYPE_CHECKING:
    from .panoptic import PanopticResult, Segment

_SMALLEST_TEXT = 7  # pixels; smaller letters are no longer letters
_FINEST_GRID = 400  # points across a segment that the search for its middle looks at
_STEPS = (0, -0.5, 0.5, -1, 1, -1.5, 1.5, -2, 2, -3, 3)  # label heights to move by, best first
_SUPERSAMPLING = 4  # for the rounded ends of a label


@dataclass(frozen=True)
class Label:
    """A name on a picture.

    Attributes:
        segment: whose name it is.
        text: what it says.
        box: (left, top, right, bottom) in pixels, inside the picture.
    """

    segment: Segment
    text: str
    box: tuple[int, int, int, int]


def label_point(result: PanopticResult, segment_id: int) -> tuple[int, int]:
    """Return the pixel (x, y) deepest inside the largest part of a segment.

    Raises:
        KeyError: no such segment.
    """
    x, y, width, height = result.segment(segment_id).bbox
    crop = result.segment_ids[y : y + height, x : x + width] == segment_id
    stride = 1 + max(width, height) // _FINEST_GRID
    if not crop[::stride, ::stride].any():
        stride = 1  # thinner than the grid
    # A frame of zeros, so that the edge of the crop counts as an edge of the segment.
    mask = np.pad(crop[::stride, ::stride], 1).astype(np.uint8)
    _, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    largest = 1 + stats[1:, cv2.CC_STAT_AREA].argmax()
    depth = cv2.distanceTransform((parts == largest).view(np.uint8), cv2.DIST_L2, 5)
    row, column = np.unravel_index(depth.argmax(), depth.shape)
    return int(x + (column - 1) * stride), int(y + (row - 1) * stride)


def place_labels(result: PanopticResult, size: int, language: str = "en") -> list[Label]:
    """Find places for the names of all segments.

    Things come first and the largest before the small. A label stands in the middle of the largest
    part; where it would hide a thing it stands above it, and where it would cover another label it
    moves up or down, at most by three times its height. Where there is no place left the least bad
    one is taken for things; stuff goes without a name there, and where it is smaller than its name.

    Args:
        result: whose segments.
        size: of the text in pixels.
        language: "en" or "es".

    Returns:
        Labels that are entirely inside the picture. What is wider than the picture has no label.
    """
    height, width = result.segment_ids.shape
    labels: list[Label] = []
    for segment in sorted(result.segments, key=lambda segment: not segment.is_thing):
        text = _text(segment, language)
        label_width, label_height = _extent(text, size)
        if label_width > width or label_height > height:
            continue
        left, middle = label_point(result, segment.id)
        left = min(max(left - label_width // 2, 0), width - label_width)
        if segment.area < label_width * label_height:
            if not segment.is_thing:
                continue
            middle = segment.bbox[1] - 0.6 * label_height
        boxes = []
        for step in _STEPS:
            top = round(middle + (step - 0.5) * label_height)
            top = min(max(top, 0), height - label_height)
            boxes.append((left, top, left + label_width, top + label_height))
        overlaps = [sum(_overlap(box, label.box) for label in labels) for box in boxes]
        least_overlap = min(overlaps)
        best = boxes[overlaps.index(least_overlap)]
        if segment.is_thing or not least_overlap:
            labels.append(Label(segment, text, best))
    return labels


def text_size(shape: tuple[int, int]) -> int:
    """Size of text in pixels for a picture of (height, width): readable, and in proportion."""
    side = (shape[0] * shape[1]) ** 0.5
    return max(_SMALLEST_TEXT, round(min(max(12, side / 42), side / 14)))


def draw_labels(
    picture: np.ndarray, labels: Iterable[Label], size: int, colors: dict[int, RGB]
) -> None:
    """Draw labels on a picture, in place.

    Pillow gets the surroundings of each label alone: it would copy a large picture twice, while
    nothing else of the program runs.

    Args:
        picture: (H, W, 3) uint8 RGB.
        labels: from ``place_labels``.
        size: of the text in pixels, as given to ``place_labels``.
        colors: of the segments by id. Things have a plate of it; stuff is written on the ground
            itself, as maps write the names of regions.
    """
    for label in labels:
        left, top, right, bottom = label.box
        # The ink of a name may reach beyond its box, by less than the height of the text.
        x, y = max(left - size, 0), max(top - size, 0)
        part = picture[y : bottom + size, x : right + size]
        canvas = Image.fromarray(part)
        draw = ImageDraw.Draw(canvas)
        font = font_for(label.text, size) or own_font(size)
        middle = ((left + right) / 2 - x, (top + bottom) / 2 - y)
        if label.segment.is_thing:
            color = colors[label.segment.id]
            ink = text_color(color)
            plate = left - x, top - y, right - x, bottom - y
            _paste_plate(canvas, plate, color, edge=ink, line=max(1, size // 12))
            draw.text(middle, label.text, fill=ink, font=font, anchor="mm")
        else:
            line = max(1, size // 9)
            draw.text(
                middle,
                label.text,
                fill=(255, 255, 255),
                font=font,
                anchor="mm",
                stroke_width=line,
                stroke_fill=(40, 44, 52),
            )
        part[:] = canvas


def _text(segment: Segment, language: str) -> str:
    """Return a segment's name; the id of its category where no font has the letters."""
    name = segment.name(language)
    if font_for(name, _SMALLEST_TEXT):
        return name
    return f"#{segment.category_id}" + (f" {segment.number}" if segment.is_thing else "")


def _extent(text: str, size: int) -> tuple[int, int]:
    """Return width and height of a label, the same height for every text."""
    own = own_font(size)
    font = font_for(text, size) or own
    ascent, descent = own.getmetrics()
    return round(font.getlength(text) + size), round((ascent + descent) * 1.15)


def _overlap(box: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> int:
    width = min(box[2], other[2]) - max(box[0], other[0])
    height = min(box[3], other[3]) - max(box[1], other[1])
    return max(width, 0) * max(height, 0)


def _paste_plate(
    canvas: Image.Image, box: tuple[int, int, int, int], color: RGB, edge: RGB, line: int
) -> None:
    """Draw a plate with round ends and a thin edge; Pillow's own shapes are not smooth."""
    size = box[2] - box[0], box[3] - box[1]
    for inset, fill in ((0, edge), (line, color)):
        canvas.paste(fill, box[:2], _plate(size, inset))


@lru_cache(maxsize=256)  # a video's frames have the same names
def _plate(size: tuple[int, int], inset: int) -> Image.Image:
    mask = Image.new("L", (size[0] * _SUPERSAMPLING, size[1] * _SUPERSAMPLING))
    start = inset * _SUPERSAMPLING
    end = (mask.width - 1 - start, mask.height - 1 - start)
    ImageDraw.Draw(mask).rounded_rectangle([(start, start), end], mask.height // 2, fill=255)
    return mask.resize(size, Image.Resampling.BOX)
