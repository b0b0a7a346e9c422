"""COCO instances (https://cocodataset.org/#format-data): one entry a segment, in one JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from .outlines import edge_polygons, joined, require_outlines
from .source import ExportSource, hand_made_mark


def coco_document(source: ExportSource) -> dict[str, Any]:
    """Return the document of one picture, each annotation with its ``score``.

    Masks are compressed run lengths, or polygons along the edges of the pixels. COCO's polygons
    have no holes: the outline goes into each hole and back on the same line, which pycocotools
    rasterises to the same mask.

    Raises:
        UserError: it has too many parts for polygons.
    """
    if source.polygons:
        require_outlines(source.result.segment_ids)
    width, height = source.size
    annotations = [
        {
            "id": number,
            "image_id": source.image_id,
            "category_id": segment.category_id,
            "segmentation": _segmentation(source.result.mask(segment.id), source.polygons),
            "area": segment.area,
            "bbox": list(segment.bbox),
            "iscrowd": 0,
            "score": round(segment.score, 4),
            **hand_made_mark(segment),
        }
        for number, segment in enumerate(source.instances, start=1)
    ]
    categories = [
        {"id": category.id, "name": category.name, "supercategory": category.supercategory}
        for category in source.instance_categories
    ]
    image = {
        "id": source.image_id,
        "file_name": source.file_name,
        "width": width,
        "height": height,
    }
    return {
        "info": {"description": "Panoptic segmentation by DETR"},
        "licenses": [],
        "categories": categories,
        "images": [image],
        "annotations": annotations,
    }


def coco_instances(source: ExportSource) -> bytes:
    """Return the JSON file of one picture; see ``coco_document``."""
    return json.dumps(coco_document(source), ensure_ascii=False).encode()


def join_coco_instances(files: Iterable[bytes]) -> Iterator[bytes]:
    """Yield, in pieces, one JSON file of those of several pictures.

    Pictures keep their ids where all are different, and are numbered from 1 on where not.

    Args:
        files: what ``coco_instances`` made with the same categories; gone through twice, so that no
            more than one of them is in memory at a time.
    """
    head, images = {}, []
    for file in files:
        document = json.loads(file)
        images += document.pop("images")
        head = {key: value for key, value in document.items() if key != "annotations"}
    if len({image["id"] for image in images}) < len(images):
        images = [{**image, "id": number} for number, image in enumerate(images, start=1)]
    yield json.dumps({**head, "images": images}, ensure_ascii=False)[:-1].encode()
    yield b', "annotations": ['
    count = 0
    for image, file in zip(images, files, strict=True):
        for annotation in json.loads(file)["annotations"]:
            count += 1
            annotation |= {"id": count, "image_id": image["id"]}
            yield (", " * (count > 1) + json.dumps(annotation)).encode()
    yield b"]}"


def _segmentation(mask: np.ndarray, polygons: bool) -> Any:
    if polygons:
        return [joined(rings).ravel().tolist() for rings in edge_polygons(mask)]
    rle = coco_mask.encode(np.asfortranarray(mask.view(np.uint8)))
    return {"size": rle["size"], "counts": rle["counts"].decode("ascii")}
