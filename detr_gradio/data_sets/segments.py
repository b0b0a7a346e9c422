"""Regions that lie over each other, to the segments of a picture that don't."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..evaluation.truth import bounding_boxes
from .category_table import CategoryTable
from .remarks import Remark
from .sources import masks
from .sources.annotated import Label, Region

MAX_REGIONS = 5_000
"""Of one picture: each is drawn over the whole picture."""


@dataclass(frozen=True)
class Segments:
    """What is in a picture.

    Attributes:
        ids: (H, W) int32, 0 is void.
        infos: entries of COCO panoptic's ``segments_info``.
        overlap: pixels that more than one region laid claim to.
    """

    ids: np.ndarray
    infos: list[dict[str, Any]]
    overlap: int


def lay(
    regions: Iterable[Region | Remark],
    size: tuple[int, int],
    table: CategoryTable,
    name: str,
    remarks: list[Remark],
) -> Segments:
    """Lay regions one over the other; each pixel goes to the last.

    Stuff is one segment a category; things are one a region, or one a group.

    Args:
        regions: the lowest first; remarks among them are passed on.
        size: of the picture, width and height.
        table: says which category a label is, and is told which are used.
        name: of the picture.
        remarks: gets what is to be said.
    """
    ids = np.zeros(size[::-1], np.int32)
    overlap = np.zeros(ids.shape, bool)
    segments: dict[object, tuple[int, Label, bool]] = {}
    for number, region in enumerate(regions):
        if isinstance(region, Remark):
            remarks.append(region)
            continue
        if number >= MAX_REGIONS:
            remarks.append(Remark("regions_many", name, {"count": MAX_REGIONS}))
            break
        mask = masks.decode(region.rle)
        overlap |= mask & (ids > 0)
        if region.label is None:
            ids[mask] = 0
            continue
        category = table.resolve(region.label)
        if category is None:
            remarks.append(Remark("region_category", name, {"said": region.label.name}))
            continue
        key: object = category.id
        if category.is_thing:
            key = (category.id, number if region.group is None else str(region.group))
        crowd = region.crowd and bool(category.is_thing)
        segment_id, *_ = segments.setdefault(key, (len(segments) + 1, category, crowd))
        ids[mask] = segment_id
    boxes = bounding_boxes(ids)
    infos = []
    for segment_id, category, crowd in segments.values():
        if segment_id not in boxes:
            remarks.append(Remark("covered", name, {"said": category.name}))
            continue
        table.use(category)
        area, box = boxes[segment_id]
        info = {"id": segment_id, "category_id": category.id, "area": area, "bbox": box}
        infos.append({**info, "iscrowd": int(crowd)})
    return Segments(ids, infos, int(overlap.sum()))
