"""The learning curve of the embedded checkpoint, drawn from the log of its training."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from ....result.categories import KIND_NAMES

LOG = Path(__file__).parents[3] / "toy_scenes" / "training-log.jsonl"

_WIDTH, _HEIGHT = 640, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 96, 14, 40
# Name in the log; by language; colour that reads on paper and on slate.
_LINES = (
    ("All", {"en": "all", "es": "todo"}, "#0e7b74"),
    ("Things", KIND_NAMES["things"], "#d4552f"),
    ("Stuff", KIND_NAMES["stuff"], "#5b8a3a"),
)


@dataclass(frozen=True)
class Evaluation:
    """Panoptic quality at one moment of the training.

    Attributes:
        hours: of training, on two processors.
        pictures: seen so far.
        quality: PQ 0..100 of "All", "Things" and "Stuff".
    """

    hours: float
    pictures: int
    quality: dict[str, float]


def read_log(path: Path = LOG) -> list[Evaluation]:
    """Return the evaluations of a training's log, oldest first; none where there is no log."""
    if not path.is_file():
        return []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [
        Evaluation(line["hours"], line["pictures"], line["pq"]) for line in lines if "pq" in line
    ]


def curve(evaluations: list[Evaluation]) -> str:
    """Return PQ over hours of training as SVG; nothing where there are fewer than two points."""
    if len(evaluations) < 2:
        return ""
    end = evaluations[-1].hours

    def x(hours: float) -> float:
        return round(_LEFT + hours / end * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(quality: float) -> float:
        return round(_HEIGHT - _BOTTOM - quality / 100 * (_HEIGHT - _TOP - _BOTTOM), 1)

    parts = []
    for quality in (0, 25, 50, 75, 100):
        parts.append(f'<path class="grid" d="M{_LEFT} {y(quality)}H{_WIDTH - _RIGHT}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 8}" y="{y(quality) + 4}">{quality}</text>')
    parts += [
        f'<text class="hour" x="{x(share * end)}" y="{_HEIGHT - 18}">{share * end:.1f}</text>'
        for share in (0, 0.5, 1)
    ]
    for code, text in (("en", "hours of training"), ("es", "horas de entrenamiento")):
        middle = (_LEFT + _WIDTH - _RIGHT) / 2
        parts.append(
            f'<text class="hour" lang="{code}" x="{middle}" y="{_HEIGHT - 3}">{text}</text>'
        )
    ends = _spread_labels([y(evaluations[-1].quality[name]) for name, *_ in _LINES])
    for (name, texts, color), label_y in zip(_LINES, ends, strict=True):
        points = " ".join(f"{x(e.hours)},{y(e.quality[name])}" for e in evaluations)
        last = evaluations[-1].quality[name]
        parts.append(f'<polyline points="{points}" stroke="{color}"/>')
        for code, text in texts.items():
            parts.append(
                f'<text class="name" lang="{code}" x="{_WIDTH - _RIGHT + 8}" y="{label_y + 4}" '
                f'fill="{color}">{text} {last:.0f}</text>'
            )
    return (
        f'<svg class="curve" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="PQ">{"".join(parts)}</svg>'
    )


def _spread_labels(places: list[float], least: float = 17) -> list[float]:
    """Move labels down until none covers another; their order stays."""
    moved = dict.fromkeys(range(len(places)), 0.0)
    before = -least
    for index in sorted(moved, key=lambda i: places[i]):
        moved[index] = before = max(places[index], before + least)
    return [moved[index] for index in range(len(places))]
