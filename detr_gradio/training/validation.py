"""Panoptic quality of a checkpoint folder on the validation pictures, by the package's own code."""

import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..checkpoints.catalogue import Checkpoint
from ..checkpoints.loading import load
from ..data_sets.layout import Split
from ..evaluation.confusions import confusions
from ..evaluation.matching import Match
from ..evaluation.quality import Quality, Scores
from ..evaluation.run import run
from ..evaluation.truth import read_panoptic
from ..images import load_image
from ..model.network import Network
from ..result.categories import Categories
from ..result.pictures import encode_picture
from ..result.render import overlay
from ..segmenter import Segmenter

FIGURES = ("pq", "sq", "rq")
GROUPS = ("all", "things", "stuff")


@dataclass(frozen=True)
class Validation:
    """What a validation found.

    Attributes:
        scores: panoptic quality.
        confusions: how often a segment of one category was found under the name of another.
        pairs: (truth, prediction) pictures, JPEG files.
        categories: that the checkpoint knows.
    """

    scores: Scores
    confusions: Counter[tuple[int, int]]
    pairs: list[tuple[bytes, bytes]]
    categories: Categories


def validate(
    checkpoint: Checkpoint,
    split: Split,
    *,
    limit: int | None = None,
    match: Match = "ids",
    pictures: int = 0,
) -> Validation:
    """Measure a checkpoint.

    Args:
        checkpoint: whose files may change: it is loaded anew.
        split: the pictures with their truth.
        limit: only the first so many.
        match: how categories are found among the checkpoint's.
        pictures: of how many to return the overlays.
    """
    segmenter = Segmenter(checkpoint, Network(load(checkpoint)))
    with tempfile.TemporaryDirectory() as folder:
        found = run(
            segmenter,
            split.images,
            split.annotations,
            split.masks,
            Path(folder),
            limit=limit,
            method="paper",
            match=match,
        )
        mistakes: Counter[tuple[int, int]] = Counter()
        pairs = []
        for number, picture in enumerate(found.pictures):
            truth, prediction = (
                read_panoptic(entry, place, segmenter.categories)
                for entry, place in (
                    (picture.truth, split.masks),
                    (picture.prediction, found.predicted_dir),
                )
            )
            mistakes.update(confusions(truth, prediction))
            if number < pictures:
                rgb = load_image(split.images / picture.image["file_name"], as_stored=True)
                drawn = (overlay(rgb, result) for result in (truth, prediction))
                first, second = (encode_picture("a.jpg", each) for each in drawn)
                pairs.append((first, second))
        return Validation(found.scores, mistakes, pairs, segmenter.categories)


def figures_of(scores: Scores) -> dict[str, float]:
    """Return PQ by group, of those that there are."""
    found = ((group, getattr(scores, group)) for group in GROUPS)
    return {group: round(figures.pq, 2) for group, figures in found if figures}


def known_figures(
    scores: Scores, categories: Categories, known: Collection[int]
) -> dict[str, float]:
    """Return PQ by group, averaged over some of a checkpoint's categories: those that occur."""
    found: dict[str, list[float]] = {group: [] for group in GROUPS}
    for category_id in set(known) & set(scores.categories):
        pq = scores.categories[category_id].pq
        for group in ("all", "things" if categories[category_id].is_thing else "stuff"):
            found[group].append(pq)
    return {group: round(sum(each) / len(each), 2) for group, each in found.items() if each}


def table(scores: Scores, categories: Categories) -> str:
    """Return a Markdown table of PQ, SQ and RQ: all, things, stuff, then each category."""
    groups = ((f"**{group}**", getattr(scores, group)) for group in GROUPS)
    rows: list[tuple[str, Quality]] = [(name, figures) for name, figures in groups if figures]
    rows += _named(scores, categories)
    lines = ["| | PQ | SQ | RQ |", "|---|---|---|---|"]
    for name, figures in rows:
        columns = " | ".join(f"{getattr(figures, figure):.1f}" for figure in FIGURES)
        lines.append(f"| {name} | {columns} |")
    return "\n".join(lines)


def _named(scores: Scores, categories: Categories) -> Iterator[tuple[str, Quality]]:
    for category_id, figures in sorted(scores.categories.items()):
        if category_id in categories:
            yield cell(categories[category_id].name), figures  # ty: ignore[invalid-yield]  # has the same figures


def cell(text: str) -> str:
    """Return text as it can stand in a Markdown table: names are other people's."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\\", "\\\\")
    return escaped.replace("|", "\\|").replace("[", "\\[").replace("`", "\\`").replace("*", "\\*")
