"""What a panoptic result is, and how one is assembled from the predictions of the queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from .categories import CATEGORIES, Category

Method = Literal["paper", "reference"]


@dataclass(frozen=True)
class QueryPredictions:
    """What the network says of one image, for the K queries whose score is above 0.5.

    Attributes:
        queries: (K,) int64, index of each object query, ascending.
        scores: (K,) float32, softmax probability of the most likely category, 0.5..1.
        category_ids: (K,) int64, COCO category id of that category.
        probabilities: (K, C) float32, softmax over all categories and no-object (the last column).
        boxes: (K, 4) float32, (center x, center y, width, height) as fractions of the image.
        mask_logits: (K, h, w) float32, at a quarter of the input's resolution.
        input_size: (height, width) of the network's input in pixels.
        image_size: (height, width) of the upright image in pixels.
    """

    queries: np.ndarray
    scores: np.ndarray
    category_ids: np.ndarray
    probabilities: np.ndarray
    boxes: np.ndarray
    mask_logits: np.ndarray
    input_size: tuple[int, int]
    image_size: tuple[int, int]

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, in bytes."""
        arrays = (self.queries, self.scores, self.category_ids, self.probabilities, self.boxes)
        return sum(array.nbytes for array in arrays) + self.mask_logits.nbytes


@dataclass(frozen=True)
class Segment:
    """One region of the panoptic map.

    Attributes:
        id: value of its pixels in ``PanopticResult.segment_ids``, 1..N.
        category_id: COCO category id.
        number: 1, 2, ... among the segments of the same category, largest first.
        score: the query's softmax probability, 0..1.
        area: pixels.
        area_fraction: area as a fraction of the image, 0..1.
        bbox: (x, y, width, height) of its pixels, COCO's convention.
        query: index of the object query (of the best one, where queries were merged).
    """

    id: int
    category_id: int
    number: int
    score: float
    area: int
    area_fraction: float
    bbox: tuple[int, int, int, int]
    query: int

    @property
    def category(self) -> Category:
        """Names, kind and colour of the segment's category."""
        return CATEGORIES[self.category_id]

    @property
    def label(self) -> str:
        """Short English name of the category."""
        return self.category.name_en

    @property
    def is_thing(self) -> bool:
        """True for countable things, False for stuff."""
        return self.category.is_thing


@dataclass(frozen=True, eq=False)
class PanopticResult:
    """A panoptic map and its segments. Immutable: the array is read-only.

    Attributes:
        segment_ids: (H, W) int32, read-only, size of the upright image; 0 is void.
        segments: largest first; ids are 1..N.
        checkpoint: name of the checkpoint that produced it.
        threshold: least score of a kept query, 0..1.
        method: "paper" or "reference".
        input_size: (height, width) of the network's input in pixels.
        timings: seconds of "preprocess", "network" and "assemble".
    """

    segment_ids: np.ndarray
    segments: tuple[Segment, ...]
    checkpoint: str
    threshold: float
    method: Method
    input_size: tuple[int, int]
    timings: Mapping[str, float] = field(default_factory=dict)
