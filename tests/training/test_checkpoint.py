"""What a training writes, on a disk that is full."""

import resource

import pytest
import torch
from safetensors.torch import load_file

from detr_gradio.training.checkpoint import save_atomically, write_weights

WEIGHTS = {"a": torch.zeros(200_000)}


@pytest.fixture
def full_disk():
    """No file can be longer than 100 kB."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_state_that_can_t_be_written_is_an_error_of_the_disk(full_disk, tmp_path):
    (tmp_path / "state.pt").write_text("the state before")
    with pytest.raises(OSError, match="File too large"):
        save_atomically(WEIGHTS, tmp_path / "state.pt")
    assert (tmp_path / "state.pt").read_text() == "the state before"


def test_weights_that_can_t_be_written_are_an_error_of_the_disk(full_disk, tmp_path):
    with pytest.raises(OSError, match="File too large"):
        write_weights(WEIGHTS, tmp_path)
    assert not (tmp_path / "model.safetensors").exists()


def test_the_weights_can_be_read_by_whoever_may_read_the_folder_s_other_files(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    write_weights(WEIGHTS, tmp_path)
    weights, other = (tmp_path / name for name in ("model.safetensors", "config.json"))
    assert weights.stat().st_mode == other.stat().st_mode
    assert load_file(weights).keys() == WEIGHTS.keys()
