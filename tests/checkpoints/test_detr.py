"""The catalogue's networks built here are those that transformers builds, name by name."""

import json

import numpy as np
import pytest
import torch

from detr_gradio.checkpoints.architecture import build_from_entries
from detr_gradio.checkpoints.catalogue import TOY_SCENES, find
from detr_gradio.checkpoints.configuration import Shape, read_shape
from detr_gradio.checkpoints.detr import build_detr, new_name
from detr_gradio.checkpoints.loading import load
from detr_gradio.model.network import Network
from tests.support.factories import old_name

OLD = {"model_type": "detr", "use_timm_backbone": True, "num_hidden_layers": 6}
R50 = Shape(256, 100, 6, 8, 2048, 6, 8, 2048, 250, "resnet50", dilated=False)
NEW = {
    "backbone_config": {
        "model_type": "timm_backbone",
        "backbone": "resnet50",
        "out_indices": [1, 2, 3, 4],
        "output_stride": None,
    }
}


TOY = json.loads((find(TOY_SCENES).folder / "config.json").read_text())
SMALL = {"encoder_layers": 2, "num_hidden_layers": 2, "encoder_attention_heads": 16, "d_model": 64}


@pytest.mark.parametrize(
    ("entries", "labels"),
    [
        ({**OLD, "backbone": "resnet101", "num_labels": 250}, 250),
        ({**OLD, "backbone": "resnet50", "dilation": True, "num_labels": 7}, 7),
        ({**OLD, **SMALL, "num_labels": 250}, 250),
        (TOY, 250),
    ],
    ids=["resnet101", "dc5", "small", "toy"],
)
def test_names_and_shapes_are_those_of_transformers(entries, labels):
    with torch.device("meta"):
        ours = build_detr(read_shape(entries, labels))
        theirs, rename = build_from_entries(entries, labels)

    def shapes(model):
        return {
            name: tensor.shape
            for name, tensor in model.state_dict().items()
            if not name.endswith("num_batches_tracked")
        }

    assert shapes(ours) == shapes(theirs)
    assert not ours.training
    old = [old_name(name) for name in shapes(ours)]
    assert [*map(new_name, old)] == [*map(rename, old)] == [*shapes(ours)]
    assert [*map(new_name, shapes(ours))] == [*shapes(ours)]


def test_the_toy_network_says_what_transformers_says(picture):
    ours = Network(load(TOY_SCENES)).predict(picture)
    theirs = Network(load(TOY_SCENES, trainable=True)).predict(picture)
    assert len(ours.queries) > 0
    np.testing.assert_array_equal(ours.queries, theirs.queries)
    for name in ("probabilities", "boxes", "mask_logits"):
        np.testing.assert_allclose(getattr(ours, name), getattr(theirs, name), rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "entries",
    [
        {},
        OLD,
        {**OLD, "backbone": "resnet50", "backbone_config": None, "backbone_kwargs": {}},
        NEW,
        {"hidden_size": 256, **NEW},
        {"num_labels": 250},
    ],
)
def test_a_resnet50_by_any_name(entries):
    assert read_shape(entries, 250) == R50


@pytest.mark.parametrize(
    "entries",
    [
        {"backbone": "resnet18"},
        {"backbone": None, "use_timm_backbone": False},
        {"backbone_kwargs": {"in_chans": 1}},
        {"backbone_config": {**NEW["backbone_config"], "out_indices": [2, 3, 4]}},
        {"backbone_config": {**NEW["backbone_config"], "model_type": "resnet"}},
        {"backbone_config": {**NEW["backbone_config"], "output_stride": 8}},
        {"dilation": True, **NEW},
        {"dilation": "yes"},
        {"activation_function": "gelu"},
        {"position_embedding_type": "learned"},
        {"num_channels": 1},
        {"model_type": "conditional_detr"},
        {"num_queries": -3},
        {"num_queries": True},
        {"d_model": "large"},
        {"d_model": 256, "hidden_size": 128},
        {"num_hidden_layers": 3},
        {"num_labels": 91},
    ],
)
def test_whatever_is_not_known_is_left_to_transformers(entries):
    assert read_shape(entries, 250) is None
