import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ImageFont

from detr_gradio.result import labels
from detr_gradio.result.categories import CATEGORIES
from detr_gradio.result.panoptic import assemble
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
    [((48, 64), 7), ((120, 160), 10), ((480, 640), 13), ((800, 1066), 22), ((3000, 4000), 82)],
)
def test_text_grows_with_the_picture(shape, size):
    assert labels.text_size(shape) == size


def test_the_font_has_every_letter_of_the_names():
    font = ImageFont.truetype(str(labels._FONT), 30)
    missing = bytes(font.getmask("\u4e00"))
    letters = {letter for c in CATEGORIES.values() for letter in c.name_en + c.name_es} - {" "}
    assert "ñ" in letters
    for letter in letters | set("0123456789"):
        assert bytes(font.getmask(letter)) != missing, letter


def test_labels_are_drawn_in_their_boxes_alone():
    owners = np.zeros((120, 200), int)
    owners[40:100, 40:160] = 1
    result = result_of(owners, [SKY, CAR])
    placed = labels.place_labels(result, 14)
    ground = np.full((120, 200, 3), 90, np.uint8)
    picture = labels.draw_labels(ground, placed, 14, {1: (1, 2, 3), 2: (250, 220, 40)})
    changed = (picture != ground).any(axis=2)
    for label in placed:
        left, top, right, bottom = label.box
        assert changed[top:bottom, left:right].any()
        changed[top:bottom, left:right] = False
    assert not changed.any()
