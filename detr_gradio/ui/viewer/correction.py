"""What the browser needs to correct a result."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from ...result.categories import Category
from ...result.corrections import fingerprint
from ...result.palette import to_hex
from ...result.panoptic import PanopticResult
from ..scripts import bundle
from .correction_strings import STRINGS
from .maps import map_value
from .strings import by_language

_SHADES = 7  # of a category's colour; after them they repeat


def correction_value(
    network: PanopticResult, result: PanopticResult, language: str
) -> dict[str, Any]:
    """Return the part of a viewer's value with which a result is corrected.

    Args:
        network: the result of the network.
        result: what has been made of it; the same one where nothing has.
        language: "en" or "es".

    Returns:
        ``tools``, the body of a function that returns the class which corrects: most visitors never
        need it; ``fingerprint``, ``categories`` in their order, and ``network`` and ``now``: the
        maps in full with their segments; ``now`` is None where it is the network's.
    """
    return {
        "tools": _tools(),
        "fingerprint": fingerprint(network),
        "categories": [_category_value(each, language) for each in network.categories.table],
        "network": _editable(network),
        "now": None if result is network else _editable(result),
    }


@cache
def _tools() -> str:
    parts = Path(__file__).with_name("correction.html").read_text(encoding="utf-8")
    script = bundle("ui/viewer/correcting.js") + "\nreturn Correcting;"
    put_in = {"TEXTS": by_language(STRINGS), "PARTS": parts}
    for name, value in put_in.items():
        script = script.replace(name, json.dumps(value, ensure_ascii=False))
    return script


def _category_value(category: Category, language: str) -> dict[str, Any]:
    return {
        "name": category.name_in(language),
        "is_thing": category.is_thing,
        "colors": [to_hex(category.segment_color(number + 1)) for number in range(_SHADES)],
    }


def _editable(result: PanopticResult) -> dict[str, Any]:
    labels = {category_id: index for index, category_id in enumerate(result.categories)}
    return {
        "ids": map_value(result.segment_ids),
        "segments": [
            {
                "id": segment.id,
                "category": labels[segment.category_id],
                "query": segment.query,
                "score": segment.score,
                "handMade": segment.hand_made,
            }
            for segment in result.segments
        ],
    }
