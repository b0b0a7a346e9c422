"""A small data set of one's own in COCO's panoptic layout: coloured rectangles on two grounds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detr_gradio.evaluation.truth import bounding_boxes

CAR, KITE, SAND, DUNE, BOX = 3, 38, 154, 9001, -7
CATEGORIES: list[dict[str, Any]] = [
    {"id": SAND, "name": "sand", "isthing": 0, "color": [9, 30, 120]},
    {"id": BOX, "name": "caja <b>|", "isthing": 1},
    {"id": DUNE, "name": "دون", "isthing": 0, "supercategory": "ground"},
    {"id": CAR, "name": "car", "isthing": 1},
]
COLORS = {SAND: (230, 210, 150), DUNE: (90, 60, 30), CAR: (200, 20, 30), BOX: (20, 60, 220)}
SIZES = ((96, 128), (128, 96), (100, 130))


def draw(number: int) -> tuple[np.ndarray, np.ndarray, list[dict[str, Any]]]:
    """Return a picture, (H, W, 3) uint8, its ids, and its ``segments_info``."""
    rng = np.random.default_rng(number)
    height, width = SIZES[number % len(SIZES)]
    ids = np.zeros((height, width), np.int32)
    kinds: dict[int, int] = {}

    def add(kind: int, top: int, left: int, high: int, wide: int) -> None:
        segment_id = 1000 * (len(kinds) + 1)
        kinds[segment_id] = kind
        ids[top : top + high, left : left + wide] = segment_id

    add(SAND, 0, 0, height // 2, width)
    add(DUNE, height // 2, 0, height - height // 2 - 3, width)  # and some rows are void
    for kind in (CAR, BOX)[: 1 + number % 2]:
        add(kind, *(int(n) for n in rng.integers(5, 50, 2)), 30, 40)
    rgb = rng.integers(0, 40, (height, width, 3))
    for segment_id, kind in kinds.items():
        rgb[ids == segment_id] += np.array(COLORS[kind]) - 20
    found = bounding_boxes(ids)
    infos = [
        {
            "id": segment_id,
            "category_id": kind,
            "area": found[segment_id][0],
            "bbox": found[segment_id][1],
            "iscrowd": 0,
        }
        for segment_id, kind in kinds.items()
        if segment_id in found
    ]
    return rgb.clip(0, 255).astype(np.uint8), ids, infos


def write_own_data(folder: Path, *, train: int = 5, val: int = 2) -> Path:
    """Write the data set, which ``check`` finds fit, and return its folder."""
    for name, numbers in (("train", range(train)), ("val", range(100, 100 + val))):
        for place in (name, f"panoptic_{name}"):
            (folder / place).mkdir(parents=True)
        images, annotations = [], []
        for number in numbers:
            rgb, ids, infos = draw(number)
            file, (height, width) = f"{number}.png", ids.shape
            png = np.stack([ids % 256, ids // 256, 0 * ids], -1).astype(np.uint8)
            cv2.imwrite(str(folder / name / file), rgb[..., ::-1])
            cv2.imwrite(str(folder / f"panoptic_{name}" / file), png[..., ::-1])
            images.append({"id": number, "file_name": file, "width": width, "height": height})
            annotations.append({"image_id": number, "file_name": file, "segments_info": infos})
        document = {"images": images, "annotations": annotations, "categories": CATEGORIES}
        (folder / f"panoptic_{name}.json").write_text(json.dumps(document))
    return folder
