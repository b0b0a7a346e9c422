"""COCO instances (https://cocodataset.org/#format-data): polygons and run lengths in one JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pycocotools import mask as coco_mask

from ..remarks import Remark
from . import masks
from .annotated import AnnotatedPicture, Label, Region, Size, Source, size_of
from .tables import label_of

Entry = Mapping[str, Any]


def read_coco(document: Entry, file: str, *, crowds: bool = True) -> Source:
    """Read a file of COCO instances.

    COCO has no order of what overlaps: crowds lie lowest, then the larger beneath the smaller.

    Args:
        document: its contents, with the three lists.
        file: its name.
        crowds: whether ``iscrowd`` counts.
    """
    labels: dict[Any, Label] = {}
    for entry in document["categories"]:
        label = label_of(entry)
        if label is not None and label.id is not None:
            labels.setdefault(label.id, label)
    by_image: dict[Any, list[Entry]] = {}
    for entry in document["annotations"]:
        key = entry.get("image_id") if isinstance(entry, dict) else None
        if not crowds and isinstance(entry, dict):
            entry["iscrowd"] = 0
        by_image.setdefault(key if isinstance(key, (int, str)) else None, []).append(entry)
    return Source(_pictures(document["images"], by_image, labels, file), tuple(labels.values()))


def _pictures(
    images: list[Any], by_image: dict[Any, list[Entry]], labels: Mapping[Any, Label], file: str
) -> Iterator[AnnotatedPicture | Remark]:
    for image in images:
        image_id = image.get("id") if isinstance(image, dict) else None
        name = image.get("file_name") if isinstance(image, dict) else None
        if not isinstance(name, str) or not isinstance(image_id, (int, str)):
            yield Remark("picture_entry", file, {"said": repr(image)[:60]})
            continue
        entries = by_image.pop(image_id, [])
        yield AnnotatedPicture(
            name=name,
            regions=lambda size, name=name, entries=entries: _regions(entries, labels, name, size),
            size=size_of(image.get("width"), image.get("height")),
            image_id=image_id if type(image_id) is int else None,
        )
    if left := sum(map(len, by_image.values())):
        yield Remark("annotations_no_picture", file, {"count": left})


def _regions(
    entries: list[Entry], labels: Mapping[Any, Label], name: str, size: Size
) -> list[Region | Remark]:
    regions: list[Region] = []
    remarks = []
    for entry in entries:
        category_id = entry.get("category_id")
        label = labels.get(category_id) if isinstance(category_id, int | float) else None
        if label is None:
            remarks.append(Remark("region_category", name, {"said": repr(category_id)[:60]}))
            continue
        try:
            rle = _rle(entry.get("segmentation"), size)
        except masks.MaskError as error:
            remarks.append(Remark(error.kind, name, {"said": label.name}))
            continue
        regions.append(Region(label, rle, crowd=entry.get("iscrowd") == 1))
    regions.sort(key=lambda region: (not region.crowd, -int(coco_mask.area(region.rle))))
    return [*remarks, *regions]


def _rle(segmentation: Any, size: Size) -> dict[str, Any]:
    if not segmentation:
        raise masks.MaskError("region_no_mask")
    if isinstance(segmentation, list):
        return masks.polygons(segmentation, size)
    return masks.coco_rle(segmentation, size)
