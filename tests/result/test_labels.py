import dataclasses
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detr_gradio.result import labels, lettering
from detr_gradio.result.categories import Categories
from detr_gradio.result.coco import COCO
from detr_gradio.result.lettering import font_for
from detr_gradio.result.panoptic import PanopticResult, assemble
from tests.support.panoptic_cases import (
    CAR,
    DOG,
    GRASS,
    PERSON,
    SKY,
    from_owners,
    random_predictions,
)


def result_of(owners, category_ids):
    return assemble(from_owners(owners, category_ids))


def test_the_point_is_the_middle_of_the_largest_part():
    owners = np.zeros((40, 60), int)
    owners[2:5, 2:5] = 1  # a small part
    owners[10:31, 30:51] = 1  # the largest: its middle is at row 20, column 40
    result = result_of(owners, [GRASS, DOG])
    assert labels.label_point(result, 2) == (40, 20)


def test_points_of_plain_shapes():
    owners = np.zeros((100, 200), int)
    owners[:30, :40] = 1  # in a corner of the picture
    owners[80:, 190:] = 2
    result = result_of(owners, [SKY, CAR, DOG])
    # 15 pixels from three edges; the first of equals is the leftmost.
    assert [labels.label_point(result, number) for number in (2, 3)] == [(14, 14), (194, 84)]


def test_the_largest_part_counts_and_not_the_thickest_and_corners_don_t_join():
    owners = np.zeros((60, 60), int)
    owners[5:16, 5:16] = 1  # 121 pixels, 11 thick
    owners[30:33, 5:55] = 1  # 150 pixels, 3 thick
    owners[33:43, 55:60] = 1  # 50 more that touch it at a corner alone
    assert labels.label_point(result_of(owners, [GRASS, DOG]), 2)[1] == 31


@pytest.mark.parametrize(("side", "point"), [(399, (199, 199)), (402, (200, 200))])
def test_large_segments_are_searched_on_a_grid(side, point):
    """From 400 pixels on every second one: the middle of 402 is at 201, between two of them."""
    assert labels.label_point(result_of(np.zeros((side, side), int), [SKY]), 1) == point


def test_the_point_of_a_ring_is_on_the_ring():
    owners = np.zeros((50, 50), int)
    owners[5:45, 5:45] = 1
    owners[12:38, 12:38] = 0
    result = result_of(owners, [GRASS, DOG])
    x, y = labels.label_point(result, 2)
    assert result.segment_ids[y, x] == 2


def test_the_edge_of_the_picture_counts_as_an_edge():
    result = result_of(np.zeros((11, 31), int), [SKY])
    x, y = labels.label_point(result, 1)
    assert y == 5
    assert 5 <= x <= 25


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32 - 1), st.tuples(st.integers(3, 900), st.integers(3, 900)))
def test_points_are_inside_and_labels_inside_the_picture(seed, image_size):
    rng = np.random.default_rng(seed)
    result = assemble(random_predictions(rng, 10, (9, 13), (36, 52), image_size), threshold=0.5)
    height, width = image_size
    for segment in result.segments:
        x, y = labels.label_point(result, segment.id)
        assert result.segment_ids[y, x] == segment.id
    for label in labels.place_labels(result, labels.text_size(image_size)):
        left, top, right, bottom = label.box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def test_thin_lines_on_large_pictures_have_a_point():
    owners = np.zeros((30, 2000), int)
    owners[13, 1:1999] = 1  # not on the grid of the search
    result = result_of(owners, [GRASS, DOG])
    x, y = labels.label_point(result, 2)
    assert result.segment_ids[y, x] == 2


def test_things_have_numbers_and_stuff_has_none():
    owners = np.repeat(np.arange(4), 20)[None].repeat(20, 0)
    result = result_of(owners, [PERSON, DOG, PERSON, SKY])
    names = ["persona 1", "perro 1", "persona 2", "cielo"]
    assert [segment.name("es") for segment in result.segments] == names
    wide = result_of(owners.repeat(10, 1), [PERSON, DOG, PERSON, SKY])
    assert {label.text for label in labels.place_labels(wide, 14, "es")} == set(names)


def test_labels_make_room_for_each_other():
    # Two cars with the same middle: a small one inside a large one.
    owners = np.zeros((300, 400), int)
    owners[50:250, 100:300] = 1
    owners[140:160, 160:240] = 2
    result = result_of(owners, [GRASS, CAR, CAR])
    boxes = [label.box for label in labels.place_labels(result, 14)]
    assert len(boxes) == 3
    for index, (left, top, right, bottom) in enumerate(boxes):
        for other in boxes[index + 1 :]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


def test_a_label_is_centered_on_its_point_and_stays_in_the_picture():
    owners = np.zeros((100, 200), int)
    owners[:30, :40] = 1
    owners[80:, 190:] = 2
    placed = labels.place_labels(result_of(owners, [SKY, CAR, DOG]), 14)
    # Letters of 14 pixels: 39.3 for "car 1" and 14 around them, 53 x 20 with the car's point at
    # (14, 14): 26 to the left is out of the picture, 10 up is not. The dog, smaller than its
    # label, has it above, 0.6 label heights from the top of its box at 80: 80 - 12 - 10 = 58.
    assert {label.text: label.box for label in placed} == {
        "car 1": (0, 4, 53, 24),
        "dog 1": (142, 58, 200, 78),
        "sky": (66, 39, 107, 59),
    }


def test_labels_move_up_and_down_by_turns_until_there_is_room():
    """Twelve small dogs in a row, labels of 20 pixels, each with its middle at 88 if it can."""
    owners = np.zeros((200, 120), int)
    for dog in range(12):
        owners[100:103, 20 + 3 * dog : 23 + 3 * dog] = dog + 1
    placed = labels.place_labels(result_of(owners, [SKY, *[DOG] * 12]), 14)
    assert [label.box[:2] for label in placed] == [
        (0, 78),
        (0, 58),  # a height up: half of one is not enough
        (0, 98),  # a height down
        (1, 38),  # two up: one and a half is not enough
        (4, 118),  # two down
        (7, 18),  # three up
        (10, 138),  # three down
        # No place is left, and what is hidden least comes first: less and less of the first ones.
        (13, 78),
        (16, 58),
        (14, 98),
        (17, 38),
        (20, 118),
    ]
    # Stuff goes without a name there.
    assert {label.segment.category_id for label in placed} == {DOG}


def test_labels_move_by_half_a_height_where_that_is_enough():
    """Six small dogs, all but the first 10 pixels, half a label, farther down."""
    owners = np.zeros((200, 120), int)
    for dog in range(6):
        top = 100 if dog == 0 else 110
        owners[top : top + 3, 20 + 3 * dog : 23 + 3 * dog] = dog + 1
    placed = labels.place_labels(result_of(owners, [SKY, *[DOG] * 6]), 14)
    # Half a height down, one and a half up, as much down, three up, three down.
    assert [label.box[1] for label in placed[:6]] == [78, 98, 58, 118, 28, 148]


def test_stuff_smaller_than_its_name_has_none_and_as_large_as_it_has_one():
    """ "sky" at 14 pixels takes 41 x 20."""
    for height, names in ((19, {"grass"}), (20, {"grass", "sky"})):
        owners = np.zeros((200, 300), int)
        owners[50 : 50 + height, 100:141] = 1
        placed = labels.place_labels(result_of(owners, [GRASS, SKY]), 14)
        assert {label.text for label in placed} == names


@pytest.mark.parametrize(
    ("shape", "fits"), [((20, 41), True), ((19, 41), False), ((20, 40), False)]
)
def test_a_label_fits_where_the_picture_is_as_large(shape, fits):
    assert bool(labels.place_labels(result_of(np.zeros(shape, int), [SKY]), 14)) == fits


def test_a_small_thing_has_its_label_above_and_small_stuff_none():
    owners = np.zeros((200, 300), int)
    owners[100:106, 100:106] = 1
    owners[150:156, 100:106] = 2
    result = result_of(owners, [SKY, DOG, GRASS])
    placed = {label.text: label.box for label in labels.place_labels(result, 14)}
    assert set(placed) == {"dog 1", "sky"}
    left, _, right, bottom = placed["dog 1"]
    assert left < 103 < right
    assert 90 <= bottom <= 100


def test_what_does_not_fit_has_no_label():
    result = result_of(np.zeros((10, 12), int), [PERSON])
    assert labels.place_labels(result, 14) == []


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((48, 64), 7),
        ((120, 160), 10),
        ((300, 147), 12),
        ((480, 640), 13),
        ((800, 1066), 22),
        ((3000, 4000), 82),
    ],
)
def test_text_grows_with_the_picture(shape, size):
    assert labels.text_size(shape) == size


def test_the_font_has_every_letter_of_the_names():
    letters = {letter for c in COCO.values() for letter in c.name_en + c.name_es} - {" "}
    assert "ñ" in letters
    for letter in letters | set("0123456789"):
        assert Path(font_for(letter, 30).path).name == "DejaVuSans-Bold.ttf", letter


@pytest.mark.parametrize("name", ["Гора 1", "دب محشو 1", "Ωκεανός"])
def test_other_scripts_have_a_font_too(name):
    assert Path(font_for(name, 30).path).name == "DejaVuSans-Bold-whole.ttf"


def test_where_no_font_has_the_letters_the_id_is_written(monkeypatch):
    monkeypatch.setattr(lettering, "_SYSTEM", ())
    lettering.font_for.cache_clear()
    table = tuple(replace(COCO[id_], name_en="汽车") for id_ in (SKY, CAR))
    owners = np.zeros((200, 400), int)
    owners[40:160, 40:360] = 2
    owners[owners == 0] = 1
    result = PanopticResult.from_map(owners, {1: SKY, 2: CAR}, Categories(table, labels=(SKY, CAR)))
    texts = {label.text for label in labels.place_labels(result, 20)}
    lettering.font_for.cache_clear()
    assert texts == {"#187", "#3 1"}


def test_labels_are_drawn_in_their_boxes_alone():
    owners = np.zeros((120, 200), int)
    owners[40:100, 40:160] = 1
    result = result_of(owners, [SKY, CAR])
    placed = labels.place_labels(result, 14)
    ground = np.full((120, 200, 3), 90, np.uint8)
    picture = ground.copy()
    labels.draw_labels(picture, placed, 14, {1: (1, 2, 3), 2: (250, 220, 40)})
    changed = (picture != ground).any(axis=2)
    for label in placed:
        left, top, right, bottom = label.box
        assert changed[top:bottom, left:right].any()
        changed[top:bottom, left:right] = False
    assert not changed.any()


def drawn(category_id, text, box, size, color=(250, 220, 40), shape=(40, 80)):
    segment = result_of(np.zeros((3, 9), int), [category_id]).segments[0]
    ground = np.full((*shape, 3), 90, np.uint8)
    picture = ground.copy()
    labels.draw_labels(picture, [labels.Label(segment, text, box)], size, {1: color})
    return picture


def test_a_plate_has_round_ends_and_an_edge():
    """White, 20 x 10, with an edge of 24 // 12 = 2 in black, the ink that reads better on it."""
    picture = drawn(CAR, "", (3, 2, 23, 12), 24, (255, 255, 255))
    assert picture[1:8, 2:15, 0].tolist() == [
        [90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90, 90],
        [90, 90, 90, 62, 28, 0, 0, 0, 0, 0, 0, 0, 0],
        [90, 90, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [90, 62, 0, 0, 144, 239, 255, 255, 255, 255, 255, 255, 255],
        [90, 28, 0, 144, 255, 255, 255, 255, 255, 255, 255, 255, 255],
        [90, 0, 0, 239, 255, 255, 255, 255, 255, 255, 255, 255, 255],
        [90, 0, 0, 239, 255, 255, 255, 255, 255, 255, 255, 255, 255],
    ]
    # As its other half, turned by 180 degrees.
    assert np.array_equal(picture[2:12, 3:23], picture[2:12, 3:23][::-1, ::-1])


@pytest.mark.parametrize(("size", "edge"), [(7, 1), (23, 1), (24, 2), (36, 3)])
def test_the_edge_grows_with_the_text(size, edge):
    row = drawn(CAR, "", (0, 0, 80, 40), size)[20]
    assert row[: edge + 1].tolist() == [[0, 0, 0]] * edge + [[250, 220, 40]]


def test_a_dark_plate_has_white_ink():
    picture = drawn(CAR, "car 1", (0, 0, 80, 40), 24, (10, 20, 40))
    assert picture[20, :3].tolist() == [[255, 255, 255]] * 2 + [[10, 20, 40]]
    assert (picture[4:36, 4:76] == 255).all(axis=2).any()


@pytest.mark.parametrize(
    ("size", "columns", "rows"),
    [(8, (61, 77), (25, 35)), (14, (56, 84), (23, 38)), (27, (42, 98), (16, 48))],
)
def test_stuff_is_white_in_the_middle_of_its_box_with_a_dark_outline(size, columns, rows):
    """The outline is a ninth of the size, but at least 1 pixel; the middle is at (70, 30)."""
    picture = drawn(SKY, "sky", (20, 10, 120, 50), size, shape=(60, 140))
    ys, xs = np.nonzero((picture != 90).any(axis=2))
    assert (xs.min(), xs.max()) == columns
    assert (ys.min(), ys.max()) == rows
    for color in ([255, 255, 255], [40, 44, 52]):
        assert (picture == color).all(axis=2).sum() > 10


def test_a_label_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        labels.Label(None, "sky", (0, 0, 9, 9)).text = "sea"


def test_an_odd_width_has_its_text_in_the_true_middle():
    """Moved by one pixel to the left and by one to the right of an even box: not the same text."""
    odd = drawn(SKY, "sky", (20, 10, 121, 50), 14, shape=(60, 140))
    even = drawn(SKY, "sky", (20, 10, 120, 50), 14, shape=(60, 140))
    assert not np.array_equal(odd, even)
