"""Whose categories a checkpoint has, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

from detr_gradio.checkpoints.catalogue import TOY_SCENES, Checkpoint, find, weights_state
from detr_gradio.checkpoints.categories import categories_of, labels_of, read_categories
from detr_gradio.checkpoints.hub import CheckpointFiles, CheckpointUnavailable
from detr_gradio.result.coco import COCO
from detr_gradio.segmenter import load_segmenter
from tests.support.own_checkpoint import ARABIC, HTML, OF_COCO, write_own_checkpoint

NOWHERE = Path("nowhere")
MINE = Checkpoint(name="mine", title="Mine", folder=NOWHERE)
PLACEHOLDERS = [f"LABEL_{index}" for index in range(250)]


def read(labels, listed=None, tmp_path=None, checkpoint=MINE):
    path = None
    if listed is not None:
        path = tmp_path / "categories.json"
        path.write_text(listed if isinstance(listed, str) else json.dumps(listed))
    return read_categories(checkpoint, CheckpointFiles(NOWHERE, NOWHERE, NOWHERE, path), labels)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    return write_own_checkpoint(tmp_path_factory.mktemp("own"))


def test_a_network_s_labels_are_mapped_by_the_table(own):
    picture = Path("examples/scene-bear.jpg")
    mine = load_segmenter(own, device="cpu")
    found, toy = mine.segment(picture), load_segmenter(TOY_SCENES, device="cpu").segment(picture)
    # glass (sky), a mountain, sand, sea, the bear, an aeroplane and two cars.
    assert [s.category_id for s in found] == [5, 900, 13, 14, 12, -3, 7001, 7001]
    assert [OF_COCO[s.category_id] for s in found] == [s.category_id for s in toy]
    assert np.mean(found.segment_ids == toy.segment_ids) > 0.999
    assert [s.name() for s in found][3:6] == [
        "open sea",
        f"{ARABIC} 1",
        f"{HTML} 1",
    ]
    assert found.segments[3].name("es") == "mar abierto"
    assert found.categories is mine.categories
    assert mine.predict(picture).categories is mine.categories


def test_a_query_that_chooses_a_label_of_no_category_says_nothing(own):
    picture = Path("examples/scene-elephant.jpg")  # in which the toy network finds grass
    predictions = load_segmenter(own, device="cpu").predict(picture)
    assert set(predictions.category_ids.tolist()) <= set(OF_COCO)
    surest = load_segmenter(own, device="cpu").attention(picture).probabilities.argmax(axis=1)
    assert 4 in surest
    assert 4 not in predictions.probabilities.argmax(axis=1)


def test_the_file_comes_before_the_catalogue_and_the_catalogue_before_the_labels(tmp_path):
    toy = find(TOY_SCENES)
    labels = [f"sort {index}" for index in range(250)]
    assert read(labels, checkpoint=toy) is COCO
    listed = [{"id": 3, "name": "vehicle", "isthing": 1}]
    assert [c.name for c in read(labels, listed, tmp_path, toy).table] == ["vehicle"]
    assert read(PLACEHOLDERS) is COCO
    named = [COCO[i].name if i in COCO else "N/A" for i in range(250)]
    assert read(named) is COCO
    assert categories_of(toy) is categories_of(find("facebook/detr-resnet-101-panoptic")) is COCO


@pytest.mark.parametrize("labels", [PLACEHOLDERS[:249], ["cat", *PLACEHOLDERS[1:]]])
def test_other_labels_than_coco_s_are_no_coco(labels):
    assert read(labels).source == ""


def test_labels_alone_do_not_say_what_is_a_thing():
    categories = read(["LABEL_0", "roof", "N/A", "\x00\n", "  two\nlines "])
    assert not categories.kinds_known
    assert [(c.id, c.name, c.is_thing) for c in categories.table] == [
        (0, "LABEL_0", True),
        (1, "roof", True),
        (4, "two lines", True),
    ]
    assert categories.labels == (0, 1, 4)


@pytest.mark.parametrize(
    ("listed", "labels", "indices"),
    [
        # As the entries say.
        ([{"id": 9, "index": 1}, {"id": 1, "index": 0}], ["LABEL_0", "LABEL_1"], (1, 0)),
        # Where the configuration has the names, whatever the ids are.
        ([{"id": 1, "name": "a"}, {"id": 0, "name": "b"}], ["b", "a"], (1, 0)),
        # A name that stands there twice says nothing: the ids do, as in COCO's.
        ([{"id": 2, "name": "a"}, {"id": 0, "name": "b"}], ["a", "b", "a"], (2, 0)),
        ([{"id": 1}, {"id": 3}], ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"], (1, 3)),
    ],
)
def test_the_place_among_the_labels_is_said_and_never_guessed(listed, labels, indices, tmp_path):
    listed = [{"name": "x", "isthing": 1, **entry} for entry in listed]
    assert read(labels, listed, tmp_path).labels == indices


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ("{", "categories_unreadable"),
        ("null", "categories_unreadable"),
        ("[]", "categories_unreadable"),
        ("{}", "categories_unreadable"),
        ("[" * 100_000, "categories_unreadable"),
        ({"id": "1"}, "categories_unreadable"),
        ({"id": True}, "categories_unreadable"),
        ({"id": 1.0}, "categories_unreadable"),
        ({"id": 2**53}, "categories_unreadable"),
        ({"name": ""}, "categories_unreadable"),
        ({"name": "\u202e\n"}, "categories_unreadable"),
        ({"name": None}, "categories_unreadable"),
        ({"name": ["a"]}, "categories_unreadable"),
        ({"isthing": 2}, "categories_unreadable"),
        ({"isthing": None}, "categories_unreadable"),  # of the other one it is said
        ({"color": [0, 0]}, "categories_unreadable"),
        ({"color": [0, 0, 256]}, "categories_unreadable"),
        ({"color": "red"}, "categories_unreadable"),
        ({"names": ["x"]}, "categories_unreadable"),
        ({"supercategory": 3}, "categories_unreadable"),
        ({"index": "0"}, "categories_unreadable"),
        ({"id": 1}, "categories_twice"),
        ({"index": 1}, "categories_twice"),
        ({"index": 3}, "categories_index"),
        ({"index": -1}, "categories_index"),
        ({"index": None}, "categories_index"),
    ],
)
def test_a_table_that_cannot_be_is_refused_in_a_sentence(change, key, tmp_path):
    good = [
        {"id": 0, "name": "a", "isthing": 1, "index": 0},
        {"id": 1, "name": "b", "isthing": 0, "index": 1},
    ]
    assert read(["LABEL_0", "LABEL_1", "LABEL_2"], good, tmp_path).kinds_known
    listed = change if isinstance(change, str) else [{**good[0], **change}, good[1]]
    with pytest.raises(CheckpointUnavailable) as caught:
        read(["LABEL_0", "LABEL_1", "LABEL_2"], listed, tmp_path)
    assert caught.value.key == key
    for language in ("en", "es"):
        assert "categories.json" in caught.value.message(language)


def test_names_are_bounded_and_known_ones_have_their_translation(tmp_path):
    listed = [
        {"id": 1, "name": "ß" * 300, "isthing": 1},
        {"id": 2, "name": "grass-merged", "isthing": 0},
        {"id": 3, "name": "grass-merged", "isthing": 1},
    ]
    long, grass, other = read(PLACEHOLDERS[:4], {"categories": listed}, tmp_path).table
    assert long.name == "ß" * 79 + "…"
    assert (grass.name_en, grass.name_es) == ("grass", "césped")
    assert other.name_es == "grass-merged"


def test_a_table_that_changes_makes_results_anew(own):
    before = weights_state(find(own))
    text = (own / "categories.json").read_text()
    (own / "categories.json").write_text(text + " ")
    assert weights_state(find(own)) != before


def test_labels_of_a_configuration():
    assert labels_of({}) == ["LABEL_0", "LABEL_1"]
    assert labels_of({"num_labels": 3}) == ["LABEL_0", "LABEL_1", "LABEL_2"]
    assert labels_of({"id2label": {"1": "b", "0": "a"}}) == ["a", "b"]
    with pytest.raises(ValueError, match="gaps"):
        labels_of({"id2label": {"0": "a", "2": "b"}})
