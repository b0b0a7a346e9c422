"""What the network says of one image: what results are assembled from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .categories import Categories


@dataclass(frozen=True)
class QueryPredictions:
    """What the network says of one image, for the K queries that are sure of a category.

    They have a score above 0.5, and chose an index of the logits that stands for a category.

    Attributes:
        queries: (K,) int64, index of each object query, ascending.
        scores: (K,) float32, softmax probability of the most likely category, 0.5..1.
        category_ids: (K,) int64, id of that category.
        categories: all that the checkpoint knows.
        probabilities: (K, C) float32, softmax over all categories and no-object (the last column).
        boxes: (K, 4) float32, (center x, center y, width, height) as fractions of the image.
        mask_logits: (K, h, w) float32, at a quarter of the input's resolution.
        input_size: (height, width) of the network's input in pixels.
        image_size: (height, width) of the upright image in pixels.
    """

    queries: np.ndarray
    scores: np.ndarray
    category_ids: np.ndarray
    categories: Categories
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
