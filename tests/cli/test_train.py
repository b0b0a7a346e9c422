"""The command ``train``: what is wrong is said before the first step."""

import json
import subprocess
import sys

import pytest
import torch
from safetensors.torch import load_file

import detr_gradio
from detr_gradio.cli import main
from detr_gradio.messages import message
from detr_gradio.training.hold import hold
from tests.support.own_data import write_own_data


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return write_own_data(tmp_path_factory.mktemp("own"), train=4, val=1)


@pytest.fixture
def words(data, small_folder, tmp_path):
    """A short training."""
    options = ["--steps", "2", "--batch", "2", "--detail", "64"]
    places = ["--from", str(small_folder), "--output", str(tmp_path / "out")]
    return ["train", str(data), *places, *options, "--language", "en"]


def test_a_training_says_where_its_checkpoint_is_and_how_good(words, tmp_path, capsys):
    assert main(words) == 0
    out = tmp_path / "out"
    assert capsys.readouterr().out.startswith(f"The checkpoint is in {out}; PQ on the validation")
    assert {path.name for path in out.iterdir()} == {
        *("config.json", "preprocessor_config.json", "model.safetensors", "categories.json"),
        *("README.md", "training"),
    }
    before = (out / "model.safetensors").stat().st_mtime_ns
    assert main(words) == 0
    assert capsys.readouterr().out == message("train_finished", "en", folder=out) + "\n"
    assert main([*words, "--seed", "5"]) == 2  # that is another training
    assert message("train_other_settings", "en", folder=out) in capsys.readouterr().err
    assert (out / "model.safetensors").stat().st_mtime_ns == before


def test_without_pictures_to_measure_on_it_says_so(words, tmp_path, capsys):
    folder = write_own_data(tmp_path / "data", train=2)
    (folder / "panoptic_val.json").unlink()
    assert main([words[0], str(folder), *words[2:]]) == 0
    out = tmp_path / "out"
    assert (
        capsys.readouterr().out == f"The checkpoint is in {out}. There was no part val to "
        "measure it on.\n"
    )


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--steps", "0"], "a whole number from 1 on is needed"),
        (["--seed", "2147483648"], "a number up to 2147483647 is needed"),
        (["--learning-rate", "3"], "a number above 0 and up to 0.1 is needed"),
        (["--learning-rate", "nan"], "a number above 0 and up to 0.1 is needed"),
        (["--backbone", "melted"], "invalid choice"),
    ],
)
def test_an_impossible_option_is_explained(words, options, said, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*words, *options])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (["--detail", "9999"], 2, "9999"),
        (["--from", "no-such-checkpoint"], 3, "no-such-checkpoint"),
    ],
)
def test_what_can_t_be_is_said_before_anything_is_written(
    words, change, status, said, tmp_path, capsys
):
    assert main([*words, *change]) == status
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_data_with_faults_is_not_trained_on(words, tmp_path, capsys):
    folder = write_own_data(tmp_path / "data")
    (folder / "panoptic_train" / "2.png").unlink()
    assert main([words[0], str(folder), *words[2:]]) == 1
    error = capsys.readouterr().err.splitlines()
    assert error[-2:] == [
        "panoptic_train/2.png: is missing",
        message("check_faults", "en", count=1),
    ]
    assert not (tmp_path / "out").exists()


def test_a_folder_in_which_another_training_is_at_work_is_left_alone(words, tmp_path, capsys):
    with hold(tmp_path / "out"):
        assert main(words) == 2
    assert capsys.readouterr().err.endswith(
        message("train_in_use", "en", folder=tmp_path / "out") + "\n"
    )
    assert list((tmp_path / "out").iterdir()) == []
    with hold(tmp_path / "out"):  # the other one has ended
        pass


def test_a_folder_without_data_or_without_a_part_to_train_on(words, tmp_path, capsys):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main([words[0], str(empty), *words[2:]]) == 2
    assert "panoptic_train.json" in capsys.readouterr().err
    folder = write_own_data(tmp_path / "data")
    (folder / "panoptic_train.json").unlink()
    assert main([words[0], str(folder), *words[2:]]) == 2
    assert capsys.readouterr().err == message("train_no_split", "en", name=folder) + "\n"


def test_an_extra_that_is_missing_is_named(words, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    monkeypatch.setattr(detr_gradio, "training", None)  # and what it was comes back
    for name in [name for name in sys.modules if name.startswith("detr_gradio.training")]:
        monkeypatch.delitem(sys.modules, name)
    assert main(words) == 2
    assert capsys.readouterr().err == message("cli_extra", "en", extra="train") + "\n"


def test_two_processes_train_together(words, tmp_path):
    """As torchrun starts them: one checkpoint, which learned from both shares of each batch."""
    launch = ["torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, "-m", *launch, "-m", "detr_gradio", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("The checkpoint is in") == 1
    together = load_file(tmp_path / "out" / "model.safetensors")
    alone = [*words]
    alone[alone.index("--output") + 1] = str(tmp_path / "alone")
    assert main(alone) == 0
    name = "detr.class_labels_classifier.weight"
    one = load_file(tmp_path / "alone" / "model.safetensors")[name]
    # Adam's steps are of the learning rate's size, whatever the gradient.
    torch.testing.assert_close(together[name], one, rtol=0, atol=5e-4)
    log = (tmp_path / "out" / "training" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in log] == [0, 1, 1, 2, 2]
