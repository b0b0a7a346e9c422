"""Hungarian matching: which query is to find which segment (DETR's paper, section 3.1)."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment
from transformers import DetrConfig


def generalized_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the generalised IoU of boxes (centre and size): (N, 4), (M, 4) to (N, M)."""
    (low, high), (their_low, their_high) = (
        (boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2) for boxes in (one, other)
    )
    shared = np.minimum(high[:, None], their_high) - np.maximum(low[:, None], their_low)
    shared = shared.clip(0).prod(-1)
    union = one[:, 2:].prod(-1)[:, None] + other[:, 2:].prod(-1) - shared
    hull = np.maximum(high[:, None], their_high) - np.minimum(low[:, None], their_low)
    hull = hull.prod(-1)
    return shared / union.clip(1e-9) - (hull - union) / hull.clip(1e-9)


def match(
    config: DetrConfig,
    probabilities: np.ndarray,
    boxes: np.ndarray,
    labels: Sequence[np.ndarray],
    truths: Sequence[np.ndarray],
) -> np.ndarray:
    """Assign every segment of every picture to a query, at the least cost in all.

    Args:
        config: of the network, whose ``class_cost``, ``bbox_cost`` and ``giou_cost`` count.
        probabilities: (B, Q, C), predicted.
        boxes: (B, Q, 4), predicted.
        labels: (S,) of each picture, true.
        truths: (S, 4) boxes of each picture.

    Returns:
        (N, 3) int64 rows of picture, query, segment.
    """
    rows = []
    for picture, (label, box) in enumerate(zip(labels, truths, strict=True)):
        if not len(label):
            continue
        off = np.abs(boxes[picture][:, None] - box).sum(-1)
        cost = (
            config.bbox_cost * off
            - config.class_cost * probabilities[picture][:, label]
            - config.giou_cost * generalized_iou(boxes[picture], box)
        )
        # What is no number makes no difference here: it is the loss that tells of it.
        queries, segments = linear_sum_assignment(np.nan_to_num(cost))
        rows.append(np.stack([np.full(len(queries), picture), queries, segments], 1))
    return np.concatenate(rows).astype(np.int64) if rows else np.zeros((0, 3), np.int64)


def sample_rows(
    matched: np.ndarray, pictures: Sequence[int], most: int, rng: np.random.Generator
) -> np.ndarray:
    """Choose matches of each picture at random, as many of one picture as of the others.

    Args:
        matched: (N, 3), as of ``match``; at least one row for each picture.
        pictures: whose.
        most: rows of a picture; fewer where no picture has as many segments.
        rng: chooses.

    Returns:
        (B, K, 3). A picture with fewer matches than others has some of them more than once.
    """
    own = [rng.permutation(np.flatnonzero(matched[:, 0] == picture)) for picture in pictures]
    count = min(most, max(len(rows) for rows in own))
    return matched[np.stack([np.resize(rows, count) for rows in own])]
