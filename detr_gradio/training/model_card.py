"""The README.md of a checkpoint that was trained here."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .labels import Labels
from .settings import Settings
from .validation import GROUPS, Validation, cell, known_figures, table

_MOST_CONFUSIONS = 12


def model_card(
    base: str,
    labels: Labels,
    settings: Settings,
    facts: Mapping[str, Any],
    found: Validation | None,
) -> str:
    """Return a model card in Markdown.

    Args:
        base: name of the checkpoint that it began as.
        labels: what it knows.
        settings: of the training.
        facts: "data", "pictures", "processor_minutes", and "before", PQ of what both knew.
        found: on the validation pictures, if there are any.
    """
    old = [cell(labels.entries[label]["name"]) for label in labels.known]
    head: dict[str, Any] = {
        "library_name": "transformers",
        "pipeline_tag": "image-segmentation",
        "tags": ["detr", "panoptic-segmentation"],
    }
    if "/" in base:
        head["base_model"] = base
    if found and found.scores.all:
        head["model-index"] = [_result(facts["data"], found.scores.all.pq)]
    # JSON is YAML.
    said = (f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in head.items())
    lines = ["---", *said, "---", f"# DETR panoptic, {cell(facts['data'])}", ""]
    lines += [
        f"`DetrForSegmentation`, trained from {cell(base)} on {facts['pictures']} pictures of "
        f"{cell(facts['data'])} with {len(labels.entries)} categories, "
        f"{len(old)} of which it knew before{': ' if old else ''}{', '.join(old)}.",
        "",
        "`categories.json` says which of them are things and which stuff.",
        "",
        "## Settings",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in asdict(settings).items()),
        f"| processor minutes | {facts['processor_minutes']:.1f} |",
        "",
    ]
    if found:
        lines += ["## How good it is", "", "Panoptic quality on the validation pictures:", ""]
        lines += [table(found.scores, found.categories), ""]
        lines += _compared(labels, facts["before"], found)
        lines += _confused(found)
    return "\n".join(lines)


def _result(data: str, pq: float) -> dict[str, Any]:
    """Return a result as the Hub's metadata have it, and the app's page shows it."""
    return {
        "name": f"DETR panoptic, {data}",
        "results": [
            {
                "task": {"type": "image-segmentation"},
                "dataset": {"type": data, "name": data},
                "metrics": [{"type": "pq", "name": "PQ", "value": round(pq, 2)}],
            }
        ],
    }


def _compared(labels: Labels, before: Mapping[str, float], found: Validation) -> list[str]:
    """Say what became of the categories that it knew, and what of the others."""
    ids = [entry["id"] for entry in labels.entries]
    known = {ids[label] for label in labels.known}
    rows = [
        ("known before, then", before),
        ("known before, now", known_figures(found.scores, found.categories, known)),
        ("new", known_figures(found.scores, found.categories, set(ids) - known)),
    ]
    lines = ["| mean PQ of categories | all | things | stuff |", "|---|---|---|---|"]
    for name, figures in rows:
        columns = (f"{figures[group]:.1f}" if group in figures else "" for group in GROUPS)
        lines.append(f"| {name} | {' | '.join(columns)} |")
    return [*lines, ""]


def _confused(found: Validation) -> list[str]:
    if not found.confusions:
        return []
    rows = [
        f"| {cell(found.categories[true].name)} | {cell(found.categories[guess].name)} | {count} |"
        for (true, guess), count in found.confusions.most_common(_MOST_CONFUSIONS)
    ]
    told = "Segments whose place was right (IoU above 0.5) and whose name was wrong:"
    return [told, "", "| is | was called | times |", "|---|---|---|", *rows, ""]
