"""A data set in COCO's panoptic format, read from end to end: is it fit to train on?"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .documents import Document, check_document
from .faults import Fault
from .layout import Split, find_splits
from .pictures import check_masks, check_picture, read_mask


@dataclass
class SplitSummary:
    """What is in one part of a data set.

    Attributes:
        name: of the part.
        images: how many.
        segments: how many of each category, by id; crowds count.
        crowds: how many of them are crowds.
        void: share of all pixels that belong to no segment, 0..1.
    """

    name: str
    images: int = 0
    segments: Counter[int] = field(default_factory=Counter)
    crowds: int = 0
    pixels: int = 0
    void_pixels: int = 0

    @property
    def void(self) -> float:
        """Share of all pixels that belong to no segment, 0..1."""
        return self.void_pixels / self.pixels if self.pixels else 0.0


@dataclass
class CheckedDataSet:
    """What ``check_data_set`` found.

    Attributes:
        faults: all of them.
        splits: what is in each part, by its name.
        categories: entries of ``categories`` by id, of all parts.
    """

    faults: list[Fault] = field(default_factory=list)
    splits: list[SplitSummary] = field(default_factory=list)
    categories: dict[int, dict[str, Any]] = field(default_factory=dict)


def check_data_set(
    folder: Path, progress: Callable[[int, int], None] | None = None
) -> CheckedDataSet:
    """Read all files of a data set and name what is wrong with them.

    Args:
        folder: as ``layout.find_splits`` takes it.
        progress: told (pictures done, pictures in all).
    """
    found = CheckedDataSet()
    documents: list[tuple[Split, Document]] = []
    for split in find_splits(folder):
        document = _read(split, folder, found.faults)
        if document is not None:
            documents.append((split, document))
    _compare_categories(documents, folder, found)
    total = sum(len(document.images) for _, document in documents)
    done, seen = 0, {}
    for split, document in documents:
        summary = SplitSummary(split.name)
        found.splits.append(summary)
        for image in document.images:
            found.faults += _check_image(folder, split, document, image, summary, seen)
            done += 1
            if progress:
                progress(done, total)
    used = sum((summary.segments for summary in found.splits), Counter())
    if documents:
        file = _within(documents[0][0].annotations, folder)
        found.faults += [
            Fault("category_unused", file, {"id": category_id, "said": entry.get("name")})
            for category_id, entry in found.categories.items()
            if not used[category_id]
        ]
    return found


def _read(split: Split, folder: Path, faults: list[Fault]) -> Document | None:
    file = _within(split.annotations, folder)
    try:
        content = json.loads(split.annotations.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        faults.append(Fault("json", file, {"said": str(error)[:80]}))
        return None
    document, problems = check_document(content, file)
    faults += problems
    return document


def _compare_categories(
    documents: list[tuple[Split, Document]], folder: Path, found: CheckedDataSet
) -> None:
    first: dict[int, str] = {}
    for split, document in documents:
        file = _within(split.annotations, folder)
        for category_id, entry in document.categories.items():
            known = found.categories.setdefault(category_id, entry)
            other = first.setdefault(category_id, file)
            told = [f"{each.get('name')} ({each.get('isthing')})" for each in (entry, known)]
            if told[0] != told[1]:
                values = {"id": category_id, "said": told[0], "found": told[1], "other": other}
                found.faults.append(Fault("categories_differ", file, values))


def _check_image(  # noqa: PLR0917 - all that an image is checked against
    folder: Path,
    split: Split,
    document: Document,
    image: dict[str, Any],
    summary: SplitSummary,
    seen: dict[bytes, tuple[str, str]],
) -> Iterator[Fault]:
    """Yield what is wrong with an image and its mask, and count what is in it."""
    path = split.images / image["file_name"]
    name = _within(path, folder)
    size, problems = check_picture(path, name, image)
    yield from problems
    if size is not None:
        digest = hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
        part, other = seen.setdefault(digest, (split.name, name))
        if part != split.name:
            yield Fault("overlap", name, {"other": other})
    annotation = document.annotations.get(image["id"])
    if annotation is None:
        return
    mask_path = split.masks / annotation["file_name"]
    mask_name = _within(mask_path, folder)
    ids, problems = read_mask(mask_path, mask_name)
    yield from problems
    summary.images += 1
    for info in annotation["segments_info"]:
        summary.segments[info["category_id"]] += 1
        summary.crowds += bool(info.get("iscrowd"))
    if ids is not None:
        summary.pixels += ids.size
        summary.void_pixels += int((ids == 0).sum())
        yield from check_masks(ids, annotation, mask_name, size, document.categories)


def _within(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix()
