"""Panoptic quality (PQ) of predictions in COCO's panoptic format.

PQ is the sum of the IoUs of matched segments over TP + FP/2 + FN/2, for each category and averaged
over the categories (Kirillov et al. 2019). hotcoco computes it, as panopticapi does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from hotcoco.panoptic import PanopticEval

from .files import Document


@dataclass(frozen=True)
class Quality:
    """Panoptic quality, averaged over categories that occur.

    Attributes:
        pq, sq, rq: panoptic, segmentation and recognition quality, 0..100.
        categories: how many were averaged.
    """

    pq: float
    sq: float
    rq: float
    categories: int


@dataclass(frozen=True)
class CategoryQuality:
    """Panoptic quality of one category.

    Attributes:
        category_id: COCO category id.
        pq, sq, rq: 0..100.
        true_positives: segments found with an IoU above 0.5 (TP).
        false_positives: predicted segments without a match (FP).
        false_negatives: segments of the ground truth without a match (FN).
    """

    category_id: int
    pq: float
    sq: float
    rq: float
    true_positives: int
    false_positives: int
    false_negatives: int


@dataclass(frozen=True)
class Scores:
    """Panoptic quality of a set of pictures.

    Attributes:
        all, things, stuff: averages; None where no category of the kind occurs.
        categories: of each category that occurs, by id.
    """

    all: Quality | None
    things: Quality | None
    stuff: Quality | None
    categories: Mapping[int, CategoryQuality]


def score(
    truth: Document | Path, prediction: Document | Path, masks_dir: Path, predicted_dir: Path
) -> Scores:
    """Compute the panoptic quality of predictions.

    Args:
        truth: COCO panoptic ground truth, a JSON file or its contents.
        prediction: the same of the predictions, with one annotation for each image.
        masks_dir: folder of the PNG files that the annotations of ``truth`` name.
        predicted_dir: the same for ``prediction``.

    Raises:
        ValueError: an image has no prediction, or PNG and JSON contradict each other.
        OSError: a file cannot be read.
    """
    # hotcoco takes no category ids below 0: all are moved up by so much.
    shift = 0
    if isinstance(truth, dict) and isinstance(prediction, dict):
        shift = -min(0, *(category["id"] for category in truth["categories"]))
        truth, prediction = (_moved(document, shift) for document in (truth, prediction))
    evaluation = PanopticEval(
        _source(truth),
        _source(prediction),
        gt_folder=str(masks_dir),
        pred_folder=str(predicted_dir),
    )
    evaluation.evaluate()
    results = evaluation.results()
    categories = {
        int(category_id) - shift: CategoryQuality(
            int(category_id) - shift,
            *(100 * row[name] for name in ("pq", "sq", "rq")),
            *(row[name] for name in ("tp", "fp", "fn")),
        )
        for category_id, row in results["per_class"].items()
        if row["tp"] + row["fp"] + row["fn"]
    }
    groups = (_quality(results[name]) for name in ("All", "Things", "Stuff"))
    return Scores(*groups, categories=categories)


def _moved(document: Document, shift: int) -> Document:
    """Return a COCO panoptic document with larger category ids."""
    if not shift:
        return document
    moved = {**document}
    moved["categories"] = [{**c, "id": c["id"] + shift} for c in document["categories"]]
    moved["annotations"] = [
        {
            **a,
            "segments_info": [
                {**info, "category_id": info["category_id"] + shift} for info in a["segments_info"]
            ],
        }
        for a in document["annotations"]
    ]
    return moved


def _source(document: Document | Path) -> Document | str:
    if not isinstance(document, dict):
        return str(document)
    # Without the names of the pictures, which need not be text: they are told by their ids.
    images = [{**image, "file_name": ""} for image in document["images"]]
    return {**document, "images": images}


def _quality(group: Mapping[str, float]) -> Quality | None:
    if not group["n"]:
        return None
    return Quality(100 * group["pq"], 100 * group["sq"], 100 * group["rq"], int(group["n"]))
