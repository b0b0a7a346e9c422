"""Finding, fetching and reading checkpoints; what is refused, and what it says."""

import dataclasses
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import DetrForSegmentation, DetrImageProcessorPil

from detr_gradio.checkpoints.hub import cached_files
from detr_gradio.checkpoints.loading import (
    CATALOGUE,
    DEFAULT,
    CheckpointUnavailable,
    find,
    load,
    state,
)
from detr_gradio.limits import limits
from detr_gradio.segmenter import ready_network
from tests.support.factories import old_name
from tests.support.fake_hub import ASK, COMMIT, R50, FakeHub


@pytest.fixture
def copy(small_folder, tmp_path):
    """A copy of the small checkpoint that a test may spoil."""
    for file in small_folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


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


class _Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/detr-gradio-was-here",)


def test_a_malicious_pickle_of_the_hub_runs_nothing(copy, hub_cache):
    snapshot = hub_cache(R50, copy, weights=None)
    torch.save({"detr": _Evil()}, snapshot / "pytorch_model.bin")
    with pytest.raises(CheckpointUnavailable) as caught:
        load(R50)
    assert caught.value.key == "checkpoint_damaged"
    assert not Path("/tmp/detr-gradio-was-here").exists()


@pytest.fixture
def hub_cache(tmp_path_factory, monkeypatch):
    """Make an empty Hugging Face cache, and return what puts a repository into it."""
    cache = tmp_path_factory.mktemp("hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))

    def put(repository: str, folder: Path, weights: str | None) -> Path:
        root = cache / f"models--{repository.replace('/', '--')}"
        snapshot = root / "snapshots" / str(CATALOGUE[repository].revision)
        snapshot.mkdir(parents=True)
        for name in ("config.json", "preprocessor_config.json", weights):
            if name:
                (snapshot / name).write_bytes((folder / name).read_bytes())
        return snapshot

    return put


def test_a_cached_repository_needs_no_network(copy, hub_cache, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert state(R50) == "unreachable"
    hub_cache(R50, copy, "model.safetensors")
    assert state(R50) == "ready"
    assert load(R50).checkpoint.title == "DETR-R50"


def test_safetensors_come_before_a_pickle(copy, hub_cache):
    snapshot = hub_cache(R50, copy, "model.safetensors")
    torch.save(load_file(copy / "model.safetensors"), snapshot / "pytorch_model.bin")
    assert cached_files(R50, COMMIT).weights.name == "model.safetensors"
    expected = load(R50).model.state_dict()
    (snapshot / "model.safetensors").unlink()
    assert cached_files(R50, COMMIT).weights.name == "pytorch_model.bin"
    ours = load(R50).model.state_dict()
    assert all(torch.equal(ours[name], expected[name]) for name in expected)


def test_a_cache_without_all_files_is_no_checkpoint(copy, hub_cache):
    hub_cache(R50, copy, weights=None)
    assert cached_files(R50, COMMIT) is None


def test_offline_says_so_at_once(hub_cache, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(CheckpointUnavailable, match="HF_HUB_OFFLINE") as caught:
        load(R50)
    assert f"hf download {R50}" in str(caught.value)


WAIT = limits().hub_timeout


def _ask(endpoint: str, cache: Path, wait: float = 60) -> tuple[str, float, str, float, list]:
    """Load from a Hub at some address in a process of its own; the address is read at import.

    A Hub on a busy machine may need more than the seconds that a visitor would wait.
    """
    environment = {
        **os.environ,
        "HF_ENDPOINT": endpoint,
        "DETR_HUB_TIMEOUT": str(wait),
        "HF_HOME": str(cache),
        "HF_HUB_DISABLE_XET": "1",
        "NO_PROXY": "*",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    environment.pop("HF_HUB_OFFLINE", None)
    output = subprocess.run(
        [sys.executable, "-c", ASK.format(name=R50)],
        env=environment,
        capture_output=True,
        check=True,
        timeout=120,
    )
    return json.loads(output.stdout.splitlines()[-1])


def test_the_wait_for_the_hub_is_short():
    assert WAIT <= 4


def test_a_closed_port_is_told_after_one_wait_at_most(tmp_path):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        port = deaf.getsockname()[1]
        _, asking, outcome, loading, _ = _ask(f"http://127.0.0.1:{port}", tmp_path, WAIT)
    assert outcome == "checkpoint_unreachable"
    assert asking < WAIT
    assert loading < 2 * WAIT


def test_a_server_that_never_answers_is_told_after_one_wait(tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        port = silent.getsockname()[1]
        first, asking, outcome, loading, _ = _ask(f"http://127.0.0.1:{port}", tmp_path, WAIT)
    assert (first, outcome) == ("download", "checkpoint_unreachable")
    assert asking < WAIT
    assert loading < 2 * WAIT


@pytest.fixture
def serve():
    """Start a fake Hub of a folder; returns its address and the list of what it is asked for."""
    with ExitStack() as hubs:

        def start(folder: Path, cut: frozenset[str] = frozenset()) -> tuple[str, list[str]]:
            hub = hubs.enter_context(FakeHub(folder, cut=cut))
            return hub.address, hub.asked

        yield start


def test_the_needed_files_alone_are_downloaded_with_progress(copy, tmp_path_factory, serve):
    (copy / "pytorch_model.bin").write_bytes(b"large and not needed")
    endpoint, asked = serve(copy)
    cache = tmp_path_factory.mktemp("cache")
    first, _, outcome, _, told = _ask(endpoint, cache)
    assert (first, outcome) == ("download", "DETR-R50")
    assert sorted(asked) == ["config.json", "model.safetensors", "preprocessor_config.json"]
    size = (copy / "model.safetensors").stat().st_size
    assert ["download", size, size] in told
    assert told[-2:] == [["load", 0, size], ["load", size, size]]
    # The second time everything is there, and nobody is asked.
    asked.clear()
    first, _, outcome, _, told = _ask(endpoint, cache)
    assert (first, outcome, asked) == ("ready", "DETR-R50", [])
    assert {step for step, _, _ in told} == {"load"}


def test_a_repository_with_a_pickle_alone(copy, tmp_path_factory, serve):
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    endpoint, _ = serve(copy)
    assert _ask(endpoint, tmp_path_factory.mktemp("cache"))[2] == "DETR-R50"


def test_a_download_that_breaks_off_says_so_and_goes_on_later(copy, tmp_path_factory, serve):
    cache = tmp_path_factory.mktemp("cache")
    endpoint, _ = serve(copy, frozenset({"model.safetensors"}))
    assert _ask(endpoint, cache)[2] == "checkpoint_download_failed"
    endpoint, _ = serve(copy)
    assert _ask(endpoint, cache)[2] == "DETR-R50"


def test_a_name_server_that_hangs_is_not_waited_for(hub_cache, monkeypatch):
    """The Hub is asked in the background: no timeout of an HTTP client covers a name lookup."""
    release = threading.Event()
    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", lambda *_a, **_k: release.wait(60))
    monkeypatch.setattr("detr_gradio.checkpoints.hub.Reachability._known", {})
    monkeypatch.setenv("DETR_HUB_TIMEOUT", "1")
    start = time.monotonic()
    with pytest.raises(CheckpointUnavailable, match="timeout"):
        load(R50)
    assert time.monotonic() - start < 30  # not the 60 of the name server
    release.set()


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


def test_every_repository_is_pinned_and_its_size_is_that_of_the_download():
    published = {name: c for name, c in CATALOGUE.items() if "/" in name}
    assert {name: (c.revision[:7], c.size_mb) for name, c in published.items()} == {
        "facebook/detr-resnet-101-panoptic": ("2e11ffa", 248),
        "facebook/detr-resnet-50-panoptic": ("d53b52a", 172),
        "facebook/detr-resnet-50-dc5-panoptic": ("9592dad", 172),
    }


def test_the_beginning_of_a_commit_s_name_is_enough_for_hub_and_cache(small_folder, tmp_path):
    name = "facebook/detr-resnet-50-dc5-panoptic"
    code = f"""
from detr_gradio.checkpoints.catalogue import CATALOGUE, local_files
from detr_gradio.checkpoints.hub import download
checkpoint = CATALOGUE[{name!r}]
download(checkpoint.name, checkpoint.revision, checkpoint.title, lambda *_: None)
print(local_files(checkpoint).weights.parent.name)
"""
    with FakeHub(small_folder, repository=name) as hub:
        environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path)}
        told = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    assert told.stdout.split() == [COMMIT]


def test_weights_that_are_not_the_published_ones_are_refused(copy, hub_cache, monkeypatch):
    """Whole, readable and under the right name: only their SHA-256 tells."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    hub_cache(DEFAULT, copy, "model.safetensors")
    with pytest.raises(CheckpointUnavailable, match="not the ones that were published") as caught:
        load(DEFAULT)
    assert caught.value.key == "checkpoint_damaged"


def test_weights_with_the_published_sum_are_taken(copy, hub_cache, monkeypatch):
    hub_cache(DEFAULT, copy, "model.safetensors")
    digest = hashlib.sha256((copy / "model.safetensors").read_bytes()).hexdigest()
    changed = dataclasses.replace(CATALOGUE[DEFAULT], sha256={"model.safetensors": digest})
    monkeypatch.setattr("detr_gradio.checkpoints.loading.find", lambda _name: changed)
    assert load(DEFAULT).checkpoint.title == "DETR-R101"


def test_a_pickle_of_something_else_is_refused(copy, hub_cache):
    snapshot = hub_cache(R50, copy, weights=None)
    for content in (None, [1], {"a": "b"}):
        torch.save(content, snapshot / "pytorch_model.bin")
        with pytest.raises(CheckpointUnavailable) as caught:
            load(R50)
        assert caught.value.key == "checkpoint_damaged"


def test_of_many_wrong_tensors_the_first_are_named(copy):
    weights = load_file(copy / "model.safetensors")
    save_file(
        {f"x{number:03}": torch.zeros(1) for number in range(500)}, copy / "model.safetensors"
    )
    with pytest.raises(CheckpointUnavailable) as caught:
        load(copy)
    assert "unexpected: x000, x001… (500)" in caught.value.values["keys"]
    assert f"({len(weights)})" in caught.value.values["keys"]
