import dataclasses
import pickle

import pytest

from detr_gradio.result.categories import Categories, Category
from detr_gradio.result.coco import COCO, NO_OBJECT
from detr_gradio.result.palette import COLORS


def test_there_are_80_things_and_53_kinds_of_stuff_in_order_of_ids():
    assert list(COCO) == sorted(COCO)
    assert all(id_ == category.id for id_, category in COCO.items())
    things = [c.id for c in COCO.values() if c.is_thing]
    stuff = [c.id for c in COCO.values() if not c.is_thing]
    assert (len(things), things[0], things[-1]) == (80, 1, 90)
    assert (len(stuff), stuff[0], stuff[-1]) == (53, 92, 200)
    assert max(COCO) < NO_OBJECT


def test_the_ids_that_coco_left_out_are_left_out():
    gaps = {12, 26, 29, 30, 45, 66, 68, 69, 71, 83, 91}
    assert set(range(1, 92)) - set(COCO) == gaps


@pytest.mark.parametrize(
    ("id_", "name", "english", "spanish", "supercategory", "source_color"),
    [
        (1, "person", "person", "persona", "person", (220, 20, 60)),
        (90, "toothbrush", "toothbrush", "cepillo de dientes", "indoor", (191, 162, 208)),
        (92, "banner", "banner", "pancarta", "textile", (255, 255, 128)),
        (187, "sky-other-merged", "sky", "cielo", "sky", (70, 130, 180)),
        (193, "grass-merged", "grass", "césped", "plant", (152, 251, 152)),
        (200, "rug-merged", "rug", "alfombra", "textile", (250, 141, 255)),
    ],
)
def test_rows_of_coco_s_table(id_, name, english, spanish, supercategory, source_color):
    assert COCO[id_] == Category(
        id_, name, english, spanish, supercategory, id_ <= 90, COLORS[id_], source_color
    )


@pytest.mark.parametrize("attribute", ["name", "name_en", "name_es", "color", "source_color"])
def test_nothing_appears_twice(attribute):
    assert len({getattr(category, attribute) for category in COCO.values()}) == 133


def test_short_names_are_short_and_plain():
    for category in COCO.values():
        for name in (category.name_en, category.name_es):
            assert 2 <= len(name) <= 20
            assert name == name.lower() or name == "TV"
            assert not name.endswith(("merged", "stuff", "other"))
            assert name.replace(" ", "").isalpha()


def test_names_by_language():
    assert COCO[193].name_in("es") == "césped"
    assert COCO[193].name_in("en") == "grass"
    assert COCO[193].name_in("fr") == "grass"


def test_the_first_segment_has_the_color_of_its_category():
    assert COCO[18].segment_color() == COCO[18].segment_color(1) == COCO[18].color
    assert COCO[18].segment_color(2) != COCO[18].segment_color(1)


def test_the_table_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        COCO[1].name = "dog"
    with pytest.raises(TypeError):
        COCO[1] = COCO[2]


def test_one_name_for_a_segment_everywhere():
    assert [COCO[3].segment_name(number) for number in (1, 2)] == ["car 1", "car 2"]
    assert COCO[3].segment_name(1, "es") == "coche 1"
    # Stuff is one segment; a second one comes only from files of others.
    assert [COCO[187].segment_name(number, "es") for number in (1, 2)] == ["cielo", "cielo 2"]


def test_a_category_s_index_in_the_logits_is_coco_s_id():
    assert COCO.labels == tuple(COCO)
    assert COCO.by_label[193] is COCO[193]
    assert NO_OBJECT not in COCO.by_label


def test_ids_and_indices_are_there_once_each():
    cat, dog = COCO[17], COCO[18]
    assert Categories((cat, dog), labels=(5, 0)).by_label == {5: cat, 0: dog}
    for table, labels in (((cat, cat), (0, 1)), ((cat, dog), (1, 1)), ((cat, dog), (1,))):
        with pytest.raises(ValueError, match="once each"):
            Categories(table, labels)


def test_a_table_survives_pickling_and_is_the_same():
    again = pickle.loads(pickle.dumps(COCO))
    assert again == COCO
    assert hash(again) == hash(COCO)
    assert again != Categories(COCO.table, tuple(i + 1 for i in COCO.labels))
