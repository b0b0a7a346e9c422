"""What polygons lose: exported masks against what the formats' readers make of them.

    python -m benchmarks.polygons [PICTURES...]

The pictures are segmented with toy-scenes, drawn scenes of the examples if none are named.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from pycocotools import mask as coco_mask

from detr_gradio import PanopticResult, load_segmenter
from detr_gradio.result.formats import ExportSource
from detr_gradio.result.formats.coco_instances import coco_document
from detr_gradio.result.formats.yolo import yolo_labels


def main() -> None:
    """Print a table: pixels lost and added, and the intersection over union."""
    pictures = sys.argv[1:] or sorted(map(str, Path("examples").glob("scene-*.jpg")))
    segmenter = load_segmenter("toy-scenes")
    rows: dict[str, list[tuple[int, int, int]]] = {"coco --polygons": [], "yolo": []}
    for picture in pictures:
        result = segmenter.segment(picture)
        source = ExportSource(result, picture, stuff=True, polygons=True)
        for kind, masks in (("coco --polygons", _coco(source)), ("yolo", _yolo(source))):
            for segment, mask in zip(result.segments, masks, strict=True):
                rows[kind].append(_compare(result, segment.id, mask))
    print(f"{len(pictures)} pictures, {len(rows['yolo'])} segments")
    for kind, found in rows.items():
        lost, added, area = np.array(found).T
        overlap = (area - lost) / (area + added)
        print(
            f"{kind}: {lost.sum()} of {area.sum()} pixels lost, {added.sum()} added; exact "
            f"{(lost + added == 0).mean():.0%} of the segments; IoU {overlap.mean():.4f} on "
            f"average, {overlap.min():.4f} at worst"
        )


def _compare(result: PanopticResult, segment_id: int, read: np.ndarray) -> tuple[int, int, int]:
    mask = result.mask(segment_id)
    return int((mask & ~read).sum()), int((read & ~mask).sum()), int(mask.sum())


def _coco(source: ExportSource) -> Iterator[np.ndarray]:
    width, height = source.size
    for annotation in json.loads(json.dumps(coco_document(source)))["annotations"]:
        polygons = [list(map(float, ring)) for ring in annotation["segmentation"]]
        rle = coco_mask.merge(coco_mask.frPyObjects(polygons, height, width))
        yield coco_mask.decode(rle).astype(bool)


def _yolo(source: ExportSource) -> Iterator[np.ndarray]:
    """Read lines as Ultralytics and supervision do: points to pixels, filled by OpenCV."""
    width, height = source.size
    for line in yolo_labels(source).decode().splitlines():
        points = np.array(line.split()[1:], float).reshape(-1, 2) * (width, height)
        picture = np.zeros((height, width), np.uint8)
        yield cv2.fillPoly(picture, [points.astype(np.int32)], 1).astype(bool)


if __name__ == "__main__":
    main()
