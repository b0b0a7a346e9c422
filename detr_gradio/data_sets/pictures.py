"""The pictures and masks of a data set: what is wrong with each."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..evaluation.truth import bounding_boxes, read_ids
from ..images import ImageError, load_image
from ..messages import UserError
from .faults import Fault

MAX_SEGMENT_ID = 2**24 - 1
_ORIENTATION = 0x0112
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"
_COLOR_TYPES = {0: "png_grey", 3: "png_palette", 4: "png_alpha", 6: "png_alpha"}


def check_picture(
    path: Path, name: str, image: Mapping[str, Any]
) -> tuple[tuple[int, int] | None, list[Fault]]:
    """Return (width, height) of a picture as it is stored, None where it can't be read; faults."""
    if not _is_file(path):
        return None, [Fault("picture_missing", name)]
    try:
        height, width = load_image(path, as_stored=True).shape[:2]
    except ImageError as error:
        return None, [Fault("picture_unreadable", name, {"said": error})]
    faults = []
    said = image.get("width"), image.get("height")
    if said != (width, height):
        values = {"found": f"{width} x {height}", "said": f"{said[0]} x {said[1]}"}
        faults.append(Fault("picture_size", name, values))
    if 2 <= orientation(path) <= 8:
        faults.append(Fault("picture_turned", name))
    return (width, height), faults


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # the name is too long for any file
        return False


def orientation(picture: Path | bytes) -> int:
    """Return the EXIF orientation of a picture's file, 1 for none."""
    try:
        with Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture) as opened:
            return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # of the kinds that Pillow does not read, none is turned by EXIF
        return 1


def read_mask(path: Path, name: str) -> tuple[np.ndarray | None, list[Fault]]:
    """Return the (H, W) int32 ids of a PNG file, None where they can't be read; and its faults."""
    if not _is_file(path):
        return None, [Fault("png_missing", name)]
    with path.open("rb") as file:
        head = file.read(26)
    if len(head) < 26 or not head.startswith(_PNG_HEAD):
        return None, [Fault("png_unreadable", name)]
    depth, color_type = head[24], head[25]
    if depth == 16:
        return None, [Fault("png_16_bit", name)]
    if color_type in _COLOR_TYPES:
        return None, [Fault(_COLOR_TYPES[color_type], name)]
    try:
        return read_ids(path), []
    except UserError:
        return None, [Fault("png_unreadable", name)]


def check_masks(
    ids: np.ndarray,
    annotation: Mapping[str, Any],
    name: str,
    size: tuple[int, int] | None,
    categories: Mapping[int, Mapping[str, Any]],
) -> list[Fault]:
    """Return what is wrong between the ids of a mask and its annotation.

    Args:
        ids: (H, W) int32.
        annotation: of the mask, with good entries.
        name: of the PNG file.
        size: (width, height) of the picture, where it is known.
        categories: of the data set, by id.
    """
    faults = []
    height, width = ids.shape
    if size is not None and size != (width, height):
        values = {"found": f"{width} x {height}", "said": f"{size[0]} x {size[1]}"}
        faults.append(Fault("png_size", name, values))
    boxes = bounding_boxes(ids)
    listed: set[int] = set()
    for info in annotation["segments_info"]:
        faults += _check_segment(info, boxes, listed, name, categories)
        listed.add(info["id"])
    faults += [
        Fault("segment_unlisted", name, {"id": found, "found": boxes[found][0]})
        for found in boxes
        if found not in listed
    ]
    return faults


def _check_segment(
    info: Mapping[str, Any],
    boxes: Mapping[int, tuple[int, list[int]]],
    listed: set[int],
    name: str,
    categories: Mapping[int, Mapping[str, Any]],
) -> list[Fault]:
    segment_id = info["id"]

    def fault(kind: str, **values: object) -> Fault:
        return Fault(kind, name, {"id": segment_id, **values})

    if segment_id in listed:
        return [fault("segment_twice")]
    faults = []
    category = categories.get(info["category_id"])
    if category is None:
        faults.append(fault("category_unknown", said=info["category_id"]))
    crowd = info.get("iscrowd", 0)
    if crowd not in (0, 1) or (crowd and category is not None and not category.get("isthing")):
        faults.append(fault("crowd", said=crowd))
    if not 1 <= segment_id <= MAX_SEGMENT_ID:
        return [*faults, fault("segment_id")]
    if segment_id not in boxes:
        return [*faults, fault("segment_no_pixels")]
    area, box = boxes[segment_id]
    if info["area"] != area:
        faults.append(fault("area", said=info["area"], found=area))
    if info["bbox"] != box:
        faults.append(fault("box", said=info["bbox"], found=box))
    return faults
