"""COCO's table of categories."""

import pytest

from detr_gradio.result.categories import Category
from detr_gradio.result.coco import COCO, NO_OBJECT
from detr_gradio.result.palette import COLORS


def test_there_are_80_things_and_53_kinds_of_stuff_in_order_of_ids():
    assert list(COCO) == sorted(COCO)
    assert all(id_ == category.id for id_, category in COCO.items())
    things = [c.id for c in COCO.values() if c.is_thing]
    stuff = [c.id for c in COCO.values() if not c.is_thing]
    assert (len(things), things[0], things[-1]) == (80, 1, 90)
    assert (len(stuff), stuff[0], stuff[-1]) == (53, 92, 200)
    assert NO_OBJECT == 250  # the last of the published checkpoints' 251 logits


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


def test_a_category_s_index_in_the_logits_is_coco_s_id():
    assert COCO.labels == tuple(COCO)
    assert COCO.by_label[193] is COCO[193]
    assert NO_OBJECT not in COCO.by_label
