"""Maps moved along with a picture whose motion is known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import PanopticResult
from detr_gradio.video.motion import Follower, _small_grey
from tests.support.moving_scene import DOG, GRASS, PERSON, panoptic_result


def texture(height, width, cell=8):
    noise = np.random.default_rng(0).integers(0, 256, (height // cell, width // cell, 3), np.uint8)
    return cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)


def block(height, width, rows, columns):
    truth = np.zeros((height, width), np.uint8)
    truth[rows, columns] = 1
    return truth


@pytest.mark.parametrize(
    ("height", "width", "right", "down"),
    [(160, 240, 5, 0), (160, 240, 0, 4), (160, 240, -4, 3), (768, 1024, 10, -6)],
)
def test_the_map_goes_where_the_picture_goes(height, width, right, down):
    """Above 512 pixels the flow is estimated on a smaller picture, and enlarged."""
    image = texture(height, width, cell=8 * (1 + width // 1000))
    truth = block(height, width, np.s_[60:110], np.s_[80:160])
    follower = Follower(panoptic_result(truth, {1: PERSON}), image)
    for step in (1, 2):  # always from the first picture: errors don't add up
        moved = np.roll(image, (step * down, step * right), (0, 1))
        result = follower.follow(moved)
        person = next(s for s in result.segments if s.category_id == PERSON)
        x, y, w, h = person.bbox
        box = (x, y, x + w, y + h)
        corners = (80 + step * right, 60 + step * down, 160 + step * right, 110 + step * down)
        assert box == pytest.approx(corners, abs=2)


@pytest.mark.parametrize("shape", [(160, 240), (10, 40), (300, 1200), (700, 30)])
def test_where_nothing_moves_the_map_stays(shape):
    image = cv2.resize(texture(80, 80), shape[::-1])
    truth = block(*shape, np.s_[1 : shape[0] // 2], np.s_[2 : shape[1] // 2])
    before = panoptic_result(truth, {1: PERSON})
    after = Follower(before, image).follow(image)
    named = {s.query: s for s in after.segments}
    for segment in before.segments:
        same = before.segment_ids == segment.id
        assert np.array_equal(after.segment_ids == named[segment.query].id, same)
        # (x, y, width, height), pixels and their share are counted anew.
        assert named[segment.query].bbox == segment.bbox
        assert named[segment.query].area == segment.area
        assert named[segment.query].area_fraction == segment.area_fraction


def test_a_large_motion_is_found_step_by_step():
    """48 pixels are too many at once; the flow of the frame before is where the search begins."""
    image = texture(160, 320)
    truth = block(160, 320, np.s_[60:110], np.s_[80:160])
    follower = Follower(panoptic_result(truth, {1: PERSON}), image)
    for right in range(6, 49, 6):
        result = follower.follow(np.roll(image, right, 1))
    assert left_edges(result)[PERSON] == pytest.approx(80 + 48, abs=2)
    at_once = Follower(panoptic_result(truth, {1: PERSON}), image).follow(np.roll(image, 48, 1))
    assert left_edges(at_once)[PERSON] != pytest.approx(80 + 48, abs=2)


def left_edges(result):
    return {segment.category_id: segment.bbox[0] for segment in result.segments}


def test_between_two_segments_there_is_no_third():
    """Of ground 1, dog 2 and person 3: halfway between ground and person is no dog."""
    truth = block(160, 320, np.s_[60:110], np.s_[80:120])
    truth[20:150, 200:260] = 2
    result = PanopticResult.from_map(truth, {0: GRASS, 1: PERSON, 2: DOG}, COCO)
    assert [s.category_id for s in result.segments] == [GRASS, DOG, PERSON]
    image = texture(160, 320)
    follower = Follower(result, image)
    moved = cv2.warpAffine(image, np.float64([[1, 0, 3.5], [0, 1, 2.5]]), (320, 160))
    assert left_edges(follower.follow(moved))[DOG] == pytest.approx(203.5, abs=2)


def test_a_moved_segment_keeps_its_number_score_and_query():
    truth = np.zeros((64, 96), np.uint8)
    truth[4:20, 4:20] = 1
    truth[30:60, 30:70] = 2
    before = panoptic_result(truth, {1: DOG, 2: DOG})
    # As a tracker numbers them, and a network is sure of them: not by size.
    numbers, scores = {0: 1, 1: 4, 2: 7}, {0: 0.9, 1: 0.7, 2: 0.6}
    before = replace(
        before,
        segments=tuple(
            replace(s, number=numbers[s.query], score=scores[s.query]) for s in before.segments
        ),
    )
    after = Follower(before, texture(64, 96)).follow(texture(64, 96))
    told = {(s.query, s.category_id, s.number, s.score) for s in before.segments}
    assert {(s.query, s.category_id, s.number, s.score) for s in after.segments} == told
    assert [s.query for s in after.segments] == [0, 2, 1]  # the largest first
    assert (after.checkpoint, after.threshold, after.method) == ("truth", 0.85, "paper")


def test_what_leaves_the_picture_is_gone():
    """A dog at the left edge while everything moves left by more than it is wide."""
    image = texture(120, 240, cell=12)
    truth = block(120, 240, np.s_[40:80], np.s_[0:6])
    follower = Follower(panoptic_result(truth, {1: DOG}), image)
    for left in (4, 8, 12, 16):
        moved = np.roll(image, -left, 1)
        moved[:, -left:] = 128
        result = follower.follow(moved)
    assert [s.category_id for s in result.segments] == [GRASS]
    assert result.segments[0].area == 120 * 240


@pytest.mark.parametrize(
    ("shape", "small"),
    [
        ((300, 400), (300, 400)),
        ((512, 100), (512, 100)),
        ((768, 1024), (384, 512)),
        ((1025, 300), (512, 150)),
        ((10, 40), (16, 40)),
        ((4, 2000), (16, 512)),
        ((40, 10), (40, 16)),
    ],
)
def test_flow_is_estimated_on_at_most_512_and_at_least_16_pixels_a_side(shape, small):
    assert _small_grey(np.zeros((*shape, 3), np.uint8)).shape == small


def test_grey_is_that_of_rgb():
    red = np.zeros((20, 20, 3), np.uint8)
    red[..., 0] = 255
    assert np.unique(_small_grey(red)).tolist() == [76]  # 0.299 * 255
