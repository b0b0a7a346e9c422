"""Tracking keeps identities: literal scenes, and 300 frames with known truth."""

import numpy as np
import pytest

from detr_gradio.video.tracking import Tracker
from tests.support.moving_scene import DOG, GRASS, PERSON, discs, panoptic_result


def numbers(result) -> dict[int, tuple[int, int]]:
    """(category, number) of each truth value; the scene keeps it in ``query``."""
    return {s.query: (s.category_id, s.number) for s in result.segments}


def identity_switches(results) -> int:
    """How often a thing's identity differs from the one that it had when last seen."""
    known: dict[int, tuple[int, int]] = {}
    switches = 0
    for result in results:
        for value, identity in numbers(result).items():
            switches += known.get(value, identity) != identity
            known[value] = identity
    return switches


def strip(*spans: tuple[int, int, int]) -> np.ndarray:
    """Truth map of 20 x 60 pixels with a block of value v in columns a to b for each (v, a, b)."""
    truth = np.zeros((20, 60), np.uint8)
    for value, left, right in spans:
        truth[5:15, left:right] = value
    return truth


def test_no_identity_switch_in_300_frames():
    categories = dict.fromkeys(range(1, 8), PERSON)
    tracker = Tracker()
    results = [
        tracker.update(panoptic_result(truth, categories, seed=frame))
        for frame, truth in enumerate(discs(300))
    ]
    assert identity_switches(results) == 0
    last = {identity for result in results for identity in numbers(result).values()}
    assert last == {(GRASS, 1), *((PERSON, n) for n in range(1, 8))}


def test_the_scene_is_hard_enough_to_need_a_tracker():
    categories = dict.fromkeys(range(1, 8), PERSON)
    results = [panoptic_result(t, categories, seed=frame) for frame, t in enumerate(discs(300))]
    assert identity_switches(results) > 300


@pytest.mark.parametrize("missed", [1, 5, 20])
def test_a_thing_missed_for_some_frames_comes_back_as_itself(missed):
    tracker = Tracker(memory=20)
    categories = {1: PERSON, 2: PERSON}
    first = tracker.update(panoptic_result(strip((1, 5, 15), (2, 40, 50)), categories))
    for _ in range(missed):
        tracker.update(panoptic_result(strip((2, 40, 50)), categories))
    last = tracker.update(panoptic_result(strip((1, 6, 16), (2, 40, 50)), categories))
    assert numbers(last) == numbers(first)


def test_memory_ends():
    tracker = Tracker(memory=2)
    categories = {1: PERSON, 2: PERSON}
    tracker.update(panoptic_result(strip((1, 5, 15), (2, 40, 50)), categories))
    for _ in range(3):
        tracker.update(panoptic_result(strip((2, 40, 50)), categories))
    last = tracker.update(panoptic_result(strip((1, 5, 15), (2, 40, 50)), categories))
    assert numbers(last)[1] == (PERSON, 3)


def test_another_category_in_the_same_place_is_another_thing():
    tracker = Tracker()
    tracker.update(panoptic_result(strip((1, 5, 15)), {1: PERSON}))
    result = tracker.update(panoptic_result(strip((1, 5, 15)), {1: DOG}))
    assert numbers(result)[1] == (DOG, 1)


def test_a_newcomer_gets_a_new_number():
    tracker = Tracker()
    categories = {1: PERSON, 2: PERSON}
    tracker.update(panoptic_result(strip((1, 5, 15)), categories))
    result = tracker.update(panoptic_result(strip((1, 5, 15), (2, 40, 50)), categories))
    assert numbers(result) == {0: (GRASS, 1), 1: (PERSON, 1), 2: (PERSON, 2)}


def test_a_thing_that_moves_farther_than_its_width_is_followed():
    tracker = Tracker()
    for left in (0, 12, 24, 36):
        result = tracker.update(panoptic_result(strip((1, left, left + 10)), {1: PERSON}))
        assert numbers(result)[1] == (PERSON, 1)


def test_two_that_pass_each_other_keep_their_numbers():
    tracker = Tracker()
    categories = {1: PERSON, 2: PERSON}
    results = []
    for step in range(46):
        truth = np.zeros((20, 60), np.uint8)
        truth[2:18, 48 - step : 58 - step] = 1
        truth[5:15, 2 + step : 14 + step] = 2
        results.append(tracker.update(panoptic_result(truth, categories, seed=step)))
    assert identity_switches(results) == 0


def test_a_thing_that_walks_behind_a_pole_comes_out_as_itself():
    tracker = Tracker()
    results = []
    for left in range(46):
        truth = strip((1, left, left + 10))
        truth[:, 24:36] = 0
        results.append(tracker.update(panoptic_result(truth, {1: PERSON})))
    hidden = [frame for frame, result in enumerate(results) if 1 not in numbers(result)]
    assert hidden == [24, 25, 26]
    assert identity_switches(results) == 0


def test_thin_and_tiny_segments_survive_the_grid():
    tracker = Tracker()
    truth = np.zeros((1500, 1500), np.uint8)
    truth[7, 3] = 1
    for _ in range(2):
        result = tracker.update(panoptic_result(truth, {1: PERSON}))
    assert numbers(result) == {0: (GRASS, 1), 1: (PERSON, 1)}


def test_nothing_found_is_no_problem():
    tracker = Tracker()
    empty = panoptic_result(np.zeros((4, 4), np.uint8), {})
    assert numbers(tracker.update(empty)) == {0: (GRASS, 1)}


def test_only_numbers_change():
    before = panoptic_result(strip((1, 5, 15)), {1: PERSON})
    after = Tracker().update(before)
    assert after.segment_ids is before.segment_ids
    assert [s.id for s in after.segments] == [s.id for s in before.segments]
