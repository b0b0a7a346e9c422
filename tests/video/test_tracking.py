"""Tracking keeps identities: literal scenes, and 300 frames with known truth."""

from dataclasses import replace

import numpy as np
import pytest

from detr_gradio.video.tracking import Tracker, _greedy, _intersections, _on_grid, _Track
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
    assert np.shares_memory(after.segment_ids, before.segment_ids)
    assert [s.id for s in after.segments] == [s.id for s in before.segments]


def follow(*places: int, width: int = 10) -> list[int]:
    """Numbers of a thing of 10 x ``width`` pixels whose left edge is at each place in turn."""
    tracker = Tracker()
    results = [panoptic_result(strip((1, left, left + width)), {1: PERSON}) for left in places]
    return [numbers(tracker.update(result))[1][1] for result in results]


@pytest.mark.parametrize(
    ("places", "expected"),
    [
        # One and a half of its own widths, 15, is too far: at 14 there is hope.
        ((0, 14), [1, 1]),
        ((0, 15), [1, 2]),
        # Seen to move by 12 its velocity is 6, the mean of 0 and 12: 20 from there is 14 too far.
        ((0, 12, 32), [1, 1, 1]),
        ((0, 12, 33), [1, 1, 2]),
        # And the other way.
        ((40, 28, 8), [1, 1, 1]),
        ((40, 28, 7), [1, 1, 2]),
    ],
)
def test_a_thing_is_looked_for_near_where_its_motion_takes_it(places, expected):
    assert follow(*places) == expected


def test_motion_goes_on_while_a_thing_is_out_of_sight():
    """Velocity 5 and two frames unseen: it is expected 15 farther, not 5, and found 14 away."""
    for left, number in ((10 + 15 + 14, 1), (10 + 15 + 15, 2)):
        tracker = Tracker()
        for place in (0, 10):
            tracker.update(panoptic_result(strip((1, place, place + 10)), {1: PERSON}))
        for _ in range(2):
            tracker.update(panoptic_result(strip(), {}))
        result = tracker.update(panoptic_result(strip((1, left, left + 10)), {1: PERSON}))
        assert numbers(result)[1] == (PERSON, number)


def test_without_being_told_a_thing_is_remembered_for_30_frames():
    for missed, number in ((30, 1), (31, 2)):
        tracker = Tracker()
        for truth in (strip((1, 5, 15)), *[strip()] * missed, strip((1, 5, 15))):
            result = tracker.update(panoptic_result(truth, {1: PERSON}))
        assert numbers(result)[1] == (PERSON, number)


def test_the_mask_that_fits_best_is_the_same_thing_and_not_the_one_inside():
    """A block moved by 4 of 20 (IoU 16 / 24) against a small one entirely inside it."""
    tracker = Tracker()
    tracker.update(panoptic_result(strip((1, 5, 25)), {1: PERSON}))
    truth = strip((1, 9, 29))
    truth[7:9, 10:12] = 2
    assert numbers(tracker.update(panoptic_result(truth, {1: PERSON, 2: PERSON}))) == {
        0: (GRASS, 1),
        1: (PERSON, 1),
        2: (PERSON, 2),
    }


@pytest.mark.parametrize(
    ("before", "after", "number"),
    [
        # Of a snake of 180 x 2 only the end is seen: that is inside where the snake was, although
        # its middle is 75 away, too far for 1.5 times the root of 360. And the other way round.
        ((0, 180), (150, 180), 1),
        ((150, 180), (0, 180), 1),
        # An end that is half outside could be anything; with one more column inside it is hers.
        ((0, 180), (160, 200), 2),
        ((0, 180), (159, 199), 1),
        # Moved by 120 it has an IoU of 60 / 300, which is not above 0.2; 61 / 299 is.
        ((0, 180), (120, 300), 2),
        ((0, 180), (119, 299), 1),
    ],
)
def test_a_part_inside_the_old_mask_is_the_same_thing(before, after, number):
    tracker = Tracker()
    for left, right in (before, after):
        truth = np.zeros((4, 320), np.uint8)
        truth[1:3, left:right] = 1
        result = tracker.update(panoptic_result(truth, {1: PERSON}))
    assert numbers(result)[1] == (PERSON, number)


def test_two_that_move_the_same_way_keep_their_numbers():
    """The second comes to stand where the first was: each has the larger overlap with itself."""
    tracker = Tracker()
    categories = {1: PERSON, 2: PERSON}
    for step in range(5):
        truth = strip((1, 15 + 4 * step, 25 + 4 * step), (2, 5 + 4 * step, 15 + 4 * step))
        result = tracker.update(panoptic_result(truth, categories, seed=step))
        if step == 0:
            first = numbers(result)
        assert numbers(result) == first


def track(cells, velocity=(0, 0), full_area=10, seen=1):
    return _Track(PERSON, 1, np.array(cells), np.array(velocity, float), full_area, seen)


def row(start, stop):
    return [[0, column] for column in range(start, stop)]


def test_a_mask_of_which_a_part_is_hidden_says_nothing_of_motion():
    # 9 of 10 cells are not more than 0.9 of them; all 10, moved by 1, make the velocity a half.
    for length, velocity in ((9, [0, 0]), (10, [0, 0.5])):
        thing = track(row(0, 10), full_area=12)
        thing.update(np.array(row(1, 1 + length)), 2)
        assert thing.velocity.tolist() == velocity
        # Of what it once was 0.97 remain, 11.64 of 12.
        assert thing.full_area == pytest.approx(11.64)
        assert (len(thing.cells), thing.seen) == (length, 2)


def test_a_mask_that_grows_is_the_full_area():
    thing = track(row(0, 10))
    thing.update(np.array(row(0, 11)), 4)
    assert thing.full_area == 11
    # The centre moved from 4.5 to 5 in 3 updates: 1/6 each, of which velocity takes a half.
    assert thing.velocity == pytest.approx([0, 1 / 12])


def test_cells_outside_of_the_picture_meet_nothing():
    grid = np.array([[0, 0, -1], [1, 1, -1]])
    cells = np.array([[0, 0], [0, 1], [1, 1], [0, 2], [-1, 0], [0, -1], [2, 1], [1, 3]])
    assert _intersections(cells, grid, 3).tolist() == [2, 1, 0]


@pytest.mark.parametrize(
    ("least", "taken", "pairs"),
    [
        (0.2, [], [(0, 1), (2, 0)]),
        (0.0, [], [(0, 1), (2, 0), (1, 2)]),
        (0.2, [(0, 2)], [(2, 1)]),
        (0.9, [], []),  # as large as the largest is not above it
    ],
)
def test_the_largest_affinities_pair_off_first(least, taken, pairs):
    affinity = np.array([[0.8, 0.9, 0.3], [-np.inf, 0.6, 0.2], [0.7, 0.8, 0.2]])
    assert _greedy(affinity, least, taken) == pairs


@pytest.mark.parametrize(
    ("shape", "grid"),
    [
        ((320, 200), (320, 200)),
        ((321, 200), (161, 100)),
        ((90, 640), (45, 320)),
        ((90, 641), (30, 214)),
    ],
)
def test_masks_are_compared_on_a_grid_of_at_most_320_cells_a_side(shape, grid):
    assert _on_grid(np.zeros(shape, np.int32), [])[0].shape == grid


def test_what_falls_between_the_cells_is_at_the_middle_of_its_box():
    """At 700 x 30 pixels every third counts: columns 4 and 5 are none of them."""
    truth = np.zeros((30, 700), np.uint8)
    truth[7:24, 400:402] = 1
    truth[9:12, 30:36] = 2
    result = panoptic_result(truth, {1: PERSON, 2: PERSON})
    things = sorted((s for s in result.segments if s.is_thing), key=lambda s: s.query)
    grid, cells = _on_grid(result.segment_ids, things)
    assert cells[0].tolist() == [[5, 133]]  # (7 + 17 // 2) // 3, (400 + 2 // 2) // 3
    assert cells[1].tolist() == [[3, 10], [3, 11]]
    assert grid[3, 9:13].tolist() == [-1, 1, 1, -1]


def test_a_segment_of_which_no_pixel_is_on_the_map_does_no_harm():
    truth = strip((1, 5, 15))
    result = panoptic_result(truth, {1: PERSON})
    result = replace(result, segment_ids=np.full_like(result.segment_ids, result["grass"].id))
    assert numbers(Tracker().update(result))[1] == (PERSON, 1)


def test_no_identity_switch_in_300_frames():
    categories = dict.fromkeys(range(1, 8), PERSON)
    tracker = Tracker()
    frames = [panoptic_result(t, categories, seed=frame) for frame, t in enumerate(discs(300))]
    results = [tracker.update(frame) for frame in frames]
    assert identity_switches(results) == 0
    last = {identity for result in results for identity in numbers(result).values()}
    assert last == {(GRASS, 1), *((PERSON, n) for n in range(1, 8))}
    # The scene needs a tracker: as the frames come, nearly every one has a switch.
    assert identity_switches(frames) > 300
