"""Categories of a ground truth among those of a checkpoint."""

import json

import pytest

from detr_gradio.evaluation.matching import match_categories
from detr_gradio.messages import UserError
from detr_gradio.result.categories import Categories, Category
from tests.support.coco_folder import NAMES, Stub, run, write_report
from tests.support.panoptic_cases import DOG, GRASS, SKY


def category(category_id, name, is_thing):
    return Category(category_id, name, name, name, "", is_thing, (1, 2, 3), (1, 2, 3))


GLASSES = Categories(
    (category(-4, "glass", True), category(9, "glass", False), category(7, "汽车", True)),
    labels=(0, 1, 2),
)


def match(*entries, ours=GLASSES, by="names"):
    theirs = {
        category_id: {"id": category_id, "name": name, "isthing": int(is_thing)}
        for category_id, name, is_thing in entries
    }
    return match_categories(theirs, ours, by, "truth.json")


def test_one_name_for_a_thing_and_for_stuff_are_two_categories():
    found = match((1, "Glass", True), (2, "glass ", False), (3, "汽车", False))
    assert found.ids == {1: -4, 2: 9, 3: 10}  # 10 is free
    assert found.truth_only == {10: "汽车"}
    assert found.checkpoint_only == ("汽车",)
    assert [(entry["id"], entry["isthing"]) for entry in found.listed] == [
        (-4, 1),
        (9, 0),
        (7, 1),
        (10, 0),
    ]


def test_a_name_that_is_there_twice_is_nobody_s():
    found = match((1, "glass", True), (2, "glass", True), (3, "汽车", True))
    assert found.ids == {1: 10, 2: 11, 3: 7}
    assert list(found.truth_only.values()) == ["glass", "glass"]


def test_an_id_of_the_other_side_does_not_count_by_names():
    assert match((9, "汽车", True)).ids == {9: 7}
    assert match((9, "bus", True)).ids == {9: 10}


def test_by_ids_the_names_have_to_agree():
    assert match((9, "glass", False), (5, "bus", True), by="ids").ids == {9: 9, 5: 5}
    with pytest.raises(UserError, match="--match names"):
        match((9, "bus", True), by="ids")


def test_where_the_checkpoint_knows_no_kinds_the_ground_truth_s_count():
    unknown = Categories((category(3, "roof", True),), labels=(0,), kinds_known=False)
    assert match((8, "roof", False), ours=unknown).listed[0]["isthing"] == 0


def test_sentences_name_what_does_not_match():
    found = match((1, "glass", True), *((20 + n, f"new {n}", True) for n in range(7)))
    english, spanish = found.sentences("en"), found.sentences("es")
    assert "7 (new 0, new 1, new 2, new 3, new 4, …)" in english[0]
    assert "2 (glass, 汽车)" in english[1]
    assert "7 (new 0" in spanish[0]
    assert match((1, "glass", True), (2, "glass", False), (3, "汽车", True)).sentences("en") == []


def renumber(folder, **changes):
    """Give the ground truth ids of its own, and other names where they are told."""
    document = json.loads((folder / "truth.json").read_text())
    ids = {SKY: -70, DOG: 2**50, GRASS: 1}  # 1 is a person for the checkpoint
    document["categories"] = [
        {**c, "id": ids[c["id"]], "name": changes.get(c["name"], c["name"])}
        for c in document["categories"]
        if c["id"] in ids
    ]
    for annotation in document["annotations"]:
        for info in annotation["segments_info"]:
            info["category_id"] = ids[info["category_id"]]
    (folder / "truth.json").write_text(json.dumps(document))


def test_a_ground_truth_with_ids_of_its_own_is_scored_by_names(folder):
    renumber(folder)
    with pytest.raises(UserError, match="grass-merged"):
        run(folder, Stub())
    found = run(folder, Stub([NAMES[0]]), match="names")
    # The dog of the first of three pictures was called a car.
    assert found.scores.categories[DOG].true_positives == 2
    assert found.scores.categories[DOG].false_negatives == 1
    assert found.scores.stuff.pq == pytest.approx(100)


def test_what_does_not_match_counts_as_missed_and_is_named_in_the_report(folder):
    renumber(folder, dog="<i>wolf</i>")
    found = run(folder, Stub(), match="names")
    ((wolf, name),) = found.matching.truth_only.items()
    assert (name, found.scores.categories[wolf].false_negatives) == ("<i>wolf</i>", 3)
    page = write_report(found, folder).read_text()
    assert page.count("&lt;i&gt;wolf&lt;/i&gt;") == 2  # in the sentence and the table
    assert "<i>wolf" not in page
