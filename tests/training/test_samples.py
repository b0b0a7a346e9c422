"""Order, versions and ground truth of the pictures that a training sees."""

import json

import numpy as np
import pytest
import torch

from detr_gradio.checkpoints.configuration import Preprocessor
from detr_gradio.data_sets.layout import find_splits
from detr_gradio.model.preparation import Preparation
from detr_gradio.training.augmentation import augment
from detr_gradio.training.batches import Plan, order
from detr_gradio.training.losses import VOID
from detr_gradio.training.samples import Samples, read_annotated, truth_of
from detr_gradio.training.settings import Settings
from tests.support.own_data import BOX, CAR, DUNE, SAND, draw

SEEN = Preprocessor(64, 96, 1 / 255, (0.5, 0.5, 0.5), (0.25, 0.25, 0.25))
LABELS = {SAND: 0, BOX: 1, DUNE: 2, CAR: 3}


def test_each_pass_has_every_picture_once_in_an_order_of_its_own():
    places = order(7, 1, 0, 21)
    passes = [[index for index, number in places if number == n] for n in range(3)]
    assert [sorted(each) for each in passes] == [list(range(7))] * 3
    assert passes[0] != passes[1] != passes[2]
    assert order(7, 1, 5, 16) == places[5:16], "where it begins changes nothing"
    assert order(7, 2, 0, 21) != places


def test_processes_share_a_step_and_versions_come_again():
    settings = Settings(steps=10, batch=4)
    whole = Plan(settings, 5, 0, 0, 1).at(3)
    parts = [Plan(settings, 5, 0, rank, 2).at(3) for rank in range(2)]
    assert sorted(parts[0] + parts[1]) == sorted(whole)
    assert [number for _, number in whole] == [2, 2, 2, 3]
    assert [version for _, version in Plan(settings, 5, 2, 0, 1).at(3)] == [0, 0, 0, 1]
    assert len(Plan(settings, 5, 2, 0, 1).after(0)) == 5 * 2
    assert len(Plan(settings, 5, 2, 0, 1).after(9)) == 4


def test_ground_truth_in_the_network_s_geometry():
    ids = np.zeros((80, 120), np.int32)
    ids[:40, :60], ids[40:, 60:], ids[0, 119] = 7, 500, 9
    truth = truth_of(ids, {7: 3, 500: 1, 9: 2, 4: 0}, (40, 60))
    assert truth.labels.tolist() == [3, 1], "what is left of segment 9 is too small"
    np.testing.assert_allclose(truth.boxes, [[0.25, 0.25, 0.5, 0.5], [0.75, 0.75, 0.5, 0.5]])
    wanted = np.full((40, 60), VOID)
    wanted[:20, :30], wanted[20:, 30:] = 0, 1
    np.testing.assert_array_equal(truth.owner, wanted)


def test_a_picture_without_segments_has_an_empty_truth():
    truth = truth_of(np.zeros((8, 8), np.int32), {}, (8, 8))
    assert (truth.labels.shape, truth.boxes.shape) == ((0,), (0, 4))
    assert (truth.owner == VOID).all()


@pytest.mark.parametrize("kind", ["light", "full"])
def test_picture_and_mask_are_changed_alike(kind):
    """The light changes too, so a place is known by the channel that is brightest there."""
    ids = np.random.default_rng(0).integers(0, 3, (8, 12)).repeat(10, 0).repeat(10, 1)
    rgb = np.eye(3, dtype=np.uint8)[ids] * 180 + 20
    changed, sizes = 0, set()
    for seed in range(12):
        image, mask = augment(kind, rgb, ids.astype(np.int32), seed)
        assert image.dtype == np.uint8
        np.testing.assert_array_equal(image.argmax(-1), mask)
        changed += image.shape != rgb.shape or not np.array_equal(image, rgb)
        sizes.add(mask.shape)
    assert changed >= 11
    assert (len(sizes) > 3) is (kind == "full")
    assert min(h * w for h, w in sizes) >= 0.34 * ids.size


def test_the_same_seed_changes_a_picture_the_same_way():
    rgb, ids, _ = draw(0)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    one, other = (augment("full", rgb, ids, 3) for _ in range(2))
    for a, b in zip(one, other, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(augment("full", rgb, ids, 4)[0], one[0])
    assert torch.equal(torch.get_rng_state(), before), "the training's own chance goes on"


def test_samples_are_prepared_as_for_use(data_folder):
    train = next(s for s in find_splits(data_folder) if s.name == "train")
    annotated = read_annotated(train, LABELS)
    pixels, truth = Samples(annotated, SEEN, Settings(augmentation="none")).get(1, 0)
    rgb, _, infos = draw(1)
    wanted = Preparation(SEEN, torch.device("cpu")).pixels(rgb, (85, 64))[0]
    assert torch.equal(pixels, wanted)
    assert truth.labels.tolist() == [LABELS[info["category_id"]] for info in infos]


def test_crowds_are_void(data_folder, tmp_path):
    train = next(s for s in find_splits(data_folder) if s.name == "train")
    document = json.loads(train.annotations.read_text())
    infos = document["annotations"][1]["segments_info"]
    infos[-1]["iscrowd"] = 1
    path = tmp_path / "panoptic_train.json"
    path.write_text(json.dumps(document))
    changed = type(train)("train", path, train.masks, train.images)
    annotated = read_annotated(changed, LABELS)
    assert set(annotated[1].labels) == {info["id"] for info in infos[:-1]}
