"""Distances are those of CAM02-UCS, where 1 is about the least that an eye notices."""

import itertools

import numpy as np
import pytest
from colorspacious import cspace_convert

from detr_gradio.result.coco import COCO
from detr_gradio.result.palette import (
    COLORS,
    from_hex,
    luminance,
    make_colors,
    shade,
    text_color,
    to_hex,
)

THINGS = [c for c in COCO.values() if c.is_thing]
STUFF = [c for c in COCO.values() if not c.is_thing]


def seen(colors, vision="normal"):
    """Lightness, a and b in CAM02-UCS, as an eye of a kind sees the colours."""
    rgb = np.asarray(colors, float) / 255
    if vision != "normal":
        space = {"name": "sRGB1+CVD", "cvd_type": vision, "severity": 100}
        rgb = cspace_convert(rgb, space, "sRGB1").clip(0, 1)
    return cspace_convert(rgb, "sRGB1", "CAM02-UCS")


def distances(colors, others, vision="normal"):
    return np.linalg.norm(seen(colors, vision)[:, None] - seen(others, vision), axis=-1)


def least(colors, vision="normal"):
    """The least distance between two of the colours."""
    matrix = distances(colors, colors, vision)
    return matrix[~np.eye(len(colors), dtype=bool)].min()


def chroma(colors):
    return np.hypot(*seen(colors)[:, 1:].T)


def test_every_category_has_a_color():
    assert list(COLORS) == list(COCO)
    assert all(0 <= channel <= 255 for color in COLORS.values() for channel in color)


def test_made_colors_are_all_those_of_coco_once_each():
    assert sorted(make_colors([True] * 80)) == sorted(c.color for c in THINGS)
    assert sorted(make_colors([False] * 53)) == sorted(c.color for c in STUFF)


def test_things_are_vivid_and_stuff_is_muted():
    assert chroma([c.color for c in THINGS]).min() > 29
    assert chroma([c.color for c in STUFF]).max() < 19


@pytest.mark.parametrize(
    ("vision", "distance"),
    [("normal", 4.8), ("deuteranomaly", 3.1), ("protanomaly", 3.1), ("tritanomaly", 2.3)],
)
def test_things_stay_apart(vision, distance):
    assert least([c.color for c in THINGS], vision) > distance


@pytest.mark.parametrize(
    ("vision", "distance"),
    [("normal", 7.5), ("deuteranomaly", 4.7), ("protanomaly", 4.7), ("tritanomaly", 3.5)],
)
def test_relatives_stay_further_apart(vision, distance):
    """Things of a supercategory, which stand in the same pictures."""
    groups = {c.supercategory: [] for c in THINGS}
    for category in THINGS:
        groups[category.supercategory].append(category.color)
    assert min(least(colors, vision) for colors in groups.values() if len(colors) > 1) > distance


def test_things_stand_out_from_stuff():
    assert distances([c.color for c in THINGS], [c.color for c in STUFF]).min() > 11


def test_stuff_stays_apart():
    assert least([c.color for c in STUFF]) > 4.7


@pytest.mark.parametrize(
    ("category_id", "low", "high"),
    [
        (187, 220, 265),  # sky: blue
        (155, 220, 265),  # sea: blue
        (193, 115, 160),  # grass: green
        (184, 115, 160),  # tree: green
        (154, 60, 95),  # sand: ochre
    ],
)
def test_stuff_has_the_hue_that_people_expect(category_id, low, high):
    _, a, b = seen([COLORS[category_id]])[0]
    assert low <= np.degrees(np.arctan2(b, a)) % 360 <= high


def test_snow_is_light_and_a_road_is_grey():
    assert seen([COLORS[159]])[0, 0] > 90
    assert chroma([COLORS[149]])[0] < 9


@pytest.mark.parametrize(("count", "distance"), [(2, 16), (5, 8), (7, 4.5)])
def test_instances_of_a_thing_have_shades_apart(count, distance):
    for category in THINGS:
        shades = [category.segment_color(number) for number in range(1, count + 1)]
        assert least(shades) > distance, category.name


def test_shades_repeat_after_the_seventh():
    color = COLORS[1]
    assert shade(color, 1) == color
    assert len({shade(color, number) for number in range(1, 8)}) == 7
    assert shade(color, 8) == color
    assert shade(color, 9) == shade(color, 2)


def test_labels_can_be_read_on_every_shade():
    for category_id, number in itertools.product(COLORS, range(1, 8)):
        background = COCO[category_id].segment_color(number)
        lights = sorted([luminance(background), luminance(text_color(background))])
        assert (lights[1] + 0.05) / (lights[0] + 0.05) >= 4.5


@pytest.mark.parametrize(
    ("color", "expected"),
    [
        ((0, 0, 0), 0),
        ((255, 255, 255), 1),
        ((255, 0, 0), 0.2126),
        ((0, 255, 0), 0.7152),
        ((0, 0, 255), 0.0722),
        ((188, 188, 188), 0.502886),  # ((188 / 255 + 0.055) / 1.055) ** 2.4
        ((5, 5, 5), 0.00151763),  # 5 / 255 / 12.92
    ],
)
def test_luminance(color, expected):
    assert luminance(color) == pytest.approx(expected, rel=1e-5)


def test_text_is_black_or_white_and_turns_where_both_read_alike():
    # Grey 117 has a luminance of 0.1779 and 118 of 0.1812.
    assert text_color((117, 117, 117)) == (255, 255, 255)
    assert text_color((118, 118, 118)) == (0, 0, 0)


def test_colors_are_read_and_written_in_hexadecimal():
    assert from_hex("#0a10ff") == (10, 16, 255)
    assert to_hex((10, 16, 255)) == "#0a10ff"


CHANGES = [(0, 0), (16, 14), (-16, -14), (8, -24), (-8, 24), (22, -8), (-22, 8)]


def test_shades_have_the_lightness_and_hue_that_their_number_says():
    """In CIELAB, which another library computes here."""
    for color, (number, (lighter, turned)) in itertools.product(
        [(200, 90, 90), (90, 140, 90), (100, 110, 180)], enumerate(CHANGES, 1)
    ):
        lightness, a, b = cspace_convert(color, "sRGB255", "CIELab")
        new_lightness, new_a, new_b = cspace_convert(shade(color, number), "sRGB255", "CIELab")
        assert new_lightness - lightness == pytest.approx(lighter, abs=0.8)
        turn = np.degrees(np.arctan2(new_b, new_a) - np.arctan2(b, a))
        assert (turn + 180) % 360 - 180 == pytest.approx(turned, abs=2.5)


@pytest.mark.parametrize(
    ("color", "shades"),
    [
        ("#ef214a", "#ef214a #ff7e66 #a90047 #ff4094 #be3700 #ff97a2 #920017"),
        # Nearly white and rather dark: what would leave the lightness of 25 to 92 goes the other
        # way.
        ("#ffe6de", "#ffe6de #cfbaae #d3b8b5 #e9cece #e3d1c3 #c1a8a3 #bfa99f"),
        ("#63635a", "#63635a #888c82 #3f3c34 #7b756d #4c5049 #9c9a91 #999b91"),
        ("#10f708", "#10f708 #00c263 #7bbb07 #accc00 #0fd994 #57ad02 #02b144"),
    ],
)
def test_shades_stay_what_they_were(color, shades):
    """Pictures made today and tomorrow have the same colours; these were looked at."""
    assert " ".join(to_hex(shade(from_hex(color), number)) for number in range(1, 8)) == shades


@pytest.mark.parametrize("count", [2, 10, 30, 53])
@pytest.mark.parametrize("kind", [True, False])
def test_made_colors_are_at_least_as_far_apart_as_coco_s(count, kind):
    made = make_colors([kind] * count)
    coco = [category.color for category in COCO.table if category.is_thing == kind]
    for vision in ("normal", "deuteranomaly", "protanomaly", "tritanomaly"):
        assert least(made, vision) >= least(coco, vision)
    # The fewer, the farther.
    assert least(made) > {2: 50, 10: 15, 30: 7, 53: 4.7}[count]
    assert (chroma(made).min() > 29) if kind else (chroma(made).max() < 19)


def test_made_colors_keep_away_from_given_ones():
    given = [make_colors([True])[0]]
    assert distances(make_colors([True, False] * 10, given), given).min() > 8


def test_colors_are_made_for_any_number_of_categories():
    made = make_colors([True] * 500)
    assert len(made) == 500
    assert len(set(made[:160])) > 155
