"""A segmented picture as a row of a table, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from pycocotools import mask as coco_mask

from .. import __version__
from ..checkpoints.catalogue import Checkpoint
from ..messages import UserError
from ..result.categories import Categories, Category
from ..result.exports import segment_rles
from ..result.panoptic import PanopticResult, Segment

_SEGMENT = pa.struct(
    [
        ("id", pa.int32()),
        ("category_id", pa.int64()),
        ("category", pa.string()),
        ("score", pa.float64()),
        ("area", pa.int64()),
        ("box", pa.list_(pa.int32())),
        ("query", pa.int64()),
        ("counts", pa.string()),
    ]
)

SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("uri", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("checkpoint", pa.string()),
        ("revision", pa.string()),
        ("version", pa.string()),
        ("threshold", pa.float64()),
        ("method", pa.string()),
        ("input_width", pa.int32()),
        ("input_height", pa.int32()),
        ("segments", pa.list_(_SEGMENT)),
        (
            "seconds",
            pa.struct([(name, pa.float64()) for name in ("preprocess", "network", "assemble")]),
        ),
        ("error", pa.string()),
        ("error_key", pa.string()),
    ]
)
"""Columns of a shard: one row a picture.

``box`` is (x, y, width, height) in pixels; ``counts`` are COCO's compressed run lengths, which
``pycocotools.mask.decode({"size": [height, width], "counts": counts})`` reads. Where ``error``
stands, a sentence, there is no result.
"""

Row = dict[str, Any]


def result_row(
    name: str, uri: str, result: PanopticResult, checkpoint: Checkpoint, loading: float
) -> Row:
    """Return the row of a picture that was segmented.

    Args:
        name: id of the picture, unique among all.
        uri: where it is.
        result: what was found.
        checkpoint: with which.
        loading: seconds of reading and decoding.
    """
    height, width = result.segment_ids.shape
    input_height, input_width = result.input_size
    segments = [
        {
            "id": segment.id,
            "category_id": segment.category_id,
            "category": segment.category.name,
            "score": segment.score,
            "area": segment.area,
            "box": list(segment.bbox),
            "query": segment.query,
            "counts": rle["counts"],
        }
        for segment, rle in zip(result.segments, segment_rles(result), strict=True)
    ]
    return {
        "id": name,
        "uri": uri,
        "width": width,
        "height": height,
        "checkpoint": result.checkpoint,
        "revision": checkpoint.revision,
        "version": __version__,
        "threshold": result.threshold,
        "method": result.method,
        "input_width": input_width,
        "input_height": input_height,
        "segments": segments,
        "seconds": {**result.timings, "preprocess": loading},
        "error": None,
        "error_key": None,
    }


def error_row(name: str, uri: str, error: UserError, language: str) -> Row:
    """Return the row of a picture that could not be segmented."""
    nothing = dict.fromkeys(SCHEMA.names)
    said = {"error": error.message(language), "error_key": error.key}
    return {**nothing, "id": name, "uri": uri, "version": __version__, **said}


def row_result(row: Row, categories: Categories) -> PanopticResult:
    """Return the result that a row was made of, the same to the last bit.

    Raises:
        ValueError: the row contradicts itself, or has another's categories.
    """
    height, width = row["height"], row["width"]
    ids = np.zeros((height, width), np.int32)
    counts: dict[int, int] = {}
    segments = []
    for entry in row["segments"]:
        category_id = entry["category_id"]
        if category_id not in categories:
            raise ValueError(f"no category {category_id}")
        mask = coco_mask.decode({"size": [height, width], "counts": entry["counts"]})
        ids[mask.view(bool)] = entry["id"]
        counts[category_id] = counts.get(category_id, 0) + 1
        x, y, box_width, box_height = entry["box"]
        segments.append(
            Segment(
                id=entry["id"],
                category=categories[category_id],
                number=counts[category_id],
                score=entry["score"],
                area=entry["area"],
                area_fraction=entry["area"] / (height * width),
                bbox=(x, y, box_width, box_height),
                query=entry["query"],
            )
        )
    return PanopticResult(
        segment_ids=ids,
        segments=tuple(segments),
        categories=categories,
        checkpoint=row["checkpoint"],
        threshold=row["threshold"],
        method=row["method"],
        input_size=(row["input_height"], row["input_width"]),
        timings=row["seconds"],
    )


def categories_json(categories: Categories) -> bytes:
    """Return what ``read_categories_json`` reads."""
    document = {
        "table": [asdict(category) for category in categories.table],
        "labels": categories.labels,
        "source": categories.source,
        "kinds_known": categories.kinds_known,
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def read_categories_json(content: bytes) -> Categories:
    """Return the categories that a file tells of.

    Raises:
        ValueError, KeyError, TypeError: it is another one's.
    """
    said = json.loads(content)
    colors = "color", "source_color"
    rows: list[dict[str, Any]] = [
        {name: tuple(value) if name in colors else value for name, value in row.items()}
        for row in said["table"]
    ]
    table = [Category(**row) for row in rows]
    return Categories((*table,), (*said["labels"],), said["source"], said["kinds_known"])
