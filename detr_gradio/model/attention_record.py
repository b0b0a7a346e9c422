"""What was recorded of a network's attention, and what can be asked of it. NumPy only."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..result.categories import Categories, Category


@dataclass(frozen=True, eq=False)
class AttentionRecord:
    """What went on in the network for one image. S = h * w places, Q queries, M heads.

    Attributes:
        features: (h_i, w_i) float32 for each stage of the backbone, fine to coarse: root mean
            square over its channels.
        channels: how many channels each of them has.
        encoder_queries: (M, S, d) float32, of the last encoder layer, scaled by 1 / √d.
        encoder_keys: (M, S, d) float32, of the same layer.
        cross_attention: (Q, M, h, w) float32, of the last decoder layer; each (h, w) sums to 1.
        mask_attention: (Q, M, h, w) float32, of the mask head; each (M, h, w) sums to 1.
        probabilities: (Q, C) float32, softmax over all categories and no-object (last).
        boxes: (Q, 4) float32, (center x, center y, width, height) as fractions of the image.
        categories: that the network knows.
    """

    features: tuple[np.ndarray, ...]
    channels: tuple[int, ...]
    encoder_queries: np.ndarray
    encoder_keys: np.ndarray
    cross_attention: np.ndarray
    mask_attention: np.ndarray
    probabilities: np.ndarray
    boxes: np.ndarray
    categories: Categories

    @property
    def grid(self) -> tuple[int, int]:
        """(h, w) of the coarsest feature map, where the transformer works."""
        return self.cross_attention.shape[-2:]

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, in bytes."""
        values = [getattr(self, field.name) for field in fields(self)]
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        return sum(array.nbytes for array in [*arrays, *self.features])

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return (row, column) of the cell of a point, given as fractions of the image, 0..1."""
        height, width = self.grid
        return min(max(int(y * height), 0), height - 1), min(max(int(x * width), 0), width - 1)

    def from_point(self, row: int, column: int) -> np.ndarray:
        """Return where a cell looks in the last encoder layer: (M, h, w), each head sums to 1."""
        place = row * self.grid[1] + column
        logits = np.einsum("md,msd->ms", self.encoder_queries[:, place], self.encoder_keys)
        return _softmax(logits).reshape(-1, *self.grid)

    def to_point(self, row: int, column: int) -> np.ndarray:
        """Return who looks at a cell, and how much: (M, h, w), each value 0..1.

        The column of the attention matrix, as the notebook of DETR's authors shows it.
        """
        place = row * self.grid[1] + column
        weights = _softmax(self.encoder_queries @ self.encoder_keys.transpose(0, 2, 1))
        return weights[..., place].reshape(-1, *self.grid)

    def top_categories(self, query: int, count: int = 5) -> list[tuple[Category | None, float]]:
        """Return the most likely (category, probability) of a query; None is "no object"."""
        known: list[Category | None] = [*self.categories.table, None]
        probabilities = self.probabilities[query, [*self.categories.labels, -1]]
        best = np.argsort(-probabilities, kind="stable")[:count]
        return [(known[i], float(probabilities[i])) for i in best]


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights
