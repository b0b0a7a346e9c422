"""Segments that were found where they are, under the name of another category."""

from collections.abc import Iterator

import numpy as np

from ..result.panoptic import PanopticResult


def confusions(truth: PanopticResult, prediction: PanopticResult) -> Iterator[tuple[int, int]]:
    """Yield (true, predicted) category of segments that overlap by more than half (IoU)."""
    for true in truth.segments:
        pixels = prediction.segment_ids[truth.segment_ids == true.id]
        overlaps = np.bincount(pixels, minlength=len(prediction.segments) + 1)
        for guess in prediction.segments:
            overlap = overlaps[guess.id]
            if (
                guess.category_id != true.category_id
                and overlap > (true.area + guess.area - overlap) / 2
            ):
                yield true.category_id, guess.category_id
