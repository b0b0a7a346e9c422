"""What a video's panoptic maps say, frame by frame (CSV, JSON lines) and at a glance (timeline)."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..result.categories import Category
from ..result.tables import CSV_ENCODING, escape_formula

if TYPE_CHECKING:
    from ..result.panoptic import PanopticResult

COLUMNS = (
    "frame",
    "seconds",
    "segmented",
    "category_id",
    "label",
    "number",
    "is_thing",
    "score",
    "area",
    "area_fraction",
    "x",
    "y",
    "width",
    "height",
)


class FrameData:
    """Writes a row of CSV for each segment of each frame, and a line of JSON for each frame.

    A context manager. ``category_id`` and ``number`` together are the identity of a thing through
    the video; boxes and areas are in pixels of the frame written.
    """

    def __init__(self, csv_path: Path, jsonl_path: Path, language: str = "en"):
        self._language = language
        self._csv_file = csv_path.open("w", encoding=CSV_ENCODING, newline="")
        self._jsonl_file = jsonl_path.open("w", encoding="utf-8")
        self._rows = csv.writer(self._csv_file)
        self._rows.writerow(COLUMNS)

    def __enter__(self) -> FrameData:
        return self

    def __exit__(self, *_: object) -> None:
        self._csv_file.close()
        self._jsonl_file.close()

    def write(self, frame: int, seconds: float, segmented: bool, result: PanopticResult) -> None:
        """Write one frame.

        Args:
            frame: index among the frames written, from 0.
            seconds: its time in the source.
            segmented: True where the network saw it.
            result: its panoptic result.
        """
        seconds = round(seconds, 3)
        rows = [self._row(segment) for segment in result.segments]
        for row in rows:
            self._rows.writerow([frame, seconds, int(segmented), *map(escape_formula, row)])
        segments = [dict(zip(COLUMNS[3:], row, strict=True)) for row in rows]
        line = {"frame": frame, "seconds": seconds, "segmented": segmented, "segments": segments}
        self._jsonl_file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _row(self, segment) -> tuple:
        return (
            segment.category_id,
            segment.category.name_in(self._language),
            segment.number,
            segment.is_thing,
            round(float(segment.score), 4),
            segment.area,
            round(segment.area_fraction, 6),
            *segment.bbox,
        )


def is_frame_data(path: Path) -> bool:
    """Whether a file is a table of ``FrameData``, CSV or JSON lines, or empty."""
    with path.open("rb") as file:
        beginning = file.readline(1_000)
    rows = ",".join(COLUMNS).encode("utf-8-sig"), b'{"frame": 0, "seconds": '
    return not beginning or beginning.startswith(rows)


def keep_frames(csv_path: Path, jsonl_path: Path, frames: int) -> None:
    """Shorten the tables to their first frames: more were drawn than are in the video."""
    lines = jsonl_path.read_text(encoding="utf-8").splitlines(keepends=True)
    jsonl_path.write_text("".join(lines[:frames]), encoding="utf-8")
    with csv_path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    with csv_path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([header, *(row for row in rows if int(row[0]) < frames)])


@dataclass(frozen=True)
class TimelineRow:
    """One segment over time.

    Attributes:
        category: its category.
        number: its number in the video.
        areas: (bins,) float64, mean area fraction in each bin; 0 where it is absent.
    """

    category: Category
    number: int
    areas: np.ndarray

    @property
    def is_thing(self) -> bool:
        """True for countable things, False for stuff."""
        return self.category.is_thing


@dataclass
class Timeline:
    """Which segments are there when, and how large, in a fixed number of bins.

    Attributes:
        start: seconds of the first bin's beginning.
        end: seconds of the last bin's end.
        bins: how many equal parts the time has.
    """

    start: float
    end: float
    bins: int = 240
    _frames: np.ndarray = field(init=False)
    _areas: dict[tuple[Category, int], np.ndarray] = field(init=False, default_factory=dict)

    def __post_init__(self):
        self._frames = np.zeros(self.bins, np.int64)

    def add(self, seconds: float, result: PanopticResult) -> None:
        """Add a frame at a time."""
        place = int((seconds - self.start) / (self.end - self.start) * self.bins)
        place = min(max(place, 0), self.bins - 1)
        self._frames[place] += 1
        for segment in result.segments:
            key = segment.category, segment.number
            if key not in self._areas:
                self._areas[key] = np.zeros(self.bins)
            self._areas[key][place] += segment.area_fraction

    def rows(self, most: int = 40) -> list[TimelineRow]:
        """Return the segments of the largest total area: things by entrance, then stuff by area.

        Bins that fall between two frames repeat the one before.
        """
        filled = np.flatnonzero(self._frames)
        if not len(filled):
            return []
        everywhere = np.arange(self.bins)
        # For each bin, the last one at or before it that has frames; the last frame lasts too.
        source = np.maximum.accumulate(np.where(self._frames > 0, everywhere, filled[0]))
        shown = everywhere < filled[-1] + np.diff(filled).max(initial=1)
        rows = [
            TimelineRow(*key, np.where(shown, (areas / np.maximum(self._frames, 1))[source], 0.0))
            for key, areas in self._areas.items()
        ]
        rows = sorted(rows, key=lambda row: -row.areas.sum())[:most]
        return sorted(rows, key=_order)


def _order(row: TimelineRow) -> tuple:
    if row.is_thing:
        return 0, int(np.argmax(row.areas > 0)), row.category.id, row.number
    return 1, -float(row.areas.sum()), row.category.id, row.number
