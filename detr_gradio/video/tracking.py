"""The same thing keeps its number from frame to frame: tracking on panoptic maps.

In a panoptic map two segments never overlap, so two maps have at most one partner with an IoU
above 0.5 for each segment (Kirillov et al. 2019, section 4.1). That makes greedy matching by
descending overlap as good as an optimal assignment where things move slowly, and needs no solver.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ..result.panoptic import PanopticResult, Segment

GRID_SIDE = 320  # masks are compared on a grid of at most this many cells a side
# The stages of matching, each on what the one before left over. IoU: of the masks. Containment:
# the part of the smaller mask inside the other. Nearness: 1 at the predicted place, 0 one and a
# half of the thing's own widths away.
STAGES = (("iou", 0.2), ("containment", 0.5), ("nearness", 0.0))


@dataclass
class _Track:
    """A segment followed over time; positions in grid cells, times in updates."""

    category_id: int
    number: int
    cells: np.ndarray  # (N, 2) int64, row and column of each cell of the last mask
    velocity: np.ndarray  # (2,) float64, cells an update
    full_area: float  # cells, of the mask before something covered a part of it
    seen: int

    @property
    def center(self) -> np.ndarray:
        return self.cells.mean(axis=0)

    def update(self, cells: np.ndarray, time: int) -> None:
        smaller, larger = sorted((len(cells), len(self.cells)))
        # The centre of a mask that something covers or uncovers moves, but the thing doesn't.
        if smaller > 0.9 * larger:
            step = (cells.mean(axis=0) - self.center) / (time - self.seen)
            self.velocity = (self.velocity + step) / 2
        self.full_area = max(0.97 * self.full_area, len(cells))
        self.cells, self.seen = cells, time


class Tracker:
    """Gives the segments of successive frames numbers that stay with them.

    The identity of a segment is its category and its ``number``. A new one gets the next free
    number of its category; numbers are never given twice. Segments match tracks of their own
    category: first by mask IoU, where the track's last mask stood or where its motion takes it;
    then what is left by containment, for things half hidden behind others; then by nearness, for
    things that moved farther than their size. Stuff has one segment a category, which keeps its
    number as it is.

    Args:
        memory: updates for which a vanished track can come back, 0 or more.
    """

    def __init__(self, memory: int = 30):
        self._memory = memory
        self._tracks: list[_Track] = []
        self._given: dict[int, int] = {}  # category id: highest number given
        self._time = 0

    def update(self, result: PanopticResult) -> PanopticResult:
        """Return the result with each segment's ``number`` taken from its track.

        All frames of a video must have the same size.
        """
        self._time += 1
        oldest = self._time - 1 - self._memory
        self._tracks = [track for track in self._tracks if track.seen >= oldest]
        things = [segment for segment in result.segments if segment.is_thing]
        grid, cells = _on_grid(result.segment_ids, things)
        matched = self._match(things, grid, cells)
        numbers = {}
        for index, segment in enumerate(things):
            track = matched.get(index)
            if track is None:
                track = self._begin(segment.category_id, cells[index])
            else:
                track.update(cells[index], self._time)
            numbers[segment.id] = track.number
        segments = (replace(s, number=numbers.get(s.id, s.number)) for s in result.segments)
        return replace(result, segments=tuple(segments))

    def _begin(self, category_id: int, cells: np.ndarray) -> _Track:
        number = self._given.get(category_id, 0) + 1
        self._given[category_id] = number
        track = _Track(category_id, number, cells, np.zeros(2), len(cells), self._time)
        self._tracks.append(track)
        return track

    def _match(
        self, segments: list[Segment], grid: np.ndarray, cells: list[np.ndarray]
    ) -> dict[int, _Track]:
        shape = len(self._tracks), len(segments)
        affinities = {name: np.full(shape, -np.inf) for name, _ in STAGES}
        areas = np.array([len(c) for c in cells], dtype=np.float64)
        centers = np.array([c.mean(axis=0) for c in cells]).reshape(-1, 2)
        categories = np.array([s.category_id for s in segments])
        for row, track in enumerate(self._tracks):
            same = categories == track.category_id
            size = len(track.cells)
            motion = track.velocity * (self._time - track.seen)
            stay = _intersections(track.cells, grid, len(areas))
            move = _intersections(track.cells + np.rint(motion).astype(int), grid, len(areas))
            overlap = np.maximum(stay, move)
            distance = np.linalg.norm(centers - track.center - motion, axis=1)
            reach = 1.5 * np.sqrt(np.maximum(areas, track.full_area))
            for name, affinity in (
                ("iou", overlap / (areas + size - overlap)),
                ("containment", overlap / np.minimum(areas, size)),
                ("nearness", 1 - distance / reach),
            ):
                affinities[name][row, same] = affinity[same]
        pairs: list[tuple[int, int]] = []
        for name, least in STAGES:
            pairs += _greedy(affinities[name], least, pairs)
        return {column: self._tracks[row] for row, column in pairs}


def _on_grid(
    segment_ids: np.ndarray, segments: list[Segment]
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the map of segment indices (-1: none) on the grid, and the cells of each segment."""
    stride = -(-max(segment_ids.shape) // GRID_SIDE)
    ids = segment_ids[::stride, ::stride]
    lookup = np.full(ids.max(initial=0) + 1, -1)
    for index, segment in enumerate(segments):
        if segment.id < len(lookup):
            lookup[segment.id] = index
    grid = lookup[ids]
    cells = []
    for index, segment in enumerate(segments):
        found = np.argwhere(grid == index)
        if not len(found):
            # Thinner than the grid: the centre of its box stands for it.
            x, y, width, height = segment.bbox
            found = np.array([[(y + height // 2) // stride, (x + width // 2) // stride]])
        cells.append(found)
    return grid, cells


def _intersections(cells: np.ndarray, grid: np.ndarray, count: int) -> np.ndarray:
    """Return how many cells of a mask lie in each of the grid's ``count`` segments."""
    inside = np.all((cells >= 0) & (cells < grid.shape), axis=1)
    owners = grid[tuple(cells[inside].T)]
    return np.bincount(owners[owners >= 0], minlength=count)


def _greedy(
    affinity: np.ndarray, least: float, taken: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return (row, column) pairs by descending affinity above ``least``, none of them taken."""
    pairs: list[tuple[int, int]] = []
    used_rows, used_columns = {row for row, _ in taken}, {column for _, column in taken}
    rows, columns = np.nonzero(affinity > least)
    for place in np.argsort(-affinity[rows, columns], kind="stable"):
        row, column = int(rows[place]), int(columns[place])
        if row not in used_rows and column not in used_columns:
            used_rows.add(row)
            used_columns.add(column)
            pairs.append((row, column))
    return pairs
