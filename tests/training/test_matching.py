"""Matching, worked out by hand and beside torchvision and all permutations."""

from itertools import permutations

import numpy as np
import pytest
import torch
from torchvision.ops import generalized_box_iou
from transformers import DetrConfig

from detr_gradio.training.losses import corners
from detr_gradio.training.matching import generalized_iou, match, sample_rows

CONFIG = DetrConfig()


def test_generalised_iou_is_torchvision_s():
    rng = np.random.default_rng(0)
    one, other = rng.uniform(0.05, 0.95, (5, 4)), rng.uniform(0.05, 0.95, (7, 4))
    wanted = generalized_box_iou(corners(torch.tensor(one)), corners(torch.tensor(other)))
    np.testing.assert_allclose(generalized_iou(one, other), wanted, atol=1e-9)


def test_boxes_and_names_decide():
    left, right = [0.2, 0.5, 0.2, 0.2], [0.8, 0.5, 0.2, 0.2]
    boxes = np.array([[right, left, left]])
    probabilities = np.full((1, 3, 5), 0.2)
    probabilities[0, 2, 4] = 0.9
    # The first segment's category decides between the two queries at its place.
    rows = match(CONFIG, probabilities, boxes, [np.array([4, 0])], [np.array([left, right])])
    assert sorted(map(tuple, rows.tolist())) == [(0, 0, 1), (0, 2, 0)]


def test_nothing_is_cheaper():
    rng = np.random.default_rng(1)
    probabilities, boxes = rng.dirichlet(np.ones(4), (1, 5)), rng.uniform(0.1, 0.9, (1, 5, 4))
    labels, truth = rng.integers(0, 4, 3), rng.uniform(0.1, 0.9, (3, 4))

    def cost(queries):
        found = 0.0
        for segment, query in enumerate(queries):
            found += 5 * np.abs(boxes[0, query] - truth[segment]).sum()
            found -= probabilities[0, query, labels[segment]]
            found -= 2 * generalized_iou(boxes[0, [query]], truth[[segment]])[0, 0]
        return found

    rows = match(CONFIG, probabilities, boxes, [labels], [truth])
    queries = [query for _, query, _ in sorted(rows.tolist(), key=lambda row: row[2])]
    assert cost(queries) == pytest.approx(min(map(cost, permutations(range(5), 3))))


def test_a_picture_without_segments_has_no_match():
    empty = np.zeros(0, np.int64), np.zeros((0, 4))
    rows = match(CONFIG, np.ones((1, 2, 3)), np.ones((1, 2, 4)), [empty[0]], [empty[1]])
    assert rows.shape == (0, 3)


def test_as_many_rows_of_each_picture():
    matched = np.array([[0, 5, 0], [2, 1, 0], [2, 2, 1], [2, 3, 2]])
    rows = sample_rows(matched, [0, 2], 2, np.random.default_rng(0))
    assert rows.shape == (2, 2, 3)
    assert rows[0].tolist() == [[0, 5, 0]] * 2
    assert {tuple(row) for row in rows[1].tolist()} <= {(2, 1, 0), (2, 2, 1), (2, 3, 2)}
    assert len({tuple(row) for row in rows[1].tolist()}) == 2
    assert sample_rows(matched, [0], 4, np.random.default_rng(0)).shape == (1, 1, 3)
