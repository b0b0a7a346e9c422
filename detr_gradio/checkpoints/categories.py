"""Which categories a checkpoint knows, read from its files; without torch.

In this order: ``categories.json`` beside ``config.json``, the catalogue, ``id2label`` of the
configuration. The last one says nothing of things and stuff.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..result.categories import MAX_ID, Categories, Category, clean_name
from ..result.coco import COCO, NO_OBJECT
from ..result.palette import RGB, make_colors
from .catalogue import CATALOGUE, Checkpoint, local_files
from .configuration import MAX_NUMBER
from .hub import CATEGORIES, CONFIG, CheckpointFiles, CheckpointUnavailable

_MAX_BYTES = 8_000_000
_PLACEHOLDERS = ("", "N/A")


def categories_of(checkpoint: Checkpoint) -> Categories:
    """Return the categories of a checkpoint, whose files need not be at hand for the catalogue's.

    Raises:
        CheckpointUnavailable: its files contradict each other, or have to be fetched first.
    """
    files = local_files(checkpoint)
    if checkpoint.name in CATALOGUE and (files is None or files.categories is None):
        return COCO
    if files is None:
        values = {"title": checkpoint.title, "file": CONFIG}
        raise CheckpointUnavailable("checkpoint_incomplete", **values)
    try:
        entries = json.loads(files.config.read_text())
        labels = labels_of(entries)
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointUnavailable("checkpoint_config", title=checkpoint.title) from error
    return read_categories(checkpoint, files, labels)


def labels_of(entries: Mapping[str, Any]) -> list[str]:
    """Return what ``config.json`` calls each index of the logits.

    Raises:
        AttributeError, TypeError, ValueError: it contradicts itself.
    """
    named = entries.get("id2label")
    if named is None:
        return [f"LABEL_{index}" for index in range(int(entries.get("num_labels", 2)))]
    by_index = {int(index): str(name) for index, name in named.items()}
    if len(by_index) > MAX_NUMBER or set(by_index) != set(range(len(by_index))):
        raise ValueError("id2label has gaps")
    return [by_index[index] for index in range(len(by_index))]


def read_categories(
    checkpoint: Checkpoint, files: CheckpointFiles, labels: list[str]
) -> Categories:
    """Return the categories of a checkpoint.

    Args:
        checkpoint: whose.
        files: of it.
        labels: what its configuration calls each index of the logits but the last.

    Raises:
        CheckpointUnavailable: the files contradict each other.
    """
    if files.categories is not None:
        return _read_file(files.categories, labels, checkpoint.title)
    if checkpoint.name in CATALOGUE and len(labels) != NO_OBJECT:
        values = {"title": checkpoint.title, "count": len(labels)}
        raise CheckpointUnavailable("checkpoint_categories", **values)
    if checkpoint.name in CATALOGUE or _are_coco_s(labels):
        return COCO
    return _from_labels(labels)


def _are_coco_s(labels: list[str]) -> bool:
    """Whether labels are those of DETR's published checkpoints, or say nothing else."""
    return len(labels) == NO_OBJECT and all(
        _is_placeholder(index, label) or (index in COCO and COCO[index].name == label)
        for index, label in enumerate(labels)
    )


def _is_placeholder(index: int, label: str) -> bool:
    return label in _PLACEHOLDERS or label == f"LABEL_{index}"


def _from_labels(labels: list[str]) -> Categories:
    """Return the categories that ``id2label`` names; its indices are their ids."""
    named = {index: clean_name(label) for index, label in enumerate(labels)}
    named = {index: name for index, name in named.items() if name not in _PLACEHOLDERS}
    colors = make_colors([True] * len(named))
    table = (
        Category(index, name, name, name, "", True, color, color)
        for (index, name), color in zip(named.items(), colors, strict=True)
    )
    return Categories(tuple(table), tuple(named), kinds_known=False)


@dataclass(frozen=True)
class _Entry:
    """An entry of ``categories.json``; what it doesn't say is None."""

    id: int
    name: str
    name_en: str
    name_es: str
    supercategory: str
    is_thing: bool | None
    color: RGB | None
    index: int | None

    def category(self, color: RGB) -> Category:
        """Return the category, with a colour where it has none."""
        color = self.color or color
        texts = self.name, self.name_en, self.name_es, self.supercategory
        return Category(self.id, *texts, self.is_thing is not False, color, color)


def _read_file(path: Path, labels: list[str], title: str) -> Categories:
    said = {"title": title, "file": CATEGORIES}
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise ValueError("too large")
        listed = json.loads(path.read_bytes())
        if isinstance(listed, dict):  # a whole COCO file
            listed = listed["categories"]
        if not listed or len(listed) > len(labels):
            raise ValueError("not as many as labels")
        entries = [_entry(each) for each in listed]
        kinds_known = entries[0].is_thing is not None
        if any((entry.is_thing is not None) != kinds_known for entry in entries):
            raise ValueError("some kinds are not said")
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise CheckpointUnavailable("categories_unreadable", **said) from error
    indices = _indices(entries, labels)
    for entry, index in zip(entries, indices, strict=True):
        if index is None or not 0 <= index < len(labels):
            values = {**said, "id": entry.id, "last": len(labels) - 1}
            raise CheckpointUnavailable("categories_index", **values)
    made = make_colors(
        [entry.is_thing is not False for entry in entries],
        [entry.color for entry in entries if entry.color],
    )
    table = (entry.category(color) for entry, color in zip(entries, made, strict=True))
    try:
        return Categories(tuple(table), tuple(indices), kinds_known=kinds_known)  # ty: ignore[invalid-argument-type]  # none is None
    except ValueError as error:
        raise CheckpointUnavailable("categories_twice", **said) from error


def _indices(entries: list[_Entry], labels: list[str]) -> list[int | None]:
    """Return the index of each category in the logits: never a guess.

    As the entries say; else where the configuration has each name once; else the id, as in COCO's.
    """
    if any(entry.index is not None for entry in entries):
        return [entry.index for entry in entries]
    names = [clean_name(label) for label in labels]
    if all(names.count(entry.name) == 1 for entry in entries):
        return [names.index(entry.name) for entry in entries]
    return [entry.id for entry in entries]


def _entry(said: Mapping[str, Any]) -> _Entry:
    """Return what an entry says, checked.

    Raises:
        AttributeError, KeyError, TypeError, ValueError: it can't be.
    """
    name, kind, index = clean_name(_text(said["name"])), said.get("isthing"), said.get("index")
    if not _is_integer(said["id"]) or abs(said["id"]) > MAX_ID:
        raise ValueError("the id can't be")
    if not name or kind not in (None, 0, 1) or not (index is None or _is_integer(index)):
        raise ValueError("name, kind or index can't be")
    names = said.get("names") or {}
    known = _known_names(name, kind)
    english, spanish = (
        clean_name(_text(names.get(code) or "")) or known.get(code, name) for code in ("en", "es")
    )
    return _Entry(
        id=said["id"],
        name=name,
        name_en=english,
        name_es=spanish,
        supercategory=clean_name(_text(said.get("supercategory") or "")),
        is_thing=None if kind is None else bool(kind),
        color=_color(said.get("color")),
        index=index,
    )


def is_entry(said: Mapping[str, Any]) -> bool:
    """Return whether an entry can stand in a ``categories.json``."""
    try:
        _entry(said)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False
    return True


def _known_names(name: str, kind: object) -> dict[str, str]:
    """Return the short names of COCO's category of this name and kind, by language."""
    for category in COCO.table:
        if category.name == name and kind in (None, category.is_thing):
            return {"en": category.name_en, "es": category.name_es}
    return {}


def _color(value: Any) -> RGB | None:
    if value is None:
        return None
    red, green, blue = value
    if not all(_is_integer(channel) and 0 <= channel <= 255 for channel in value):
        raise ValueError("the colour can't be")
    return red, green, blue


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is no text")
    return value


def _is_integer(value: object) -> bool:
    return type(value) is int
