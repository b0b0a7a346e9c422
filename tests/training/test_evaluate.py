"""PQ of the toy checkpoint: the measure with known answers, and what is shipped keeps its word."""

import json

import numpy as np
import pytest

from training.checkpoint import SHIPPED
from training.evaluate import PanopticMap, evaluate, panoptic_quality, table
from training.features import HELD_OUT
from training.scenes import Scene, draw_scene

TOLERANCE = 0.03  # of PQ; rounding differs a little between processors


def scene(ids, *categories):
    ids = np.array(ids, np.int32)
    infos = [
        {
            "id": index + 1,
            "category_id": category,
            "area": int((ids == index + 1).sum()),
            "bbox": [0, 0, 1, 1],
            "iscrowd": 0,
        }
        for index, category in enumerate(categories)
    ]
    return Scene(np.zeros((*ids.shape, 3), np.uint8), ids, infos)


def test_the_truth_itself_has_a_quality_of_one():
    scenes = [draw_scene(seed, 160, 120) for seed in range(3)]
    pairs = [(one, PanopticMap(one.segment_ids, one.segments_info)) for one in scenes]
    quality = panoptic_quality(pairs)
    assert all(values["pq"] == pytest.approx(1) for values in quality.groups.values())
    assert quality.mistaken == {}


def test_quality_and_mistakes_worked_out_by_hand():
    truth = scene([[1, 1, 1, 1, 2, 2, 2, 2, 2, 2]], 187, 22)
    found = scene([[1, 1, 1, 1, 1, 2, 2, 2, 2, 2]], 187, 21)
    quality = panoptic_quality([(truth, PanopticMap(found.segment_ids, found.segments_info))])
    # Sky: IoU 4/5. The elephant is missed and a cow made up, though the place is right.
    assert quality.groups["Stuff"]["pq"] == pytest.approx(0.8)
    assert quality.groups["Things"]["pq"] == 0
    assert quality.groups["All"]["pq"] == pytest.approx(0.8 / 3)
    assert quality.mistaken == {(22, 21): 1}
    assert "| sky-other-merged | 80.0 | 80.0 | 100.0 |" in table(quality)


@pytest.mark.slow
def test_the_shipped_checkpoint_reaches_its_published_quality():
    published = json.loads((SHIPPED / "quality.json").read_text())["60 scenes"]
    quality = evaluate("toy-scenes", range(HELD_OUT, HELD_OUT + 60))
    for name, expected in published.items():
        assert quality.groups[name]["pq"] == pytest.approx(expected["pq"], abs=TOLERANCE)
