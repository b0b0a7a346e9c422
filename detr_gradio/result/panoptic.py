"""What a panoptic result is, and how one is assembled from the predictions of the queries."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import cv2
import numpy as np

from .categories import Categories, Category
from .conversions import Conversions
from .options import THRESHOLD, Method, require_options
from .ownership import MAX_QUERIES, MaskCompetition, NearestAxis, linear_taps
from .predictions import QueryPredictions

MAX_TOLD_NAMES = 8  # of the segments of a result, in its ``repr``
MAX_DROPPED_AREA = 4  # pixels; a smaller or equal segment is noise (paper, section 4.4.1)


@dataclass(frozen=True)
class Segment:
    """One region of the panoptic map.

    Attributes:
        id: value of its pixels in ``PanopticResult.segment_ids``, 1..N.
        category: names, kind and colour of its category.
        number: 1, 2, ... among the segments of the same category, largest first.
        score: the query's softmax probability, 0..1.
        area: pixels.
        area_fraction: area as a fraction of the image, 0..1.
        bbox: (x, y, width, height) of its pixels, COCO's convention.
        query: index of the object query (of the best one, where queries were merged); -1 where a
            person drew the segment.
        hand_made: whether a person has changed its pixels or its category.
    """

    id: int
    category: Category
    number: int
    score: float
    area: int
    area_fraction: float
    bbox: tuple[int, int, int, int]
    query: int
    hand_made: bool = False

    @property
    def confidence(self) -> str:
        """The score in whole percent, or "by hand" where a person has said what it is."""
        return "by hand" if self.hand_made and self.score == 1 else f"{self.score:.0%}"

    @property
    def category_id(self) -> int:
        """Id of the category in the data set, such as COCO's."""
        return self.category.id

    @property
    def label(self) -> str:
        """Short English name of the category."""
        return self.category.name_en

    def name(self, language: str = "en") -> str:
        """Name of the segment in "en" or "es": "car 1" for a thing, "sky" for stuff."""
        return self.category.segment_name(self.number, language)

    @property
    def is_thing(self) -> bool:
        """True for countable things, False for stuff."""
        return self.category.is_thing


@dataclass(frozen=True, eq=False)
class PanopticResult(Conversions):
    """A panoptic map and its segments. Immutable, also after pickling and copying.

    In a notebook it shows itself. ``len(result)`` counts the segments, iteration gives them,
    ``result["car 1"]`` is one by its name.

    Attributes:
        segment_ids: (H, W) int32, read-only, size of the upright image; 0 is void.
        segments: largest first; ids are 1..N.
        categories: all that the checkpoint knows.
        checkpoint: name of the checkpoint that produced it.
        threshold: least score of a kept query, 0.5..1.
        method: "paper" or "reference".
        input_size: (height, width) of the network's input in pixels.
        timings: seconds of "preprocess", "network" and "assemble".
    """

    segment_ids: np.ndarray
    segments: tuple[Segment, ...]
    categories: Categories
    checkpoint: str
    threshold: float
    method: Method
    input_size: tuple[int, int]
    timings: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.__setstate__(vars(self))

    def __getstate__(self) -> dict[str, object]:
        return {**vars(self), "timings": dict(self.timings)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        ids = state["segment_ids"]
        if ids.flags.writeable:
            ids = ids.view()  # the caller's own array stays as it is
            ids.flags.writeable = False
        timings = MappingProxyType(dict(state["timings"]))
        vars(self).update(state, segment_ids=ids, timings=timings)

    def __len__(self) -> int:
        return len(self.segments)

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __getitem__(self, name: str) -> Segment:
        for segment in self.segments:
            if segment.name() == name:
                return segment
        raise KeyError(f"{name!r} is none of {', '.join(s.name() for s in self.segments)}")

    def __repr__(self) -> str:
        height, width = self.segment_ids.shape
        names = [segment.name() for segment in self.segments[:MAX_TOLD_NAMES]]
        if more := len(self.segments) - len(names):
            names.append(f"{more} more")
        return f"<PanopticResult of {width} x {height} pixels: {', '.join(names) or 'no segments'}>"

    @classmethod
    def from_map(
        cls, ids: np.ndarray, category_ids: Mapping[int, int], categories: Categories
    ) -> PanopticResult:
        """Make a result of a map that was drawn, read or moved.

        Args:
            ids: (H, W) integers, 0 or more.
            category_ids: category id by value in ``ids``. Other values become void, and so do the
                segments after the 255 largest.
            categories: that have these ids.

        Returns:
            All scores are 1, and ``query`` is a segment's value in ``ids``.
        """
        areas = np.bincount(ids.ravel(), minlength=max(category_ids, default=0) + 1)
        present = sorted((v for v in category_ids if areas[v]), key=lambda v: -areas[v])
        new_ids = np.zeros(len(areas), np.int32)
        counts: dict[int, int] = {}
        segments = []
        for new_id, value in enumerate(present[:MAX_QUERIES], start=1):
            new_ids[value] = new_id
            category_id = category_ids[value]
            counts[category_id] = counts.get(category_id, 0) + 1
            x, y, width, height = cv2.boundingRect((ids == value).view(np.uint8))
            segments.append(
                Segment(
                    id=new_id,
                    category=categories[category_id],
                    number=counts[category_id],
                    score=1.0,
                    area=int(areas[value]),
                    area_fraction=float(areas[value] / ids.size),
                    bbox=(x, y, width, height),
                    query=value,
                )
            )
        segment_ids = new_ids[ids]
        height, width = ids.shape
        return cls(
            segment_ids, tuple(segments), categories, "", THRESHOLD, "paper", (height, width)
        )

    @property
    def void_area(self) -> int:
        """Pixels that belong to no segment."""
        return self.segment_ids.size - sum(segment.area for segment in self.segments)

    def segment(self, segment_id: int) -> Segment:
        """Return the segment with an id.

        Raises:
            KeyError: there is none.
        """
        if not 1 <= segment_id <= len(self.segments):
            raise KeyError(segment_id)
        return self.segments[segment_id - 1]

    def mask(self, segment_id: int) -> np.ndarray:
        """Return the (H, W) bool mask of the segment with an id.

        Raises:
            KeyError: there is none.
        """
        return self.segment_ids == self.segment(segment_id).id


def assemble(
    predictions: QueryPredictions,
    *,
    threshold: float = THRESHOLD,
    method: Method = "paper",
    checkpoint: str = "",
    timings: Mapping[str, float] | None = None,
) -> PanopticResult:
    """Give every pixel to one of the kept queries: a panoptic map.

    Each pixel of the network's input goes to the query with the largest upsampled mask logit, and
    the map is reduced or enlarged to the image with nearest neighbours. Segments of at most 4
    pixels there are dropped and their pixels go to the next best query, until none is left.
    Several queries of one kind of stuff are one segment, which carries the best of them:

    * ``"paper"`` merges them (Carion et al. 2020, section 4.4.1);
    * ``"reference"`` does what the released code does (facebookresearch/detr,
      ``models/segmentation.py``), where the first of them drives out the others.

    All is void when no segment survives.

    Args:
        predictions: of one image.
        threshold: queries with a score above it are kept, 0.5..1: predictions end at 0.5.
        method: "paper" or "reference".
        checkpoint: name of the checkpoint, for the result.
        timings: seconds that the steps before took, for the result.

    Raises:
        UserError: the threshold is not in 0.5..1, or the method is unknown.
    """
    start = time.perf_counter()
    require_options(threshold, method)
    # NumPy's numbers can't be written as JSON, and would be compared with more digits than ours.
    threshold = float(threshold)
    kept = _kept_indices(predictions, threshold)
    segment_ids, segments = _make_map(predictions, kept, method)
    return PanopticResult(
        segment_ids=segment_ids,
        segments=segments,
        categories=predictions.categories,
        checkpoint=checkpoint,
        threshold=threshold,
        method=method,
        input_size=predictions.input_size,
        timings={**(timings or {}), "assemble": time.perf_counter() - start},
    )


def _kept_indices(predictions: QueryPredictions, threshold: float) -> np.ndarray:
    """Return the (K',) indices of the predictions above the threshold, best 255 at most."""
    kept = np.flatnonzero(predictions.scores > threshold)
    if len(kept) > MAX_QUERIES:
        best = np.argsort(-predictions.scores[kept], kind="stable")[:MAX_QUERIES]
        kept = kept[np.sort(best)]
    return kept


def _make_map(
    predictions: QueryPredictions, kept: np.ndarray, method: Method
) -> tuple[np.ndarray, tuple[Segment, ...]]:
    """Return the (H, W) int32 map and its segments, largest first."""
    if not len(kept):
        return np.zeros(predictions.image_size, np.int32), ()
    # The map is made at the pixels of the input that the image shows, and nowhere else.
    rows = NearestAxis.between(predictions.input_size[0], predictions.image_size[0])
    columns = NearestAxis.between(predictions.input_size[1], predictions.image_size[1])
    categories = [predictions.categories[i] for i in predictions.category_ids[kept].tolist()]
    competition = MaskCompetition(
        predictions.mask_logits[kept],
        linear_taps(rows.sources, predictions.input_size[0], predictions.mask_logits.shape[1]),
        linear_taps(columns.sources, predictions.input_size[1], predictions.mask_logits.shape[2]),
    )
    pixels = np.outer(rows.repeats, columns.repeats).ravel()  # of the image, at each grid point
    owners, areas = _drop_tiny_segments(competition, _groups(categories), pixels, method)

    # The largest first; equal ones in the order of their queries.
    order = [group for group in np.argsort(-areas, kind="stable") if areas[group]]
    ids = np.zeros(len(kept), np.int32)
    ids[order] = np.arange(1, len(order) + 1)
    counts: dict[int, int] = {}
    segments = []
    for group in order:
        category = categories[group]
        members = kept[group : group + 1]
        if not category.is_thing:
            members = kept[predictions.category_ids[kept] == category.id]
        best = members[predictions.scores[members].argmax()]
        counts[category.id] = counts.get(category.id, 0) + 1
        present = owners == group
        left, width = columns.extent(present.any(axis=0))
        top, height = rows.extent(present.any(axis=1))
        segments.append(
            Segment(
                id=int(ids[group]),
                category=category,
                number=counts[category.id],
                score=float(predictions.scores[best]),
                area=int(areas[group]),
                area_fraction=float(areas[group] / pixels.sum()),
                bbox=(left, top, width, height),
                query=int(predictions.queries[best]),
            )
        )
    segment_ids = ids.take(owners).repeat(columns.repeats, axis=1).repeat(rows.repeats, axis=0)
    return segment_ids, tuple(segments)


def _groups(categories: list[Category]) -> np.ndarray:
    """Return the (K,) uint8 first query of each query's segment: of its stuff, or itself."""
    groups = np.arange(len(categories), dtype=np.uint8)
    first: dict[int, int] = {}
    for index, category in enumerate(categories):
        if not category.is_thing:
            groups[index] = first.setdefault(category.id, index)
    return groups


def _drop_tiny_segments(
    competition: MaskCompetition, groups: np.ndarray, pixels: np.ndarray, method: Method
) -> tuple[np.ndarray, np.ndarray]:
    """Drop tiny segments until none is left.

    A pixel of a query that stays is never lost, so only the pixels of the dropped ones are compared
    again.

    Returns:
        The group of each point of the grid, (R, C) uint8, and the area in pixels of each group,
        (K,) int64. All areas are 0 where every segment was tiny.
    """
    alive = np.ones(len(groups), bool)
    owners = competition.owners(alive)
    while True:
        grid = groups.take(owners)
        areas = np.bincount(grid.ravel(), weights=pixels, minlength=len(groups)).astype(np.int64)
        remain = alive & (areas > MAX_DROPPED_AREA)[groups]
        if method == "reference":
            remain &= groups == np.arange(len(groups))
        if (remain == alive).all():
            return grid, areas
        if not remain.any():
            return grid, np.zeros_like(areas)
        owners = competition.owners(remain, before=owners)
        alive = remain
