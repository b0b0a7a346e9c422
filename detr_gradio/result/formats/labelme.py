"""LabelMe (https://labelme.io/docs): a JSON file for each picture, with masks."""

from __future__ import annotations

import base64
import json

import numpy as np

from ..pictures import encode_picture
from .source import ExportSource, hand_made_mark, label_names

VERSION = "5.3.0"
"""The first one that knows masks beside polygons."""


def labelme_file(source: ExportSource) -> bytes:
    """Return the JSON file of one picture, which is in it where there is one and named where not.

    Exact: each segment is the mask in its box, and no polygon.
    """
    width, height = source.size
    names = label_names(source.categories)
    shapes = []
    for segment in source.result.segments:
        x, y, box_width, box_height = segment.bbox
        mask = encode_picture("mask.png", source.crop(segment) * np.uint8(255))
        shapes.append(
            {
                "label": names[segment.category_id],
                "points": [[x, y], [x + box_width - 1, y + box_height - 1]],
                "group_id": None,
                "description": segment.confidence,
                "shape_type": "mask",
                "flags": hand_made_mark(segment),
                "mask": base64.b64encode(mask).decode("ascii"),
            }
        )
    document = {
        "version": VERSION,
        "flags": {},
        "shapes": shapes,
        "imagePath": source.file_name,
        "imageData": _image_data(source),
        "imageHeight": height,
        "imageWidth": width,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _image_data(source: ExportSource) -> str | None:
    if source.image is None:
        return None
    return base64.b64encode(encode_picture("picture.jpg", source.image)).decode("ascii")
