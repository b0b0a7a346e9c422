"""The timeline of a video: which segments were there when, and how large, as SVG."""

from __future__ import annotations

from html import escape

import numpy as np

from ..categories import CATEGORIES, name_in, segment_color
from ..messages import LANGUAGES
from ..video_data import Timeline, TimelineRow

_WIDTH, _NAMES, _ROW, _AXIS = 900, 150, 26, 26


def timeline_chart(timeline: Timeline) -> str:
    """Return a lane for each segment: as long as it is there, as high as it is large."""
    rows = timeline.rows()
    if not rows:
        return ""
    height = len(rows) * _ROW + _AXIS
    parts = [_lane(row, index) for index, row in enumerate(rows)]
    parts += _ticks(timeline, height)
    return (
        f'<div class="timeline"><svg viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'aria-label="{escape(_spoken(rows))}">{"".join(parts)}</svg></div>'
    )


def _lane(row: TimelineRow, index: int) -> str:
    bottom = (index + 1) * _ROW - 4
    category = CATEGORIES[row.category_id]
    number = f" {row.number}" if row.is_thing else ""
    names = "".join(
        f'<text lang="{code}" class="name" x="{_NAMES - 10}" y="{bottom - 5}">'
        f"{escape(name_in(category, code) + number)}</text>"
        for code in LANGUAGES
    )
    color = "#{:02x}{:02x}{:02x}".format(*segment_color(row.category_id, row.number))
    # Areas differ by hundreds: heights go by the square root, and whoever is there is seen.
    share = np.sqrt(row.areas / max(row.areas.max(), 1e-9))
    heights = np.where(row.areas > 0, 3 + share * (_ROW - 9), 0)
    step = (_WIDTH - _NAMES) / len(heights)
    path = "".join(
        f"M{_NAMES + begin * step:.1f} {bottom}"
        + "".join(
            f"L{_NAMES + place * step:.1f} {bottom - heights[place]:.1f}H"
            f"{_NAMES + (place + 1) * step:.1f}"
            for place in range(begin, end)
        )
        + f"V{bottom}Z"
        for begin, end in _stretches(heights > 0)
    )
    present = ", ".join(
        f"{begin * 100 // len(heights)}-{end * 100 // len(heights)} %"
        for begin, end in _stretches(heights > 0)
    )
    return (
        f'{names}<path class="ground" d="M{_NAMES} {bottom}H{_WIDTH}"/>'
        f'<path d="{path}" fill="{color}"><title>{present}</title></path>'
    )


def _stretches(present: np.ndarray) -> list[tuple[int, int]]:
    """Return (begin, end) of each stretch of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], present.astype(np.int8), [0]])))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _ticks(timeline: Timeline, height: int) -> list[str]:
    length = timeline.end - timeline.start
    parts = []
    for share, anchor in (
        (0, "start"),
        (0.25, "middle"),
        (0.5, "middle"),
        (0.75, "middle"),
        (1, "end"),
    ):
        x = _NAMES + share * (_WIDTH - _NAMES)
        second = timeline.start + share * length
        parts.append(
            f'<text class="tick" x="{x:.0f}" y="{height - 6}" text-anchor="{anchor}">'
            f"{second:.1f} s</text>"
        )
    return parts


def _spoken(rows: list[TimelineRow]) -> str:
    return ", ".join(
        f"{CATEGORIES[row.category_id].name_en} {row.number}"
        if row.is_thing
        else CATEGORIES[row.category_id].name_en
        for row in rows
    )
