"""Tables that name categories: CSV, JSON or text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ...result.palette import RGB, from_hex
from ...result.tables import unescape_formula
from .annotated import Label
from .files import load_json

VALUES = ("value", "id", "index", "label_id", "pixel")
NAMES = ("name", "label", "category", "class")
VOID = ("void", "unlabeled", "unlabelled", "ignore", "background", "_background_", "__ignore__")
"""Names of the pixels that are nothing, where a table names them."""

SUFFIXES = (".csv", ".json", ".txt", ".tsv")


def label_of(entry: Any, value: int | None = None) -> Label | None:
    """Return the label of an entry of COCO's ``categories``, None where it has no name.

    Args:
        entry: with name, and where known id, isthing, color and supercategory.
        value: the id of an entry that has none.
    """
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        return None
    name, said, kind = entry["name"].strip(), entry.get("id"), entry.get("isthing")
    group = entry.get("supercategory")
    return (
        Label(
            name=name,
            id=said if type(said) is int else value,
            is_thing=bool(kind) if kind in (0, 1) else None,
            color=_color(entry.get("color")),
            supercategory=group if isinstance(group, str) else "",
        )
        if name
        else None
    )


def read_table(path: Path) -> dict[int, Label]:
    """Return the labels of a table by the value of their pixels.

    CSV with a line of titles, or a number and a name a line; JSON as COCO's ``categories``, as
    ``{"0": "road"}`` or as ``["road"]``; text with a name a line, that of 0 first.

    Raises:
        ValueError: it is no such table.
    """
    if path.suffix.lower() == ".json":
        return _from_json(load_json(path))
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(str(error)) from error
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("# ")]
    if path.suffix.lower() == ".txt" and not any("," in line for line in lines):
        return dict(enumerate(Label(line.strip()) for line in lines))
    return _from_csv("\n".join(lines))


def _from_json(content: Any) -> dict[int, Label]:
    if isinstance(content, dict):
        for key in ("categories", "id2label"):
            if key in content:
                return _from_json(content[key])
        content = [{"value": key, "name": name} for key, name in content.items()]
    if not isinstance(content, list):
        raise ValueError("no list")
    if all(isinstance(each, str) for each in content):
        content = [{"value": i, "name": name} for i, name in enumerate(content)]
    return _by_value(content)


def _from_csv(text: str) -> dict[int, Label]:
    first = text.partition("\n")[0]
    separator = next((mark for mark in "\t;," if mark in first), ",")
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    titles = [title.strip().lower() for title in rows[0]] if rows else []
    if any(title in NAMES for title in titles):
        entries: list[Any] = [dict(zip(titles, row, strict=False)) for row in rows[1:]]
    else:
        entries = [{"value": row[0], "name": ",".join(row[1:])} for row in rows]
    return _by_value(entries)


def _by_value(entries: Iterable[Any]) -> dict[int, Label]:
    """Return labels by value; an entry may have a category's id of its own beside it.

    Raises:
        ValueError: an entry has no value or no name.
    """
    labels: dict[int, Label] = {}
    for entry in entries:
        if not isinstance(entry, dict):
            raise ValueError(repr(entry)[:60])
        value = _number(next((entry[key] for key in VALUES if key in entry), None))
        name = next((entry[key] for key in NAMES if key in entry), None)
        if value is None or not isinstance(name, str) or value in labels:
            raise ValueError(repr(entry)[:60])
        said = {
            **entry,
            "name": unescape_formula(name),
            "id": _number(entry.get("category_id", entry.get("id", value))),
            "isthing": _number(entry.get("isthing")),
        }
        if label := label_of(said, value):
            labels[value] = label
    return labels


def _number(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _color(value: Any) -> RGB | None:
    """Return a colour of "#rrggbb" or [red, green, blue]."""
    try:
        red, green, blue = from_hex(value) if isinstance(value, str) else value
    except (TypeError, ValueError):
        return None
    channels = (red, green, blue)
    return channels if all(type(c) is int and 0 <= c <= 255 for c in channels) else None
