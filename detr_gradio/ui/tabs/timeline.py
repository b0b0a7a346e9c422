"""The timeline of a video: which segments were there when, and how large."""

from __future__ import annotations

from html import escape

import numpy as np

from ...messages import LANGUAGES
from ...result.palette import to_hex
from ...video.tables import Timeline, TimelineRow
from ..markup import bilingual_pair

_WIDTH, _HEIGHT = 1000, 18  # of a lane's drawing, which is stretched to the room there is


def timeline_chart(timeline: Timeline) -> str:
    """Return a lane for each segment: as long as it is there, as high as it is large."""
    rows = timeline.rows()
    if not rows:
        return ""
    return (
        f'<div class="timeline" role="img" aria-label="{escape(_aria_label(rows))}">'
        f"{''.join(_lane(row) for row in rows)}{_axis(timeline)}</div>"
    )


def _lane(row: TimelineRow) -> str:
    names = (row.category.segment_name(row.number, code) for code in LANGUAGES)
    color = to_hex(row.category.segment_color(row.number))
    # Areas differ by hundreds: heights go by the square root, and whoever is there is seen.
    share = np.sqrt(row.areas / max(row.areas.max(), 1e-9))
    heights = np.where(row.areas > 0, 3 + share * (_HEIGHT - 3), 0)
    step = _WIDTH / len(heights)
    stretches = _spans(heights > 0)
    path = "".join(
        f"M{begin * step:.1f} {_HEIGHT}"
        + "".join(
            f"L{place * step:.1f} {_HEIGHT - heights[place]:.1f}H{(place + 1) * step:.1f}"
            for place in range(begin, end)
        )
        + f"V{_HEIGHT}Z"
        for begin, end in stretches
    )
    present = ", ".join(
        f"{begin * 100 // len(heights)}-{end * 100 // len(heights)} %" for begin, end in stretches
    )
    return (
        f'<span class="name">{bilingual_pair(*names)}</span>'
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none">'
        f'<path d="{path}" fill="{color}"><title>{present}</title></path></svg>'
    )


def _spans(present: np.ndarray) -> list[tuple[int, int]]:
    """Return (begin, end) of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], present.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _axis(timeline: Timeline) -> str:
    length = timeline.end - timeline.start
    ticks = "".join(
        f"<span>{timeline.start + quarter * length / 4:.1f} s</span>" for quarter in range(5)
    )
    return f'<div class="axis">{ticks}</div>'


def _aria_label(rows: list[TimelineRow]) -> str:
    return ", ".join(row.category.segment_name(row.number) for row in rows)
