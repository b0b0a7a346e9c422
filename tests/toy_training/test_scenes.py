"""Scenes are functions of their seed, and their ground truth is exact."""

import numpy as np
import pytest

from detr_gradio.result.coco import COCO
from training.backdrop import SKY, STUFF, TREE
from training.features import HELD_OUT, annotations
from training.scenes import CATEGORY_IDS, SMALLEST, draw_scene
from training.sprites import THINGS, sprite, transformed

SIZES = [(160, 120), (320, 240), (97, 64)]


def test_a_scene_depends_on_its_seed_alone():
    first, again = draw_scene(7, 160, 120), draw_scene(7, 160, 120)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.segment_ids, again.segment_ids)
    assert first.segments_info == again.segments_info
    assert not np.array_equal(first.image, draw_scene(8, 160, 120).image)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("seed", [*range(12), HELD_OUT + 3])
def test_the_ground_truth_is_consistent(seed, size):
    scene = draw_scene(seed, *size)
    width, height = size
    assert scene.image.shape == (height, width, 3)
    assert scene.image.dtype == np.uint8
    assert scene.segment_ids.shape == (height, width)
    assert scene.segment_ids.dtype == np.int32
    ids = [info["id"] for info in scene.segments_info]
    assert ids == list(range(1, len(ids) + 1))
    assert set(np.unique(scene.segment_ids)) == set(ids)
    for info in scene.segments_info:
        rows, columns = np.nonzero(scene.segment_ids == info["id"])
        assert info["area"] == len(rows) > 0
        x, y, w, h = info["bbox"]
        assert (x, y) == (columns.min(), rows.min())
        assert (x + w - 1, y + h - 1) == (columns.max(), rows.max())
        assert info["iscrowd"] == 0
        assert info["category_id"] in CATEGORY_IDS
    stuff = [i["category_id"] for i in scene.segments_info if i["category_id"] in STUFF]
    assert len(stuff) == len(set(stuff)), "stuff is one segment a category"


def test_categories_are_those_of_coco():
    assert len(THINGS) >= 24
    assert all(COCO[thing.category_id].is_thing for thing in THINGS)
    assert not any(COCO[category].is_thing for category in STUFF)
    assert COCO[SKY].name == "sky-other-merged"
    assert COCO[TREE].name == "tree-merged"
    assert {COCO[thing.category_id].name for thing in THINGS} >= {"zebra", "kite", "cake"}


@pytest.mark.parametrize("thing", THINGS, ids=lambda thing: COCO[thing.category_id].name)
def test_every_emoji_has_a_picture(thing):
    for emoji in thing.emoji:
        pixels = sprite(emoji)
        assert min(pixels.shape[:2]) > 40
        assert pixels[..., 3].max() == 1
        assert (pixels[..., :3] <= pixels[..., 3:] + 1e-6).all(), "premultiplied"


def test_a_sprite_is_scaled_mirrored_and_turned():
    pixels = sprite("🐘")
    small = transformed(pixels, 34, 0, mirror=False)
    assert small.shape[0] == 34
    np.testing.assert_allclose(transformed(pixels, 34, 0, mirror=True), small[:, ::-1], atol=1e-5)
    turned = transformed(pixels, 34, 90, mirror=False)
    assert abs(turned.shape[1] - 34) <= 1
    assert turned[..., 3].sum() == pytest.approx(small[..., 3].sum(), rel=0.05)


def test_many_scenes_hold_what_they_promise():
    sizes, kinds, segments = [], set(), []
    for seed in range(60):
        scene = draw_scene(seed, 160, 120)
        segments.append(len(scene.segments_info))
        kinds |= {info["category_id"] for info in scene.segments_info}
        sizes += [i["area"] / (160 * 120) for i in scene.segments_info if i["category_id"] <= 90]
    assert 5 < np.mean(segments) < 10
    assert len(kinds) >= 30
    assert min(sizes) < 0.01
    assert max(sizes) > 0.12
    assert min(sizes) > 0.1 * SMALLEST**2


def test_annotations_in_the_networks_geometry():
    ids = np.ones((576, 768), np.int32)
    ids[:, 384:] = 2
    ids[64:128, 64:96] = 3  # two network cells high, one wide
    infos = [
        {"id": 1, "category_id": 187, "bbox": [0, 0, 384, 576]},
        {"id": 2, "category_id": 193, "bbox": [384, 0, 384, 576]},
        {"id": 3, "category_id": 22, "bbox": [64, 64, 32, 64]},
    ]
    truth = annotations(ids, infos)
    assert truth["category"][:4].tolist() == [187, 193, 22, 0]
    np.testing.assert_allclose(truth["box"][2], [80 / 768, 96 / 576, 1 / 24, 1 / 9])
    expected = np.zeros((18, 24), np.uint8)
    expected[:, 12:] = 1
    expected[2:4, 2] = 2
    np.testing.assert_array_equal(truth["token"], expected)
    assert truth["owner"].shape == (288, 384)
    assert (truth["owner"] == 2).sum() == 32 * 16


def test_a_thing_in_a_third_of_a_cell_still_names_it():
    ids = np.ones((288, 384), np.int32)
    ids[0:16, 0:5] = 2  # 80 of 256 pixels, times three
    ids[0:16, 16:20] = 2  # 64 of 256, times three: a tie, and the first wins
    infos = [
        {"id": 1, "category_id": 187, "bbox": [0, 0, 384, 288]},
        {"id": 2, "category_id": 22, "bbox": [0, 0, 20, 16]},
    ]
    assert annotations(ids, infos)["token"][0, :3].tolist() == [1, 0, 0]
