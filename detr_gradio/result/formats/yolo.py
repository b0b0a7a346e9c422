"""YOLO segmentation (https://docs.ultralytics.com/datasets/segment): a line of text a segment."""

from __future__ import annotations

import json

from .outlines import border_rings, joined, require_outlines
from .source import ExportSource, label_names

_INSIDE = 0.25
"""Readers multiply by the picture's size and round or cut off: both give the pixel back."""


def yolo_labels(source: ExportSource) -> bytes:
    """Return the label file of one picture: ``class x1 y1 x2 y2 ...``, as fractions of its size.

    The points are the pixels of the border, as ``cv2.fillPoly`` takes them. A line is one polygon
    without holes: parts and holes are joined by lines there and back, which readers fill.

    Raises:
        UserError: it has too many parts.
    """
    require_outlines(source.result.segment_ids)
    classes = {category.id: n for n, category in enumerate(source.instance_categories)}
    lines = []
    for segment in source.instances:
        points = joined(border_rings(source.crop(segment))) + segment.bbox[:2]
        repeats = -(-3 // len(points))  # three points make a polygon, also of a single pixel
        fractions = (points.repeat(repeats, axis=0) + _INSIDE) / source.size
        numbers = " ".join(f"{number:.6f}" for number in fractions.ravel())
        lines.append(f"{classes[segment.category_id]} {numbers}\n")
    return "".join(lines).encode()


def yolo_table(source: ExportSource) -> bytes:
    """Return ``data.yaml``: where pictures are, and the classes' names in the labels' order."""
    names = label_names(source.instance_categories)
    lines = [
        # A JSON string is a YAML string.
        f"  {number}: {json.dumps(names[category.id], ensure_ascii=False)}\n"
        for number, category in enumerate(source.instance_categories)
    ]
    return ("path: .\ntrain: images\nval: images\nnames:\n" + "".join(lines)).encode()
