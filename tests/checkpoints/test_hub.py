"""The Hub: its cache, downloads, waits, and which revisions are asked for."""

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

import pytest
import torch
from safetensors.torch import load_file

from detr_gradio.checkpoints.hub import cached_files
from detr_gradio.checkpoints.loading import (
    CATALOGUE,
    DEFAULT,
    CheckpointUnavailable,
    load,
    state,
)
from detr_gradio.limits import limits
from tests.support.fake_hub import ASK, COMMIT, R50, FakeHub


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
