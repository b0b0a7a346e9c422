"""Predictions for tests."""

from __future__ import annotations

import numpy as np

from detr_gradio.result.coco import COCO
from detr_gradio.result.predictions import QueryPredictions

SKY, GRASS, SEA, PERSON, CAR, DOG = 187, 193, 155, 1, 3, 18
IDS = list(COCO)


def predictions(mask_logits, category_ids, scores=None, *, input_size=None, image_size=None):
    """Predictions of K queries; input and image as large as the masks unless told otherwise."""
    mask_logits = np.asarray(mask_logits, dtype=np.float32)
    count = len(category_ids)
    mask_logits = mask_logits.reshape(count, *mask_logits.shape[-2:])
    scores = np.full(count, 0.9) if scores is None else scores
    size = mask_logits.shape[-2:]
    return QueryPredictions(
        queries=np.arange(count, dtype=np.int64) * 2,
        scores=np.asarray(scores, dtype=np.float32),
        category_ids=np.asarray(category_ids, dtype=np.int64),
        categories=COCO,
        probabilities=np.zeros((count, 251), np.float32),
        boxes=np.zeros((count, 4), np.float32),
        mask_logits=mask_logits,
        input_size=input_size or size,
        image_size=image_size or input_size or size,
    )


def from_owners(owners, category_ids, scores=None, **sizes):
    """Predictions whose masks are 1 where ``owners`` holds the query's index and 0 elsewhere."""
    owners = np.asarray(owners)
    masks = [owners == index for index in range(len(category_ids))]
    return predictions(masks, category_ids, scores, **sizes)


def random_predictions(rng, count=8, mask_size=(6, 9), input_size=None, image_size=None):
    """Smooth blobs with a few categories, so that duplicates of stuff and tiny segments occur."""
    height, width = mask_size
    rows, columns = np.mgrid[:height, :width]
    centers = rng.uniform(-1, [height, width], (count, 2))
    spread = rng.uniform(0.5, max(mask_size), count)
    distances = [np.hypot(rows - y, columns - x) for y, x in centers]
    masks = [-d / s for d, s in zip(distances, spread, strict=True)]
    return predictions(
        np.array(masks) + rng.normal(0, 0.1, (count, height, width)),
        rng.choice([SKY, GRASS, SEA, PERSON, CAR, DOG], count),
        rng.uniform(0.5, 1, count),
        input_size=input_size or (4 * height - 1, 4 * width - 2),
        image_size=image_size,
    )


def predictions_with_ties(rng, count=6):
    """Whole numbers that are often equal, at sizes where interpolation rounds nothing."""
    mask_size = rng.integers(1, 6, 2)
    input_size = mask_size * rng.choice([1, 2, 4], 2)
    return predictions(
        rng.integers(-2, 3, (count, *mask_size)),
        rng.choice([SKY, GRASS, PERSON, CAR], count),
        rng.choice([0.5, 0.8, 0.85, 0.9, 0.95], count),
        input_size=tuple(input_size.tolist()),
        image_size=tuple(rng.integers(1, 20, 2).tolist()),
    )


def holes_and_parts():
    """(48, 64) ids with holes, parts and single pixels; a column of void."""
    ids = np.zeros((48, 64), int)
    ids[:, :60] = 1
    ids[4:40, 6:40] = 2
    ids[12:20, 12:20] = 1
    ids[24:36, 20:34] = 3
    ids[28:30, 24:30] = 2
    ids[2, 50] = ids[44, 2] = 4
    ids[30:40, 48:58] = 4
    return ids
