"""Measuring the panoptic quality on a folder, in runs that can be continued."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from ..checkpoints.catalogue import Checkpoint, weights_state
from ..images import ImageError, load_image
from ..journal import JsonlJournal
from ..messages import UserError
from ..model.precision import Precision
from ..result.categories import Categories
from ..result.exports import coco_dataset, coco_panoptic
from ..result.options import THRESHOLD, Method
from ..result.panoptic import PanopticResult
from ..result.pictures import encode_picture
from .files import JOURNAL, Document, Oddity, read_truth, require_files
from .matching import Match, Matching
from .quality import Scores, score
from .stored import StoredResults
from .truth import mend, orientation

# Part of a run's settings: predictions made otherwise are not mixed with those of today.
PREDICTION_VERSION = 2


@dataclass(frozen=True)
class PictureScore:
    """Panoptic quality of one picture.

    Attributes:
        image: the entry of ``images`` in the ground truth.
        truth: the entry of ``annotations`` in the ground truth.
        prediction: the entry of ``annotations`` of the prediction.
        pq: averaged over the categories of the picture, 0..100; None where it has none.
        as_stored: whether the picture was taken without its EXIF orientation.
    """

    image: Document
    truth: Document
    prediction: Document
    pq: float | None
    as_stored: bool


@dataclass(frozen=True)
class Evaluation:
    """What a run found.

    Attributes:
        scores: of all pictures together.
        pictures: each of them, in the order of the ground truth.
        settings: "threshold", "detail" (None for the checkpoint's own) and "method" of the run.
        predicted_dir: folder of the predicted PNG files.
        oddities: what in the ground truth is not as COCO's is, and what was made of it.
        categories: that the checkpoint knows.
        matching: which of the ground truth's are which of these.
    """

    scores: Scores
    pictures: list[PictureScore]
    settings: Mapping[str, object]
    predicted_dir: Path
    oddities: list[Oddity]
    categories: Categories
    matching: Matching


class PictureSegmenter(Protocol):
    """What a run needs of a ``Segmenter``."""

    @property
    def checkpoint(self) -> Checkpoint:
        """What it segments with."""
        ...

    @property
    def categories(self) -> Categories:
        """What it can find."""
        ...

    def segment(
        self, image: np.ndarray, *, threshold: float, detail: int | None, method: Method
    ) -> PanopticResult:
        """Segment one picture, (H, W, 3) uint8 RGB."""
        ...


def run(
    segmenter: PictureSegmenter | StoredResults,
    images_dir: Path,
    annotations: Path,
    masks_dir: Path,
    output: Path,
    *,
    limit: int | None = None,
    threshold: float = THRESHOLD,
    detail: int | None = None,
    method: Method = "reference",
    match: Match = "ids",
    precision: Precision = "exact",
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Segment the pictures of a COCO panoptic folder and compute the panoptic quality.

    Each prediction is written at once, so a run that was stopped goes on where it was when it is
    started again with the same output folder.

    Args:
        segmenter: of the checkpoint; or results that there are already.
        images_dir: folder of the pictures.
        annotations: JSON file, such as "panoptic_val2017.json".
        masks_dir: folder of the PNG files that the annotations name.
        output: folder for the predictions; made if it is not there.
        limit: only the first so many pictures.
        threshold: least score of a query.
        detail: shorter side of the network's input; None for the checkpoint's own.
        method: "reference", with which the published figures were made, or "paper".
        match: whether categories are those of the checkpoint by "ids" or by "names".
        precision: how the segmenter was loaded, to be noted down.
        progress: told (pictures done, pictures in all), also at the start.

    Raises:
        UserError: the folder is not in COCO's format or files are missing, a picture cannot be
            read or has no result, the ground truth contradicts itself, or the output folder
            belongs to a run with other settings.
        OSError: the output cannot be written.
    """
    truth, oddities, matching = read_truth(annotations, limit, segmenter.categories, match)
    require_files(images_dir, (image["file_name"] for image in truth["images"]))
    require_files(masks_dir, (entry["file_name"] for entry in truth["annotations"]))
    predicted_dir = output / "predictions"
    predicted_dir.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {"threshold": threshold, "detail": detail, "method": method}
    settings["precision"] = precision
    network = {
        "version": PREDICTION_VERSION,
        "checkpoint": segmenter.checkpoint.name,
        "revision": segmenter.checkpoint.revision,
        "weights": weights_state(segmenter.checkpoint),
    }
    journal = JsonlJournal(output / JOURNAL)
    made = _predictions_so_far(journal, {**network, **settings}, output.name)
    truths = {entry["image_id"]: entry for entry in truth["annotations"]}
    # Before the work of hours, as nothing else of a picture is looked at but its head.
    stored = {}
    for image in truth["images"]:
        mask_path = masks_dir / truths[image["id"]]["file_name"]
        with _named(image["file_name"]):
            stored[image["id"]], odd = orientation(images_dir / image["file_name"], mask_path)
        oddities += odd
    keep = partial(_keep, predicted_dir=predicted_dir, journal=journal)
    if isinstance(segmenter, StoredResults):
        missing = [image for image in truth["images"] if image["id"] not in made]
        made |= {image["id"]: keep(image, result) for image, result in segmenter.of(missing)}
    pictures = []
    if progress:
        progress(0, len(truth["images"]))
    for done, image in enumerate(truth["images"], 1):
        path, as_stored = images_dir / image["file_name"], stored[image["id"]]
        annotation, odd = mend(truths[image["id"]], masks_dir, path.name)
        truths[image["id"]] = annotation
        oddities += odd
        entry = made.get(image["id"])
        if entry is None or not (predicted_dir / entry["file_name"]).is_file():
            if isinstance(segmenter, StoredResults):
                raise UserError("evaluation_no_result", name=path.name)
            with _named(path.name):
                picture = load_image(path, as_stored=as_stored)
                result = segmenter.segment(
                    picture, threshold=threshold, detail=detail, method=method
                )
            entry = keep(image, result)
        alone = {**truth, "images": [image], "annotations": [annotation]}
        try:
            scores = score(alone, {**alone, "annotations": [entry]}, masks_dir, predicted_dir)
        except ValueError as error:
            raise UserError("evaluation_damaged", name=annotation["file_name"]) from error
        pq = scores.all.pq if scores.all else None
        pictures.append(PictureScore(image, annotation, entry, pq, as_stored))
        if progress:
            progress(done, len(truth["images"]))
    predicted = [picture.prediction for picture in pictures]
    prediction = coco_dataset(truth["images"], predicted, segmenter.categories)
    (output / "predictions.json").write_text(json.dumps(prediction), encoding="utf-8")
    truth["annotations"] = [picture.truth for picture in pictures]
    scores = score(truth, prediction, masks_dir, predicted_dir)
    return Evaluation(
        *(scores, pictures, settings, predicted_dir, oddities),
        categories=segmenter.categories,
        matching=matching,
    )


def _keep(
    image: Document, result: PanopticResult, *, predicted_dir: Path, journal: JsonlJournal
) -> Document:
    """Write a prediction down and return its annotation."""
    # Our own names: nothing that the annotations say decides where we write.
    png, entry = coco_panoptic(result, image["id"], f"{int(image['id']):012}.png")
    (predicted_dir / entry["file_name"]).write_bytes(encode_picture(entry["file_name"], png))
    journal.append(entry)
    return entry


@contextmanager
def _named(picture: str) -> Generator[None]:
    """Say of which picture a problem is."""
    try:
        yield
    except ImageError as error:
        raise UserError("evaluation_picture", name=picture, problem=error) from error


def _predictions_so_far(
    journal: JsonlJournal, settings: Document, folder: str
) -> dict[int, Document]:
    """Return the predictions of a journal by image id; its first line holds the settings."""
    if not journal.entries:
        journal.append(settings)
    first, *predictions = journal.entries
    if first != settings:
        raise UserError("evaluation_other_settings", folder=folder)
    whole = (entry for entry in predictions if {"image_id", "file_name"} <= set(entry))
    return {entry["image_id"]: entry for entry in whole}
