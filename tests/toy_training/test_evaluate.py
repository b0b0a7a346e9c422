"""PQ of the toy checkpoint: the measure with known answers, and what is shipped keeps its word."""

import json

import numpy as np
import pytest

from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import PanopticResult
from detr_gradio.training.validation import table
from training.checkpoint import SHIPPED
from training.evaluate import evaluate, panoptic_quality
from training.features import HELD_OUT
from training.scenes import Scene, draw_scene

TOLERANCE = 3  # points of PQ; rounding differs a little between processors


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


def result(scene):
    category_ids = {info["id"]: info["category_id"] for info in scene.segments_info}
    return PanopticResult.from_map(scene.segment_ids, category_ids, COCO)


def test_the_truth_itself_has_a_quality_of_100():
    scenes = [draw_scene(seed, 160, 120) for seed in range(3)]
    quality = panoptic_quality((one, result(one)) for one in scenes)
    scores = quality.scores
    assert [group.pq for group in (scores.all, scores.things, scores.stuff)] == [100, 100, 100]
    assert quality.confusions == {}


def test_quality_and_mistakes_worked_out_by_hand():
    truth = scene([[1, 1, 1, 1, 2, 2, 2, 2, 2, 2]], 187, 22)
    found = scene([[1, 1, 1, 1, 1, 2, 2, 2, 2, 2]], 187, 21)
    quality = panoptic_quality([(truth, result(found))])
    # Sky: IoU 4/5. The elephant is missed and a cow made up, though the place is right.
    assert quality.scores.stuff.pq == pytest.approx(80)
    assert quality.scores.things.pq == 0
    assert quality.scores.all.pq == pytest.approx(80 / 3)
    assert quality.confusions == {(22, 21): 1}
    assert "| sky-other-merged | 80.0 | 80.0 | 100.0 |" in table(quality.scores, COCO)


@pytest.mark.slow
def test_the_shipped_checkpoint_reaches_its_published_quality():
    published = json.loads((SHIPPED / "quality.json").read_text())["60 scenes"]
    quality = evaluate("toy-scenes", range(HELD_OUT, HELD_OUT + 60))
    for group, expected in published.items():
        assert getattr(quality.scores, group).pq == pytest.approx(expected["pq"], abs=TOLERANCE)
