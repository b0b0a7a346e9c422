"""Files of an evaluation: the ground truth, and a diary of what was predicted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..messages import UserError
from ..result.categories import CATEGORIES
from ..result.exports import coco_dataset
from ..result.panoptic import PanopticResult, Segment

Document = dict[str, Any]

_SEGMENT = {"id", "category_id", "area", "bbox"}  # what a segment is told by, at least


def read_truth(path: Path, limit: int | None) -> Document:
    """Read COCO panoptic ground truth; all our categories are added to its own.

    Args:
        path: JSON file.
        limit: only the first so many images, with their annotations.

    Raises:
        UserError: the file can't be read, is something else, or means other categories by our
            ids.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        categories = {category["id"]: category for category in document["categories"]}
        images = [
            {**image, "id": int(image["id"]), "file_name": str(image["file_name"])}
            for image in document["images"][:limit]
        ]
        wanted = {image["id"] for image in images}
        annotations = [a for a in document["annotations"] if a["image_id"] in wanted]
        complete = all(
            "file_name" in a and all(set(info) >= _SEGMENT for info in a["segments_info"])
            for a in annotations
        )
    except FileNotFoundError as error:
        raise UserError("evaluation_file_missing", count=1, name=path.name) from error
    except OSError as error:
        reason = error.strerror
        raise UserError("evaluation_unreadable", name=path.name, reason=reason) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError("evaluation_not_coco", name=path.name) from error
    if not images or not complete or wanted != {a["image_id"] for a in annotations}:
        raise UserError("evaluation_not_coco", name=path.name)
    ours = {category["id"]: category for category in coco_dataset([], [])["categories"]}
    for category_id, category in categories.items():
        known = CATEGORIES.get(category_id)
        if known and known.name != category.get("name"):
            raise UserError(
                "evaluation_categories",
                name=path.name,
                id=category_id,
                theirs=category.get("name"),
                ours=known.name,
            )
    # A segment of a category that the ground truth does not name is an invented one.
    merged = {**ours, **categories}
    return {"images": images, "annotations": annotations, "categories": list(merged.values())}


def read_panoptic(annotation: Document, folder: Path) -> PanopticResult:
    """Read a picture of a COCO panoptic folder; segments of unknown categories become void.

    At most the 255 largest segments are read.

    Raises:
        OSError: the PNG file cannot be read.
    """
    png = cv2.imread(str(folder / annotation["file_name"]), cv2.IMREAD_COLOR)
    if png is None:
        raise OSError(f"Cannot read {annotation['file_name']}.")
    coco_ids = png.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    infos = [info for info in annotation["segments_info"] if info["category_id"] in CATEGORIES]
    infos = sorted(infos, key=lambda info: -info["area"])[:255]
    segment_ids = np.zeros(coco_ids.shape, np.int32)
    counts: dict[int, int] = {}
    segments = []
    for segment_id, info in enumerate(infos, 1):
        segment_ids[coco_ids == info["id"]] = segment_id
        counts[info["category_id"]] = counts.get(info["category_id"], 0) + 1
        segments.append(
            Segment(
                id=segment_id,
                category_id=info["category_id"],
                number=counts[info["category_id"]],
                score=1.0,
                area=info["area"],
                area_fraction=info["area"] / coco_ids.size,
                bbox=tuple(info["bbox"]),
                query=-1,
            )
        )
    return PanopticResult(segment_ids, tuple(segments), "", 0.0, "reference", segment_ids.shape)


def require_files(folder: Path, names: Iterable[str]) -> None:
    """Check that files are directly in a folder.

    Raises:
        UserError: some are not; it names the first.
    """
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    missing = [name for name in names if name not in present]
    if missing:
        raise UserError("evaluation_file_missing", count=len(missing), name=missing[0])


class Diary:
    """The predictions made so far, one JSON object a line; the first line holds the settings.

    Raises:
        UserError: it belongs to a run with other settings.
    """

    def __init__(self, path: Path, settings: Document):
        self._path = path
        self._entries: dict[int, Document] = {}
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        first, *predictions = [*map(_read_line, text.splitlines())] or [settings]
        if first != settings:
            raise UserError("evaluation_other_settings", folder=path.parent.name)
        self._entries = {
            entry["image_id"]: entry
            for entry in predictions
            if entry and {"image_id", "file_name"} <= set(entry)
        }
        lines = [json.dumps(entry) for entry in (settings, *self._entries.values())]
        path.write_text("\n".join([*lines, ""]), encoding="utf-8")

    def find(self, image_id: int) -> Document | None:
        """Return the prediction of an image, if it was made."""
        return self._entries.get(image_id)

    def add(self, entry: Document) -> None:
        """Write a prediction down, an entry of COCO's ``annotations``."""
        self._entries[entry["image_id"]] = entry
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(entry)}\n")


def _read_line(line: str) -> Document | None:
    """Return an entry of a diary; None for a line that was being written when the run stopped."""
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
