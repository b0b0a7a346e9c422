"""A training leaves a checkpoint that everything opens, and can be stopped at any moment."""

import json
import re
import signal

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import DetrForSegmentation, DetrImageProcessor

from detr_gradio import load_segmenter
from detr_gradio.messages import UserError
from detr_gradio.training import run as training
from detr_gradio.training.interrupts import interrupts_wait
from detr_gradio.training.run import is_finished
from tests.support.own_data import BOX, CAR, CATEGORIES, draw

STEPS = 9
QUIET = {"val": False, "steps": STEPS}


def nothing(*_):
    """No bar."""


def weights(output):
    return load_file(output / "model.safetensors")


def assert_same(one, other):
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def train_until(run, step):
    """Stop a run as Ctrl-C does, at a step."""

    def stop(stage, done, *_):
        if stage == "steps" and done == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.train(stop)


def finished(run):
    return is_finished(run.output, run.data.train, run.checkpoint, run.settings)


@pytest.fixture(scope="module")
def undisturbed(start, tmp_path_factory):
    output = tmp_path_factory.mktemp("undisturbed") / "out"
    start(output, **QUIET).train(nothing)
    return weights(output)


@pytest.mark.parametrize("stops", [(1, 2, 4, 7, 8)])
def test_stopped_five_times_it_comes_to_the_same_weights(start, undisturbed, stops, tmp_path):
    for step in stops:
        stopped = start(tmp_path / "out", **QUIET)
        train_until(stopped, step)
        assert not finished(stopped)
    torch.manual_seed(99)  # whatever happens between two starts
    last = start(tmp_path / "out", **QUIET)
    assert last.trainer.step == stops[-1]
    last.train(nothing)
    assert_same(weights(tmp_path / "out"), undisturbed)
    assert finished(last)
    left = {path.name for path in (tmp_path / "out" / "training").iterdir()}
    assert left == {"log.jsonl", "progress.html", "run.json"}


def test_what_was_not_saved_is_made_again(start, undisturbed, tmp_path, monkeypatch):
    """Killed without a word, it goes on from the last state that was written."""
    train_until(start(tmp_path / "out", **QUIET), 3)
    kept = (tmp_path / "out" / "training" / "state.pt").read_bytes()
    train_until(start(tmp_path / "out", **QUIET), 6)
    (tmp_path / "out" / "training" / "state.pt").write_bytes(kept)
    start(tmp_path / "out", **QUIET).train(nothing)
    assert_same(weights(tmp_path / "out"), undisturbed)
    log = (tmp_path / "out" / "training" / "log.jsonl").read_text().splitlines()
    steps = [json.loads(line)["step"] for line in log]
    assert steps == [0, *range(1, STEPS + 1)]


def test_another_seed_gives_other_weights(start, undisturbed, tmp_path):
    """The control of the tests above."""
    start(tmp_path / "out", seed=2, **QUIET).train(nothing)
    name = "detr.class_labels_classifier.weight"
    assert not torch.equal(weights(tmp_path / "out")[name], undisturbed[name])


def test_a_signal_waits_for_what_belongs_together():
    done = []
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)

    def work():
        with interrupts_wait():
            signal.raise_signal(signal.SIGTERM)
            done.append(1)

    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        assert signal.getsignal(signal.SIGTERM) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert done == [1]


@pytest.fixture(scope="module")
def trained(start, tmp_path_factory):
    """A run to its end, with validation, on new versions of the pictures in each pass."""
    output = tmp_path_factory.mktemp("trained") / "out"
    options = {"learning_rate": 1e-3, "backbone": "trained", "augmentation": "none"}
    run = start(output, steps=12, tensorboard=True, **options)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "VALIDATIONS", 3)
        return output, run, run.train(nothing)


def test_the_loss_falls(trained):
    output, *_ = trained
    log = [json.loads(line) for line in (output / "training" / "log.jsonl").open()]
    totals = [line["loss"]["total"] for line in log if "loss" in line]
    assert np.mean(totals[-3:]) < 0.7 * np.mean(totals[:3])


def test_the_folder_opens_as_any_other(trained):
    segmenter = load_segmenter(trained[0])
    assert [(c.id, c.name, c.is_thing) for c in segmenter.categories.table] == [
        (entry["id"], entry["name"], bool(entry["isthing"])) for entry in CATEGORIES
    ]
    assert segmenter.categories.kinds_known
    assert segmenter.categories[154].color == (9, 30, 120)
    result = segmenter.segment(draw(101)[0])
    assert result.input_size == (96, 124)


def test_transformers_opens_it_with_equal_logits(trained):
    output, run, _ = trained
    model = DetrForSegmentation.from_pretrained(output)
    assert model.config.id2label[3] == "car"
    inputs = DetrImageProcessor.from_pretrained(output)(draw(0)[0], return_tensors="pt")
    average = run.trainer.average.eval()
    with torch.no_grad():
        ours, theirs = average(**inputs), model.eval()(**inputs)
    assert ours.logits.shape[-1] == len(CATEGORIES) + 1
    assert torch.equal(ours.logits, theirs.logits)
    assert torch.equal(ours.pred_masks, theirs.pred_masks)


def test_the_card_says_what_it_is(trained):
    text = (trained[0] / "README.md").read_text()
    assert "4 categories, 2 of which it knew before: sand, car." in text
    assert "| caja &lt;b>\\| | " in text
    assert "| learning_rate | 0.001 |" in text
    assert "| known before, then | 0.0 | 0.0 | 0.0 |" in text
    assert re.search(r"^\| new \| [\d.]+ \| [\d.]+ \| [\d.]+ \|$", text, re.M)


def test_the_page_shows_curves_and_pictures_beside_their_truth(trained):
    page = (trained[0] / "training" / "progress.html").read_text()
    assert page.count("<img") == 2 * 2
    assert page.count("<polyline") >= 3 + 6
    assert "own: 12 / 12" in page
    (board,) = (trained[0] / "training" / "tensorboard").iterdir()
    assert board.stat().st_size > 2000


def test_a_folder_of_others_is_left_alone(start, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="other files"):
        start(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_run_with_other_settings_is_no_other_run_s(start, tmp_path):
    start(tmp_path / "out")
    with pytest.raises(UserError, match="other settings"):
        start(tmp_path / "out", batch=3)


@pytest.mark.parametrize("content", [b"", b"{", b"\x80\x02}q\x00.", bytes(range(256))])
@pytest.mark.parametrize("name", ["run.json", "state.pt"])
def test_a_file_that_is_spoiled_is_told(start, name, content, tmp_path):
    train_until(start(tmp_path / "out", **QUIET), 1)
    (tmp_path / "out" / "training" / name).write_bytes(content)
    with pytest.raises(UserError, match="can't be read"):
        start(tmp_path / "out", **QUIET)


def test_features_are_kept_where_each_is_seen_again_and_there_is_room(start, tmp_path, monkeypatch):
    for name, settings, room, kept in (
        ("seen again", {"steps": 10, "versions": 1}, True, True),
        ("seen once", {"steps": 3, "versions": 1}, True, False),
        ("trained", {"steps": 10, "versions": 1, "backbone": "trained"}, True, False),
        ("no room", {"steps": 10, "versions": 1}, False, False),
    ):
        monkeypatch.setattr("detr_gradio.training.features.MOST_BYTES", 2**30 if room else 1000)
        run = start(tmp_path / name, val=False, **settings)
        train_until(run, 1)
        folder = tmp_path / name / "training" / "features"
        assert bool(list(folder.glob("*.npz"))) is kept, name


def test_masks_after_boxes_leave_the_detector_as_it_is(start, tmp_path):
    run = start(tmp_path / "out", masks="after", **QUIET)
    seen = []

    def look(stage, done, *_):
        if stage == "steps":
            state = run.trainer.model.state_dict()
            names = ("detr.class_labels_classifier.weight", "mask_head.output_conv.weight")
            seen.append([state[name].clone() for name in names])

    run.train(look)
    first = run.settings.first_mask_step
    assert first == 6
    for step in range(1, STEPS):
        pairs = zip(seen[step - 1], seen[step], strict=True)
        detector, masks = (torch.equal(*pair) for pair in pairs)
        assert detector is (step >= first)
        assert masks is (step < first)


def test_a_loss_that_is_no_number_stops_it(start, tmp_path, monkeypatch):
    run = start(tmp_path / "out", **QUIET)
    monkeypatch.setattr(training, "SAVE_SECONDS", 0)
    with torch.no_grad():
        run.trainer.model.detr.class_labels_classifier.weight[0] = float("nan")
    with pytest.raises(UserError, match="no number"):
        run.train(nothing)


def test_categories_are_those_of_the_data(trained):
    listed = json.loads((trained[0] / "categories.json").read_text())
    assert {entry["id"]: entry["index"] for entry in listed} == {154: 0, BOX: 1, 9001: 2, CAR: 3}
