"""Matching and losses, worked out by hand, and that they can be driven down."""

import numpy as np
import pytest
import torch

from training.backbone import imagenet_backbone, network_input
from training.features import annotations
from training.losses import COLUMN, STUFF_QUERY, Targets, match
from training.model import STUFF_QUERIES, USED_LABELS, anchors
from training.scenes import draw_scene
from training.train import Settings, Training

ELEPHANT, SKY = 22, 187


def truth(*segments):
    category, box = np.zeros((1, 4), int), np.zeros((1, 4, 4), np.float32)
    for index, (kind, values) in enumerate(segments):
        category[0, index], box[0, index] = kind, values
    return category, box


def undecided():
    queries = STUFF_QUERIES + len(anchors())
    return np.full((1, queries, len(USED_LABELS)), 1 / 39), np.full((1, queries, 4), 0.5)


def test_a_thing_goes_to_the_query_of_its_cell_and_stuff_to_its_own():
    category, box = truth((ELEPHANT, (0.56, 0.42, 0.2, 0.2)), (SKY, (0.5, 0.2, 1, 0.4)))
    matched = match(*undecided(), category, box)
    # Cells are 1/8 wide and 1/6 high: column 4, row 2 of the grid of 8 columns.
    assert {tuple(row) for row in matched.tolist()} == {
        (0, STUFF_QUERIES + 2 * 8 + 4, 0),
        (0, STUFF_QUERY[SKY], 1),
    }


def test_two_things_in_one_cell_get_two_queries_next_to_each_other():
    place = (0.56, 0.42, 0.2, 0.2)
    matched = match(*undecided(), *truth((ELEPHANT, place), (ELEPHANT, place)))
    queries = sorted(matched[:, 1] - STUFF_QUERIES)
    assert len(set(queries)) == 2
    assert 20 in queries
    assert set(queries) <= {20, 19, 21, 12, 28}


def test_at_a_border_of_cells_the_prediction_decides():
    category, box = truth((ELEPHANT, (0.5, 0.42, 0.2, 0.2)))  # between columns 3 and 4
    for query in (19, 20):
        probabilities, boxes = undecided()
        probabilities[0, STUFF_QUERIES + query, COLUMN[ELEPHANT]] = 0.9
        boxes[0, STUFF_QUERIES + query] = box[0, 0]
        assert match(probabilities, boxes, category, box)[0, 1] == STUFF_QUERIES + query


@pytest.fixture
def one_thread():
    """Steps this small are slower with more, above all beside other tests."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_a_scene_is_learned_by_heart(one_thread):
    scene = draw_scene(0, 384, 288)
    assert len(scene.segments_info) >= 5
    truth = annotations(scene.segment_ids, scene.segments_info)
    column = {name: torch.from_numpy(value[None]) for name, value in truth.items()}
    targets = Targets(
        column["owner"], column["category"].long(), column["box"], column["token"].long()
    )
    with torch.no_grad():
        pixels = torch.from_numpy(network_input(scene.image)[None])
        features = [feature.clone() for feature in imagenet_backbone()(pixels)]
    training = Training(Settings(batch=1, learning_rate=5e-3))
    training.rng = np.random.default_rng(0)
    losses = [training.train_step(features, targets) for _ in range(70)]
    first = losses[0]
    # Each step sees a few masks, chosen at random: the last steps together say where it is.
    last = {name: np.mean([loss[name] for loss in losses[-15:]]) for name in first}
    assert last["class"] < 0.1 * first["class"]
    assert last["token class"] < 0.3 * first["token class"]
    assert last["box"] < 0.35 * first["box"]
    assert last["mask"] < 0.75 * first["mask"]
