"""Categories: their names, colours and numbers in the logits."""

import dataclasses
import pickle

import pytest

from detr_gradio.result.categories import Categories, clean_name
from detr_gradio.result.coco import COCO


def test_names_by_language():
    assert COCO[193].name_in("es") == "césped"
    assert COCO[193].name_in("en") == "grass"
    assert COCO[193].name_in("fr") == "grass"
    assert COCO[193].name_in("".join("es")) == "césped"  # an equal text, not the same one


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


def test_ids_and_indices_are_there_once_each():
    cat, dog = COCO[17], COCO[18]
    assert Categories((cat, dog), labels=(5, 0)).by_label == {5: cat, 0: dog}
    wrong = (((cat, cat), (0, 1)), ((cat, dog), (1, 1)), ((cat, dog), (1,)))
    for table, labels in (*wrong, ((cat, dog), (0, 1, 2))):
        with pytest.raises(ValueError, match="once each"):
            Categories(table, labels)


def test_a_table_survives_pickling_and_is_the_same():
    again = pickle.loads(pickle.dumps(COCO))
    assert again == COCO
    assert hash(again) == hash(COCO)
    assert again != Categories(COCO.table, tuple(i + 1 for i in COCO.labels))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("traffic light", "traffic light"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("x" * 78 + " " + "y" * 9, "x" * 78 + "…"),
        ("x" * 20_000, "x" * 79 + "…"),
        (" two\nlines\t\u2028 and\0more ", "two lines and more"),
        ("nin\u0303o", "niño"),
        ("gepard\u202efdp.exe\u2066\ufeff", "gepardfdp.exe"),
        ("\ud800", ""),
        ("", ""),
        ("信号機", "信号機"),
    ],
)
def test_names_of_others_are_cleaned(text, name):
    assert clean_name(text) == name


def test_three_hundred_categories_are_a_table():
    table = tuple(dataclasses.replace(COCO[1], id=number) for number in range(300))
    assert len(Categories(table, labels=tuple(range(300))).by_label) == 300
