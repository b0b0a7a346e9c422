from dataclasses import replace

import numpy as np
import pytest

from detr_gradio.result import render
from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import CAR, DOG, GRASS, PERSON, SKY, from_owners

SHAPE = (60, 90)


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (*SHAPE, 3), dtype=np.uint8)


@pytest.fixture
def result():
    """Sky above grass, two persons on it, no void."""
    owners = np.zeros(SHAPE, int)
    owners[30:] = 1
    owners[20:50, 10:25] = 2
    owners[20:45, 40:55] = 3
    return assemble(from_owners(owners, [SKY, GRASS, PERSON, PERSON]))


@pytest.fixture
def with_void(result):
    """The same result without its first segment."""
    ids = result.segment_ids.copy()
    ids[ids == 1] = 0
    ids[ids > 0] -= 1
    segments = tuple(replace(s, id=s.id - 1) for s in result.segments[1:])
    return replace(result, segment_ids=ids, segments=segments)


def test_the_ids_of_the_scene(result):
    assert [(s.id, s.category_id) for s in result.segments] == [
        (1, SKY),
        (2, GRASS),
        (3, PERSON),
        (4, PERSON),
    ]


def test_the_flat_map_has_one_color_a_segment(result):
    picture = render.panoptic_map(result)
    assert picture.dtype == np.uint8
    for segment in result.segments:
        colors = np.unique(picture[result.segment_ids == segment.id], axis=0)
        assert colors.tolist() == [list(segment.category.segment_color(segment.number))]
    by_category = render.panoptic_map(result, color_by="category")
    persons = np.unique(by_category[result.segment_ids >= 3], axis=0)
    assert persons.tolist() == [list(COCO[PERSON].color)]


def test_void_is_a_hatch_of_two_greys_on_the_map(with_void):
    void = with_void.segment_ids == 0
    pixels = render.panoptic_map(with_void)[void]
    colors, counts = np.unique(pixels, axis=0, return_counts=True)
    assert len(colors) == 2
    assert counts.min() / counts.sum() == pytest.approx(1 / 3, abs=0.05)
    # Every row of void of some length has both.
    assert len(np.unique(render.panoptic_map(with_void)[0], axis=0)) == 2


def test_fills_mix_image_and_color(image, result):
    picture = render.overlay(image, result, opacity=0.25, outlines=False, labels=False)
    colors = render.panoptic_map(result)
    expected = 0.75 * image.astype(float) + 0.25 * colors
    assert np.abs(picture - expected).max() <= 0.5
    bare = render.overlay(image, result, opacity=0, outlines=False, labels=False)
    assert np.array_equal(bare, image)
    full = render.overlay(image, result, opacity=1, outlines=False, labels=False)
    assert np.array_equal(full, colors)


def test_the_hatch_is_a_third_of_the_pixels_and_as_wide_as_the_lines():
    assert render._hatch((4, 8)).astype(int).tolist() == [
        [1, 1, 0, 0, 0, 0, 1, 1],
        [1, 0, 0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 1, 1, 0, 0],
        [0, 0, 0, 1, 1, 0, 0, 0],
    ]
    assert render._hatch((900, 1600))[0, :19].tolist() == [True] * 6 + [False] * 12 + [True]
    assert render._hatch((7, 1600)).shape == (7, 1600)


@pytest.mark.parametrize(
    ("shape", "width"),
    [((1, 1), 1), ((480, 640), 1), ((800, 450), 2), ((1000, 1000), 2), ((3000, 4000), 9)],
)
def test_lines_grow_with_the_picture(shape, width):
    """A 400th of the side of a square as large, 600 / 400 = 1.5 for 800 x 450."""
    assert render._line_width(shape) == width


def test_the_lines_in_void_are_most_of_the_way_to_white(with_void):
    picture = render.overlay(np.full((*SHAPE, 3), 101, np.uint8), with_void, labels=False)
    # 255 - 154 // 5 * 2 on the lines of the hatch.
    assert picture[0, :8, 0].tolist() == [195, 195, 101, 101, 101, 101, 195, 195]


def test_the_greys_of_void_on_the_map(with_void):
    row = render.panoptic_map(with_void)[0, :4].tolist()
    assert row == [[150, 150, 146]] * 2 + [[236, 236, 232]] * 2


def test_wide_pictures_have_wide_outlines():
    """At 600 x 600 pixels lines are 2 wide, in a thing and all around it."""
    owners = np.zeros((600, 600), int)
    owners[100:200, 300:400] = 1
    result = assemble(from_owners(owners, [SKY, DOG]))
    picture = render.overlay(np.zeros((600, 600, 3), np.uint8), result, labels=False)
    full = (picture == COCO[DOG].color).all(axis=2)
    expected = owners == 1
    expected[102:198, 302:398] = False
    assert np.array_equal(full, expected)


def test_the_last_of_255_segments_has_its_color_and_outline():
    owners = np.arange(255).repeat(20)[None].repeat(3, axis=0)
    result = assemble(from_owners(owners, [DOG] * 255))
    image = np.zeros((3, 5100, 3), np.uint8)
    last = list(COCO[DOG].segment_color(255))
    assert render.panoptic_map(result)[1, 5099].tolist() == last
    picture = render.overlay(image, result, labels=False)
    assert picture[1, 5080].tolist() == last
    assert picture[1, 5090].tolist() == [round(0.45 * channel) for channel in last]


def test_void_keeps_the_image_between_light_lines(image, with_void):
    picture = render.overlay(image, with_void, labels=False)
    void = with_void.segment_ids == 0
    same = (picture == image).all(axis=2)[void]
    assert same.mean() == pytest.approx(2 / 3, abs=0.05)
    assert (picture[void] >= image[void]).all()


def test_only_things_have_outlines_and_they_are_thin(image, result):
    plain = render.overlay(image, result, outlines=False, labels=False)
    outlined = render.overlay(image, result, labels=False)
    changed = (plain != outlined).any(axis=2)
    ids = result.segment_ids
    assert set(np.unique(ids[changed])) == {3, 4}
    expected = np.zeros(SHAPE, bool)
    expected[20:50, 10:25] = expected[20:45, 40:55] = True
    expected[21:49, 11:24] = expected[21:44, 41:54] = False
    assert not (changed & ~expected).any()
    assert (outlined[expected] == render.panoptic_map(result)[expected]).all()


def test_labels_change_the_picture_and_speak_spanish(image, result):
    plain = render.overlay(image, result, labels=False)
    english = render.overlay(image, result)
    spanish = render.overlay(image, result, language="es")
    assert not np.array_equal(plain, english)
    assert not np.array_equal(spanish, english)


def test_the_image_is_left_alone(image, result):
    before = image.copy()
    render.overlay(image, result)
    render.cutout(image, result, 3)
    assert np.array_equal(image, before)


def test_cutout_is_the_bbox_and_hides_nothing_under_transparency(image, result):
    picture = render.cutout(image, result, 2)
    x, y, width, height = result.segments[1].bbox
    assert picture.shape == (height, width, 4)
    mask = result.segment_ids[y : y + height, x : x + width] == 2
    assert np.array_equal(picture[..., 3], np.where(mask, 255, 0))
    assert np.array_equal(picture[mask][:, :3], image[y : y + height, x : x + width][mask])
    assert not picture[~mask].any()
    assert (~mask).any()


@pytest.mark.parametrize("segment_id", [0, 5, -1])
def test_unknown_segments(image, result, segment_id):
    with pytest.raises(KeyError):
        render.cutout(image, result, segment_id)


def test_images_of_another_size_are_refused(image, result):
    with pytest.raises(ValueError, match="does not fit"):
        render.overlay(image[1:], result)


@pytest.mark.parametrize("opacity", [-0.1, 1.1, float("nan")])
def test_opacities_outside_0_to_1_are_refused(image, result, opacity):
    with pytest.raises(ValueError, match="Opacity"):
        render.overlay(image, result, opacity=opacity)


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1), (2, 300), (7, 9)])
def test_small_and_narrow_pictures(shape):
    result = assemble(from_owners(np.zeros(shape, int), [CAR, DOG]))
    image = np.full((*shape, 3), 128, np.uint8)
    assert render.overlay(image, result).shape == image.shape
    assert render.panoptic_map(result).shape == image.shape


def test_pictures_are_the_same_every_time(image, result):
    assert np.array_equal(render.overlay(image, result), render.overlay(image, result))
