import dataclasses

import pytest

from detr_gradio.result.categories import (
    CATEGORIES,
    NO_OBJECT,
    Category,
    name_in,
    segment_color,
    segment_name,
)
from detr_gradio.result.palette import COLORS


def test_there_are_80_things_and_53_kinds_of_stuff_in_order_of_ids():
    assert list(CATEGORIES) == sorted(CATEGORIES)
    assert all(id_ == category.id for id_, category in CATEGORIES.items())
    things = [c.id for c in CATEGORIES.values() if c.is_thing]
    stuff = [c.id for c in CATEGORIES.values() if not c.is_thing]
    assert (len(things), things[0], things[-1]) == (80, 1, 90)
    assert (len(stuff), stuff[0], stuff[-1]) == (53, 92, 200)
    assert max(CATEGORIES) < NO_OBJECT


def test_the_ids_that_coco_left_out_are_left_out():
    gaps = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91}
    assert set(range(1, 92)) - set(CATEGORIES) == gaps


@pytest.mark.parametrize(
    ("id_", "name", "english", "spanish", "supercategory", "coco_color"),
    [
        (1, "person", "person", "persona", "person", (220, 20, 60)),
        (90, "toothbrush", "toothbrush", "cepillo de dientes", "indoor", (191, 162, 208)),
        (92, "banner", "banner", "pancarta", "textile", (255, 255, 128)),
        (187, "sky-other-merged", "sky", "cielo", "sky", (70, 130, 180)),
        (193, "grass-merged", "grass", "césped", "plant", (152, 251, 152)),
        (200, "rug-merged", "rug", "alfombra", "textile", (250, 141, 255)),
    ],
)
def test_rows_of_coco_s_table(id_, name, english, spanish, supercategory, coco_color):
    assert CATEGORIES[id_] == Category(
        id_, name, english, spanish, supercategory, id_ <= 90, COLORS[id_], coco_color
    )


@pytest.mark.parametrize("attribute", ["name", "name_en", "name_es", "color", "coco_color"])
def test_nothing_appears_twice(attribute):
    assert len({getattr(category, attribute) for category in CATEGORIES.values()}) == 133


def test_short_names_are_short_and_plain():
    for category in CATEGORIES.values():
        for name in (category.name_en, category.name_es):
            assert 2 <= len(name) <= 20
            assert name == name.lower() or name == "TV"
            assert not name.endswith(("merged", "stuff", "other"))
            assert name.replace(" ", "").isalpha()


def test_names_by_language():
    assert name_in(CATEGORIES[193], "es") == "césped"
    assert name_in(CATEGORIES[193], "en") == "grass"
    assert name_in(CATEGORIES[193], "fr") == "grass"


def test_the_first_segment_has_the_color_of_its_category():
    assert segment_color(18) == segment_color(18, 1) == CATEGORIES[18].color
    assert segment_color(18, 2) != segment_color(18, 1)


def test_the_table_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CATEGORIES[1].name = "dog"
    with pytest.raises(TypeError):
        CATEGORIES[1] = CATEGORIES[2]


def test_one_name_for_a_segment_everywhere():
    assert [segment_name(3, number) for number in (1, 2)] == ["car 1", "car 2"]
    assert segment_name(3, 1, "es") == "coche 1"
    # Stuff is one segment; a second one comes only from files of others.
    assert [segment_name(187, number, "es") for number in (1, 2)] == ["cielo", "cielo 2"]
