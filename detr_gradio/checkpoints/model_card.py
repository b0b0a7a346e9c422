"""What a checkpoint's model card says of it: its README.md, with the Hub's metadata at its head."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import huggingface_hub as hub

from ..result.categories import clean_name
from .catalogue import Checkpoint

CARD = "README.md"
_MAX_BYTES = 200_000
_MAX_WORDS = 400  # characters of the first paragraph
_PQ = ("pq", "panoptic_quality", "panoptic quality")


@dataclass(frozen=True)
class ModelCard:
    """The facts of a model card; empty where it says nothing.

    Attributes:
        license: of the weights, as the Hub calls it.
        base: the checkpoint that it was trained from.
        data: the data set that the quality was measured on.
        pq: panoptic quality, 0..100; None where it says none.
        words: its first paragraph, without Markdown's marks.
    """

    license: str = ""
    base: str = ""
    data: str = ""
    pq: float | None = None
    words: str = ""


def read_card(checkpoint: Checkpoint) -> ModelCard:
    """Return the facts of a checkpoint's model card, as far as it lies at hand and can be read."""
    path = hub.try_to_load_from_cache(checkpoint.name, CARD) if not checkpoint.folder else None
    if checkpoint.folder:
        path = checkpoint.folder / CARD
    if not isinstance(path, (str, Path)):
        return ModelCard()
    try:
        with Path(path).open("rb") as file:
            text = file.read(_MAX_BYTES).decode("utf-8", "replace")
        card = hub.ModelCard(text, ignore_metadata_errors=True)
        return _facts(card)
    except Exception:  # whatever stands there, the checkpoint is none the worse
        return ModelCard()


def _facts(card: hub.ModelCard) -> ModelCard:
    data = card.data.to_dict()
    results = [
        (float(metric["value"]), result.get("dataset", {}).get("name"))
        for model in data.get("model-index") or []
        for result in model.get("results") or []
        for metric in result.get("metrics") or []
        if str(metric.get("type")).lower() in _PQ
    ]
    pq, measured_on = next((r for r in results if 0 <= r[0] <= 100), (None, None))
    return ModelCard(
        license=_line(data.get("license")),
        base=_line(data.get("base_model")),
        data=_line(measured_on),
        pq=pq,
        words=_first_paragraph(card.text),
    )


def _line(value: object) -> str:
    value = value[0] if isinstance(value, list) and value else value
    return clean_name(value) if isinstance(value, str) else ""


def _first_paragraph(text: str) -> str:
    """Return the first paragraph that is neither a title nor a table, a list, a picture or code."""
    for part in re.split(r"\n\s*\n", text.strip()):
        if not re.match(r"\s*([#|<>!`*-]{1,3}(\s|`|\[|\||$)|\d+\.)", part):
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", part)
            plain = re.sub(r"(?<!\\)[`*]|__", "", plain)
            plain = unescape(re.sub(r"\\([\\|\[`*])", r"\1", plain))
            plain = " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", plain).split())
            return plain if len(plain) <= _MAX_WORDS else f"{plain[: _MAX_WORDS - 1]}…"
    return ""
