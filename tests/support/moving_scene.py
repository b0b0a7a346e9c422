"""A made scene of moving discs with known truth, and segmenters that know it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import PanopticResult, Segment

GRASS, PERSON, DOG = 193, 1, 18
COLORS = np.array(
    [
        [40, 120, 40],
        [230, 30, 30],
        [30, 30, 230],
        [230, 230, 30],
        [230, 30, 230],
        [30, 230, 230],
        [250, 250, 250],
        [10, 10, 10],
    ],
    np.uint8,
)


def panoptic_result(truth: np.ndarray, categories: dict[int, int], seed: int = 0) -> PanopticResult:
    """Result of a truth map: value 0 is grass, another v a thing of category ``categories[v]``.

    Segments come in an order of their own, as from a network that knows nothing of time.
    """
    values = np.random.default_rng(seed).permutation(np.unique(truth))
    segment_ids = np.zeros(truth.shape, np.int32)
    segments = []
    numbers: dict[int, int] = {}
    for index, value in enumerate(values.tolist(), start=1):
        mask = truth == value
        segment_ids[mask] = index
        rows, columns = np.nonzero(mask)
        category = categories.get(value, GRASS)
        numbers[category] = numbers.get(category, 0) + 1
        left, top = int(columns.min()), int(rows.min())
        bbox = (left, top, int(columns.max()) - left + 1, int(rows.max()) - top + 1)
        area = int(mask.sum())
        segments.append(
            Segment(
                index, COCO[category], numbers[category], 0.9, area, area / mask.size, bbox, value
            )
        )
    segment_ids.setflags(write=False)
    return PanopticResult(segment_ids, tuple(segments), COCO, "truth", 0.85, "paper", truth.shape)


def discs(
    frames: int, *, count: int = 7, size: tuple[int, int] = (180, 320), speed: float = 2.0
) -> Iterator[np.ndarray]:
    """Truth maps (H, W) uint8 of discs that bounce off the walls and pass in front of each other.

    Value 0 is the ground, v the v-th disc; larger values are in front.
    """
    generator = np.random.default_rng(5)
    height, width = size
    radii = generator.uniform(12, 22, count)
    places = generator.uniform([30, 30], [width - 30, height - 30], (count, 2))
    angles = generator.uniform(0, 2 * np.pi, count)
    steps = speed * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    rows, columns = np.mgrid[:height, :width]
    for _ in range(frames):
        truth = np.zeros(size, np.uint8)
        for value, ((x, y), radius) in enumerate(zip(places, radii, strict=True), start=1):
            truth[(columns - x) ** 2 + (rows - y) ** 2 <= radius**2] = value
        yield truth
        places += steps
        for axis, length in enumerate((width, height)):
            out = (places[:, axis] < radii) | (places[:, axis] > length - radii)
            steps[out, axis] *= -1
            places[:, axis] = np.clip(places[:, axis], radii, length - radii)


def picture(truth: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 picture whose colours tell the truth, also after lossy coding."""
    return COLORS[truth]


def read_picture(image: np.ndarray) -> np.ndarray:
    """Truth map of such a picture: the nearest of the scene's colours at each pixel."""
    distances = [np.abs(image.astype(np.int16) - color).sum(axis=2) for color in COLORS]
    return np.argmin(distances, axis=0).astype(np.uint8)
