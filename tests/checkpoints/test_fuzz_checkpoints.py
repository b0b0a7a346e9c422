"""The fuzzer of checkpoint folders: a short run finds nothing, and it can find something."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from detr_gradio.checkpoints.loading import CheckpointUnavailable
from tests import fuzz_checkpoints


def test_a_short_run_finds_no_fault():
    result = fuzz_checkpoints.fuzz(cases=150, seed=1)
    assert result["faults"] == []
    assert result["cases"] == 150
    # Neither are all checkpoints broken, nor all of them whole; and each kind is met.
    for verdict in ("network", "damaged", "config", "keys", "incomplete"):
        key = verdict if verdict == "network" else f"checkpoint_{verdict}"
        assert result["verdicts"][key] >= 5, key


def test_a_case_is_the_same_every_time(tmp_path):
    def contents(number):
        root = tmp_path / "root"  # the same one, for it stands in the hostile pickles
        root.mkdir()
        fuzz_checkpoints.write_case(5, number, root)
        found = {
            str(path.relative_to(root)): path.read_bytes()
            for path in root.rglob("*")
            if path.is_file() and path.suffix == ".json"
        }
        shutil.rmtree(root)
        return found

    cases = [contents(number) for number in range(40)]
    assert cases == [contents(number) for number in range(40)]
    assert len({repr(case) for case in cases}) > 10


def spoiled(loaded):
    next(loaded.model.parameters()).data.add_(1)
    return loaded


@pytest.mark.parametrize(
    ("name", "behaviour", "fault"),
    [
        ("load", lambda name: 1 / 0, "ESCAPED ZeroDivisionError"),
        ("load", lambda name: os.abort(), "CRASH -6"),
        ("load", lambda name: sum(range(10**10)), "HANG"),
        ("ready_network", lambda loaded: None, "UNUSABLE AttributeError"),
    ],
)
def test_it_finds_faults(name, behaviour, fault, monkeypatch):
    # No case is refused before it gets there.
    monkeypatch.setattr(fuzz_checkpoints, "write_case", whole_case)
    monkeypatch.setattr(fuzz_checkpoints, name, behaviour)
    monkeypatch.setattr("tests.support.fuzzing.MAX_SECONDS", 1.0 if fault == "HANG" else 20.0)
    assert fuzz_checkpoints.fuzz(cases=1)["faults"] == [f"{fault}, case 0"]


def test_it_finds_wrong_weights(monkeypatch):
    load = fuzz_checkpoints.load
    monkeypatch.setattr(fuzz_checkpoints, "write_case", whole_case)
    monkeypatch.setattr(fuzz_checkpoints, "load", lambda name: spoiled(load(name)))
    assert fuzz_checkpoints.fuzz(cases=1)["faults"] == ["WRONG WEIGHTS, case 0"]


def test_it_finds_a_pickle_that_ran(monkeypatch):
    def careless(name):
        (Path(name).parent / "mark").mkdir()
        raise CheckpointUnavailable("checkpoint_config", title="x")

    monkeypatch.setattr(fuzz_checkpoints, "write_case", whole_case)
    monkeypatch.setattr(fuzz_checkpoints, "load", careless)
    assert fuzz_checkpoints.fuzz(cases=1)["faults"] == ["RAN A PICKLE, case 0"]


def whole_case(seed, number, root):
    """The valid checkpoint, in place of a case."""
    folder = root / "checkpoint"
    folder.mkdir()
    config, preprocessor, tensors = fuzz_checkpoints.valid()
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    save_file(tensors, folder / "model.safetensors")
    return folder, True


def test_without_care_its_pickles_would_run(tmp_path):
    """The control of the hostile pickles: they are hostile."""
    ran = 0
    for number in range(40):
        mark = tmp_path / str(number)
        data = fuzz_checkpoints._pickle(fuzz_checkpoints.random.Random(number), mark)
        file = tmp_path / "weights.bin"
        file.write_bytes(data)
        try:
            torch.load(file, weights_only=False)
        except Exception:
            continue
        ran += mark.exists()
    assert ran >= 3
