"""The ground truth of an evaluation, read and checked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..messages import UserError
from ..result.categories import Categories
from .matching import Match, Matching, match_categories

Document = dict[str, Any]
JOURNAL = "predictions.jsonl"  # of a run's output folder


@dataclass(frozen=True)
class Oddity:
    """Something in the ground truth that is not as COCO's is.

    Attributes:
        kind: what; "evaluation_odd_…" is its sentence in ``messages``.
        picture: its file's name.
        segment: the segment's id in the annotations; None where it is the picture.
    """

    kind: str
    picture: str
    segment: int | None = None


def read_truth(
    path: Path, limit: int | None, ours: Categories, match: Match = "ids"
) -> tuple[Document, list[Oddity], Matching]:
    """Read COCO panoptic ground truth; all of the checkpoint's categories are added to its own.

    Of images with one id the first counts, and of an image's annotations too.

    Args:
        path: JSON file.
        limit: only the first so many images, with their annotations.
        ours: the checkpoint's categories.
        match: how the ground truth's categories are found among them.

    Returns:
        The document, whose category ids are those of the matching; which images come twice; the
        matching.

    Raises:
        UserError: the file can't be read, is something else, names a mask in bytes that are no
            text, or means other categories by our ids.
    """
    try:
        document = _loaded(path.read_bytes())
        categories = {category["id"]: category for category in document["categories"]}
        # Sizes are those of the masks, whatever is said here.
        images = [
            {"id": int(image["id"]), "file_name": str(image["file_name"])}
            for image in document["images"][:limit]
        ]
        wanted = {image["id"] for image in images}
        annotations = [a for a in document["annotations"] if a["image_id"] in wanted]
        complete = all(map(_is_id, wanted)) and all(map(_is_category_id, categories))
        complete = complete and all(
            isinstance(a["file_name"], str) and all(map(_is_segment, a["segments_info"]))
            for a in annotations
        )
    except FileNotFoundError as error:
        raise UserError("evaluation_file_missing", count=1, name=path.name) from error
    except OSError as error:
        reason = error.strerror
        raise UserError("evaluation_unreadable", name=path.name, reason=reason) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise UserError("evaluation_not_coco", name=path.name) from error
    images, images_twice = _first_of_each(images, "id")
    annotations, annotations_twice = _first_of_each(annotations, "image_id")
    names = {image["id"]: image["file_name"] for image in images}
    twice = dict.fromkeys([*images_twice, *annotations_twice])
    odd = [Oddity("image_twice", names[image_id]) for image_id in twice]
    if not images or not complete or wanted != {a["image_id"] for a in annotations}:
        raise UserError("evaluation_not_coco", name=path.name)
    for annotation in annotations:
        if not _is_text(annotation["file_name"]):
            raise UserError("evaluation_mask_name", name=annotation["file_name"])
    odd += [
        Oddity("category", names[a["image_id"]], info["id"])
        for a in annotations
        for info in a["segments_info"]
        if info["category_id"] not in categories
    ]
    # By names, an id that the file does not define is nobody's; by ids, it may be one of ours.
    undefined = {
        info["category_id"]: {"name": str(info["category_id"])}
        for a in annotations
        for info in a["segments_info"]
        if match == "names" and info["category_id"] not in categories
    }
    matching = match_categories({**categories, **undefined}, ours, match, path.name)
    annotations = [
        {
            **a,
            "segments_info": [
                {**info, "category_id": matching.ids.get(info["category_id"], info["category_id"])}
                for info in a["segments_info"]
            ],
        }
        for a in annotations
    ]
    # A segment of a category that the ground truth does not name is a false positive.
    document = {"images": images, "annotations": annotations, "categories": matching.listed}
    return document, odd, matching


def _loaded(content: bytes) -> Document:
    """Return what a file says, in any UTF, with or without its mark."""
    try:
        return json.loads(content)
    except UnicodeDecodeError:
        # Names of files need not be text: as bytes they are those on the disk.
        return json.loads(content.decode("utf-8-sig", "surrogateescape"))


def _first_of_each(entries: list[Document], key: str) -> tuple[list[Document], list[int]]:
    """Return the first entry of each id, and the ids of which there were more."""
    first: dict[int, Document] = {}
    more = [e[key] for e in entries if first.setdefault(e[key], e) is not e]
    return list(first.values()), more


def _is_segment(info: Document) -> bool:
    """Whether it has what a segment is told by, of the right kinds, whatever the values."""
    x, y, width, height = info["bbox"]
    numbers = info["area"], x, y, width, height, info.get("iscrowd", 0)
    ids = _is_id(info["id"]) and _is_category_id(info["category_id"])
    return ids and all(isinstance(v, int | float) for v in numbers)


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_category_id(value: object) -> bool:
    return type(value) is int and abs(value) < 2**62


def _is_id(value: object) -> bool:
    return type(value) is int and 0 <= value < 2**63


def result_pictures(output: Path) -> set[str]:
    """Return the real paths of the pictures in a folder that a run wrote into; {} for any other."""
    try:
        with (output / JOURNAL).open("rb") as file:
            is_ours = file.readline(100).startswith(b'{"version": ')
    except OSError:
        is_ours = False
    made = [*output.glob("predictions/*.png"), *output.glob("worst/*.jpg")] if is_ours else []
    return {os.path.realpath(path) for path in made}


def require_files(folder: Path, names: Iterable[str]) -> None:
    """Check that files are directly in a folder.

    Raises:
        UserError: some are not; it names the first.
    """
    present = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    missing = [name for name in names if name not in present]
    if missing:
        raise UserError("evaluation_file_missing", count=len(missing), name=missing[0])
