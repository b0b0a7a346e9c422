"""What goes wrong around a checkpoint: disks, memory, the Hub, two processes; each really does."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from huggingface_hub import constants

from detr_gradio.checkpoints.hub import is_intact
from detr_gradio.checkpoints.loading import CheckpointUnavailable, load
from detr_gradio.limits import limits
from tests.support.fake_hub import ASK, R50, FakeHub
from tests.support.isolated import on_read_only_disk, on_small_disk, require_namespaces

ROOT = Path(__file__).parents[1]
PATIENCE = "60"  # seconds; a Hub on a busy machine needs more than a visitor would wait


def start(hub, home, before=()):
    """Begin to load from a Hub in a process of its own."""
    return subprocess.Popen(
        [*before, sys.executable, "-c", ASK.format(name=R50)],
        env={
            **{name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"},
            "HF_ENDPOINT": hub.address,
            "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1",
            "NO_PROXY": "*",
            "DETR_HUB_TIMEOUT": PATIENCE,
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def outcome(process):
    """The checkpoint's title or the key of the error."""
    told, complaints = process.communicate(timeout=300)
    assert process.returncode == 0, complaints
    return json.loads(told.splitlines()[-1])[2]


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def load_from(home, monkeypatch):
    """Load in this process from a Hub; returns the checkpoint's title or the key of the error."""
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(home / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setenv("DETR_HUB_TIMEOUT", PATIENCE)
    limits.cache_clear()

    def run(address):
        template = f"{address}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
        monkeypatch.setattr(constants, "ENDPOINT", address)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
        monkeypatch.setattr("detr_gradio.checkpoints.hub.Reachability._known", {})
        try:
            return load(R50).checkpoint.title
        except CheckpointUnavailable as error:
            return error.key

    yield run
    limits.cache_clear()


@pytest.fixture
def filled(small_folder, home, load_from):
    """A cache that holds the small checkpoint."""
    with FakeHub(small_folder) as hub:
        assert load_from(hub.address) == "DETR-R50"
    return home


@pytest.fixture
def nowhere():
    """The address of a Hub that is not there."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets the port
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}"


def blob(home):
    (link,) = home.rglob("snapshots/*/model.safetensors")
    return link.resolve()


class TestHub:
    def test_a_download_that_stalls_is_given_up(self, small_folder, load_from, monkeypatch):
        monkeypatch.setattr(constants, "HF_HUB_DOWNLOAD_TIMEOUT", 1)
        with FakeHub(small_folder, stalled=frozenset({"model.safetensors"})) as hub:
            assert load_from(hub.address) == "checkpoint_download_failed"

    def test_two_processes_on_one_cache_fetch_once(self, small_folder, home):
        with FakeHub(small_folder) as hub:
            both = [start(hub, home) for _ in range(2)]
            assert [outcome(process) for process in both] == ["DETR-R50"] * 2
        assert hub.asked.count("model.safetensors") == 1
        assert is_intact(*home.rglob("snapshots/*/model.safetensors"))
        assert list(home.rglob("*.incomplete")) == []


class TestDisk:
    def test_full(self, small_folder, home):
        require_namespaces()
        with FakeHub(small_folder) as hub:
            process = start(hub, home, on_small_disk(home, "1m"))
            assert outcome(process) == "checkpoint_disk"

    def test_read_only_and_empty(self, small_folder, home):
        require_namespaces()
        with FakeHub(small_folder) as hub:
            process = start(hub, home, on_read_only_disk(home))
            assert outcome(process) == "checkpoint_disk"

    def test_read_only_with_the_checkpoint(self, filled, small_folder):
        require_namespaces()
        with FakeHub(small_folder) as hub:
            assert outcome(start(hub, filled, on_read_only_disk(filled))) == "DETR-R50"
        assert hub.asked == []


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)


def cut_off(path):
    path.write_bytes(path.read_bytes()[:1000])


class TestCorruptCache:
    @pytest.mark.parametrize("spoil", [flip_a_bit, cut_off])
    def test_weights_are_fetched_anew(self, filled, load_from, small_folder, spoil):
        spoil(blob(filled))
        with FakeHub(small_folder) as hub:
            assert load_from(hub.address) == "DETR-R50"
        assert "model.safetensors" in hub.asked
        assert blob(filled).read_bytes() == (small_folder / "model.safetensors").read_bytes()

    def test_without_the_hub_it_is_refused(self, filled, load_from, nowhere):
        flip_a_bit(blob(filled))
        assert load_from(nowhere) == "checkpoint_damaged"

    def test_a_broken_configuration_is_fetched_anew(self, filled, load_from, small_folder):
        (link,) = filled.rglob("snapshots/*/config.json")
        link.resolve().write_text("{")
        with FakeHub(small_folder) as hub:
            assert load_from(hub.address) == "DETR-R50"

    def test_a_link_to_nothing_is_as_good_as_absent(self, filled, load_from, small_folder):
        blob(filled).unlink()
        with FakeHub(small_folder) as hub:
            assert load_from(hub.address) == "DETR-R50"

    def test_what_the_cache_does_not_know_counts_as_intact(self, small_folder, tmp_path):
        weights = small_folder / "model.safetensors"
        assert is_intact(weights)
        link = tmp_path / "model.safetensors"
        link.symlink_to(weights)
        assert is_intact(link)


MEMORY = """
import json, resource
from pathlib import Path
import numpy as np
from detr_gradio import load_segmenter
from detr_gradio.messages import UserError
from detr_gradio.service.memory import segment_within_memory
from detr_gradio.service import Service, SegmentationRequest

segmenter = load_segmenter("toy-scenes")
service = Service(checkpoint="toy-scenes")
view = SegmentationRequest({picture!r}, checkpoint="toy-scenes", detail=1333)
service.segment(SegmentationRequest({picture!r}, detail=192))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000, resource.RLIM_INFINITY))
try:
    segmenter.segment({picture!r}, detail=1333)
    refused = None
except UserError as error:
    refused = error.message("en")
stages = []
outcome, lowered = segment_within_memory(service, view, lambda stage, _values: stages.append(stage))
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
same = segmenter.segment({picture!r}, detail=lowered.detail)
whole = segmenter.segment({picture!r}, detail=1333)
print(json.dumps({{
    "refused": refused,
    "lowered": lowered.detail,
    "attempts": stages.count("network"),
    "same": bool((same.segment_ids == outcome.result.segment_ids).all()),
    "later": whole.input_size,
}}))
"""


def run_alone(script):
    """What a script with a place for a picture prints, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", script.format(picture=str(ROOT / "examples" / "scene-car.jpg"))],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux bounds a process's memory so"
)


@on_linux
def test_memory_too_short_for_the_network():
    said = run_alone(MEMORY)
    assert said["refused"].startswith("There is not enough memory for detail 1333.")
    assert 192 <= said["lowered"] < 1333
    assert said["attempts"] > 1
    assert said["same"]
    # It was a refusal and no end: with the memory back, the same process does the whole.
    assert min(said["later"]) == 1333


SPOIL = """
import json, resource
from pathlib import Path
import torch
from detr_gradio import load_segmenter

segmenter = load_segmenter("toy-scenes")
image = torch.rand(1, 16, 33, 33)
torch.nn.functional.conv2d(image, torch.rand(32, 16, 3, 3))
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
said = []
for limit, side in ((used, 5), (resource.RLIM_INFINITY, 7)):
    resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    try:
        torch.nn.functional.conv2d(image, torch.rand(32, 16, side, side))
    except RuntimeError as error:
        said.append(str(error))
print(json.dumps({{"said": said, "segments": len(segmenter.segment({picture!r}).segments)}}))
"""


@on_linux
def test_a_thread_that_onednn_has_spoiled_still_gets_answers():
    """Where oneDNN had too little memory for its code, it says so ever after in that thread."""
    said = run_alone(SPOIL)
    assert said["said"] == ["could not create a primitive"] * 2  # the second with memory enough
    assert said["segments"] > 3
