"""Finding and reading checkpoints; what is refused, and what it says."""

import json
import os

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import DetrForSegmentation, DetrImageProcessorPil

from detr_gradio.checkpoints.loading import (
    CATALOGUE,
    DEFAULT,
    CheckpointUnavailable,
    find,
    load,
    state,
)
from detr_gradio.segmenter import ready_network
from tests.support.factories import old_name


def test_the_published_figures_are_those_of_the_paper():
    # Carion et al. 2020, table 5: PQ, PQ things, PQ stuff.
    figures = {name: (c.pq, c.pq_things, c.pq_stuff) for name, c in CATALOGUE.items()}
    assert figures == {
        "facebook/detr-resnet-101-panoptic": (45.1, 50.5, 37.0),
        "facebook/detr-resnet-50-panoptic": (43.4, 48.2, 36.3),
        "facebook/detr-resnet-50-dc5-panoptic": (44.6, 49.4, 37.3),
        "toy-scenes": (None, None, None),
    }
    assert next(iter(CATALOGUE)) == DEFAULT == "facebook/detr-resnet-101-panoptic"


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc", "/etc", "http://127.0.0.1/x", "someone/else", "\0", "x" * 9999]
)
def test_other_names_are_refused(name):
    with pytest.raises(CheckpointUnavailable) as caught:
        find(name)
    assert caught.value.key == "checkpoint_unknown"
    assert "toy-scenes" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_folders_need_a_path_or_the_operator(small_folder, monkeypatch):
    with pytest.raises(CheckpointUnavailable):
        load(str(small_folder))
    assert load(small_folder).checkpoint.folder == small_folder
    monkeypatch.setenv("DETR_CHECKPOINT_FOLDERS", f"/elsewhere{os.pathsep}{small_folder}")
    assert load(str(small_folder)).checkpoint.title == small_folder.name
    assert state(str(small_folder)) == "ready"
    with pytest.raises(CheckpointUnavailable):
        find(str(small_folder.parent))


def test_old_names_and_old_configurations_load(small_folder):
    weights = load_file(small_folder / "model.safetensors")
    assert "detr.model.backbone.conv_encoder.model.layer1.0.conv1.weight" in weights
    assert "mask_head.adapter1.weight" in weights
    loaded = load(small_folder)
    assert (loaded.preprocessor.shortest_edge, loaded.preprocessor.longest_edge) == (192, 320)
    assert loaded.preprocessor.image_mean == (0.485, 0.456, 0.406)
    state_dict = loaded.model.state_dict()
    assert len(state_dict) == len(weights)
    for name, tensor in state_dict.items():
        assert torch.equal(tensor, weights[old_name(name)]), name


def test_new_names_and_half_precision_load(copy):
    """The layout that transformers writes today, in fp16 as the toy checkpoint is."""
    expected = load(copy).model.state_dict()
    half = {name: tensor.half() for name, tensor in expected.items()}
    save_file(half, copy / "model.safetensors")
    for name, tensor in load(copy).model.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, half[name].float()), name


@pytest.mark.parametrize("file", ["config.json", "preprocessor_config.json", "model.safetensors"])
def test_a_missing_file_is_named(copy, file):
    (copy / file).unlink()
    with pytest.raises(CheckpointUnavailable, match=file) as caught:
        load(copy)
    assert str(copy.parent) not in str(caught.value)


def test_missing_unexpected_and_misshapen_tensors_are_named(copy):
    weights = load_file(copy / "model.safetensors")
    del weights["mask_head.lay3.bias"]
    weights["mask_head.lay9.weight"] = torch.zeros(1)
    weights["mask_head.gn1.bias"] = torch.zeros(3)
    save_file(weights, copy / "model.safetensors")
    with pytest.raises(CheckpointUnavailable) as caught:
        load(copy)
    assert caught.value.values["keys"] == (
        "missing: mask_head.fpn_stages.0.refine.conv.bias; unexpected: mask_head.lay9.weight; "
        "wrong shape: mask_head.conv1.norm.bias"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"model_type": "detr", "d_model": "large"}',
        b'{"model_type": "detr", "num_queries": -3}',
        b'{"use_timm_backbone": true, "backbone": "resnet5000"}',
        b"\xff\xfe",
    ],
)
def test_a_broken_configuration_is_refused(copy, content):
    (copy / "config.json").write_bytes(content)
    with pytest.raises(CheckpointUnavailable):
        load(copy)


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'{"size": "big"}', b'{"size": {}}'])
def test_a_broken_preprocessor_is_refused(copy, content):
    (copy / "preprocessor_config.json").write_bytes(content)
    with pytest.raises(CheckpointUnavailable):
        load(copy)


def test_fewer_labels_than_the_weights_have_are_refused(copy):
    config = json.loads((copy / "config.json").read_text())
    config |= {"id2label": {"0": "cat", "1": "dog"}, "label2id": {"cat": 0, "dog": 1}}
    (copy / "config.json").write_text(json.dumps(config))
    with pytest.raises(CheckpointUnavailable, match="class_labels_classifier") as caught:
        load(copy)
    assert caught.value.key == "checkpoint_keys"


@pytest.mark.parametrize("kept", [0, 4, 100, 10_000, -1])
def test_truncated_weights_are_refused(copy, kept):
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:kept])
    with pytest.raises(CheckpointUnavailable) as caught:
        load(copy)
    assert caught.value.key == "checkpoint_damaged"


def test_a_pickle_in_a_folder_is_not_read(copy):
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    with pytest.raises(CheckpointUnavailable, match=r"model\.safetensors"):
        load(copy)


@pytest.mark.parametrize(
    "entries",
    [
        {"encoder_layers": 10**6},
        {"num_queries": 10**9},
        {"d_model": float("nan")},
        {"backbone": "hf-hub:someone/else"},
        {"backbone": "local-dir:/etc"},
        {"backbone_config": {"model_type": "timm_backbone", "backbone": "hf-hub:someone/else"}},
        {"_attn_implementation": "someone/kernel"},
        {"encoder_attention_heads": 7},
    ],
)
def test_what_is_endless_or_comes_from_elsewhere_is_refused(copy, entries):
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps(config | entries))
    with pytest.raises(CheckpointUnavailable) as caught:
        ready_network(load(copy))
    assert caught.value.key == "checkpoint_config"


@pytest.mark.parametrize(
    "entries",
    [
        {"size": 0},
        {"size": {"shortest_edge": 800, "longest_edge": 10**9}},
        {"image_std": [1, 0, 1]},
        {"image_mean": [0.5]},
        {"image_mean": "abc"},
    ],
)
def test_a_preprocessor_that_cannot_be_is_refused(copy, entries):
    file = copy / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))
    with pytest.raises(CheckpointUnavailable) as caught:
        load(copy)
    assert caught.value.key == "checkpoint_config"


@pytest.mark.parametrize(
    ("entries", "named"),
    [
        ({"do_resize": False}, "do_resize: False"),
        ({"resample": 3}, "resample: 3"),
        ({"do_center_crop": True}, "do_center_crop: True"),
        ({"pad_size": {"height": 800, "width": 800}}, "pad_size: {"),
    ],
)
def test_steps_that_are_not_detr_s_are_refused_by_name(copy, entries, named):
    file = copy / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))
    with pytest.raises(CheckpointUnavailable, match=named) as caught:
        load(copy)
    assert caught.value.key == "checkpoint_preprocessor"


def test_steps_written_out_as_transformers_does_today_are_detr_s(copy):
    """The entries of facebook/detr-resnet-50-panoptic, and some that are null."""
    file = copy / "preprocessor_config.json"
    entries = {"do_pad": True, "do_rescale": True, "do_resize": True, "pad_size": None}
    entries |= {"resample": 2, "rescale_factor": 0.00392156862745098}
    before = load(copy).preprocessor
    file.write_text(json.dumps(json.loads(file.read_text()) | entries))
    assert load(copy).preprocessor == before


@pytest.mark.parametrize("factor", [0, -1, 300, float("nan"), "much"])
def test_a_factor_that_cannot_be_is_refused(copy, factor):
    file = copy / "preprocessor_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"rescale_factor": factor}))
    with pytest.raises(CheckpointUnavailable) as caught:
        load(copy)
    assert caught.value.key == "checkpoint_config"


@pytest.mark.parametrize("dtype", ["auto", torch.float32])  # toy-scenes is in fp16
def test_a_checkpoint_that_transformers_saved_anew_is_the_same(tmp_path, dtype):
    """toy-scenes has norms of timm's that transformers does not know; saving drops their counts."""
    folder = CATALOGUE["toy-scenes"].folder
    DetrForSegmentation.from_pretrained(folder, dtype=dtype).save_pretrained(tmp_path)
    DetrImageProcessorPil.from_pretrained(folder).save_pretrained(tmp_path)
    saved = load_file(tmp_path / "model.safetensors")
    assert not any(name.endswith("num_batches_tracked") for name in saved)
    theirs, ours = load(tmp_path), load("toy-scenes")
    assert theirs.preprocessor == ours.preprocessor
    picture = np.random.default_rng(0).integers(0, 256, (72, 96, 3), dtype=np.uint8)
    one, other = (ready_network(loaded).predict(picture, 96) for loaded in (theirs, ours))
    np.testing.assert_array_equal(one.probabilities, other.probabilities)
    np.testing.assert_array_equal(one.mask_logits, other.mask_logits)


def test_of_many_wrong_tensors_the_first_are_named(copy):
    weights = load_file(copy / "model.safetensors")
    save_file(
        {f"x{number:03}": torch.zeros(1) for number in range(500)}, copy / "model.safetensors"
    )
    with pytest.raises(CheckpointUnavailable) as caught:
        load(copy)
    assert "unexpected: x000, x001… (500)" in caught.value.values["keys"]
    assert f"({len(weights)})" in caught.value.values["keys"]
