"""Which rows of the class head stay, and which are made."""

import json

import pytest
import torch

from detr_gradio.checkpoints.loading import load
from detr_gradio.training.labels import choose_labels, replace_head
from tests.support.own_data import BOX, CAR, CATEGORIES, DUNE, SAND

BY_ID = {entry["id"]: entry for entry in CATEGORIES}


@pytest.fixture
def loaded(small_folder):
    return load(small_folder, trainable=True)


def test_rows_that_both_know_stay_and_others_are_new(loaded):
    model = loaded.model
    old = model.detr.class_labels_classifier
    labels = choose_labels(BY_ID, model, loaded.categories)
    assert labels.known == {0: SAND, 3: CAR}, "COCO's ids are its labels"
    replace_head(model, labels, seed=1)
    new = model.detr.class_labels_classifier
    assert new.weight.shape == (5, old.in_features)
    for place, before in ((0, SAND), (3, CAR), (4, 250)):
        assert torch.equal(new.weight[place], old.weight[before])
        assert new.bias[place] == old.bias[before]
    assert 0.01 < new.weight[1].std() < 0.03
    assert model.config.id2label == {0: "sand", 1: "caja <b>|", 2: "دون", 3: "car"}
    assert model.config.num_labels == 4


def test_the_same_name_of_another_kind_is_another_category(loaded):
    entries = {CAR: {"id": CAR, "name": "car", "isthing": 0}}
    assert choose_labels(entries, loaded.model, loaded.categories).known == {}


def test_a_name_counts_and_not_the_id(loaded):
    entries = {5: {"id": 5, "name": "Car", "isthing": 1}}
    assert choose_labels(entries, loaded.model, loaded.categories).known == {0: CAR}


def test_a_row_that_was_switched_off_is_made_anew(loaded):
    with torch.no_grad():
        loaded.model.detr.class_labels_classifier.weight[CAR] = 0
    assert choose_labels(BY_ID, loaded.model, loaded.categories).known == {0: SAND}


def test_categories_json_says_where_each_stands(loaded):
    labels = choose_labels(BY_ID, loaded.model, loaded.categories)
    listed = json.loads(labels.categories_json())
    assert [(entry["id"], entry["index"]) for entry in listed] == [
        *((SAND, 0), (BOX, 1), (DUNE, 2), (CAR, 3))
    ]
    assert listed[2]["supercategory"] == "ground"
