"""Runs over a folder: what they measure, and how they go on where they were."""

import dataclasses
import json

import pytest

from detr_gradio.checkpoints.catalogue import Checkpoint
from detr_gradio.evaluation import quality
from detr_gradio.evaluation import run as evaluation
from detr_gradio.messages import UserError
from tests.support.coco_folder import Stub, run
from tests.support.panoptic_cases import DOG


def test_a_run(folder):
    steps = []
    found = run(folder, Stub(["b<b>&.jpg"]), progress=lambda *step: steps.append(step))
    assert steps == [(0, 3), (1, 3), (2, 3), (3, 3)]
    # Sky and grass are right everywhere; the dog twice of three times; the car is invented once.
    assert found.scores.stuff.pq == pytest.approx(100)
    assert found.scores.categories[DOG].pq == pytest.approx(100 * 2 / 2.5)
    assert found.scores.things.pq == pytest.approx(40)
    assert found.scores.all.pq == pytest.approx((80 + 0 + 100 + 100) / 4)
    assert [p.pq for p in found.pictures] == pytest.approx([100, 50, 100])
    assert len(json.loads((folder / "out" / "predictions.json").read_text())["annotations"]) == 3


def test_a_stopped_run_goes_on_where_it_was(folder):
    stopped = Stub(["stop"])
    with pytest.raises(KeyboardInterrupt):
        run(folder, stopped)
    journal = folder / "out" / "predictions.jsonl"
    # The power failed in the middle of a line, too.
    journal.write_text(journal.read_text() + '{"image_id": 9, "file')
    again = Stub()
    found = run(folder, again)
    assert stopped.asked == ["a.jpg", "b<b>&.jpg"]
    assert again.asked == ["c.jpg"]
    assert found.scores.all.pq == pytest.approx(100)
    third = Stub()
    assert run(folder, third).scores == found.scores
    assert third.asked == []


@pytest.mark.parametrize(
    "changed",
    [{"threshold": 0.7}, {"detail": 64}, {"method": "paper"}, {"precision": "fast"}],
)
def test_other_settings_need_another_folder(folder, changed):
    run(folder, Stub())
    other = Stub()
    with pytest.raises(UserError) as error:
        run(folder, other, **changed)
    assert error.value.key == "evaluation_other_settings"
    assert other.asked == []


def test_the_settings_reach_the_segmenter_and_the_journal(folder):
    stub = Stub()
    found = run(folder, stub, threshold=0.7, detail=640, method="paper", limit=1)
    assert stub.parameters == [{"threshold": 0.7, "detail": 640, "method": "paper"}]
    settings = {"threshold": 0.7, "detail": 640, "method": "paper", "precision": "exact"}
    assert found.settings == settings
    first = json.loads((folder / "out" / "predictions.jsonl").read_text().splitlines()[0])
    assert {name: first[name] for name in settings} == settings
    assert (first["checkpoint"], first["revision"]) == ("stub", None)


def test_by_itself_a_run_is_as_the_published_ones_were(folder):
    stub = Stub()
    run(folder, stub, limit=1)
    assert stub.parameters == [{"threshold": 0.85, "detail": None, "method": "reference"}]


def test_weights_that_changed_under_the_same_name_need_another_folder(folder):
    weights = folder / "checkpoint" / "model.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"first")
    stub = Stub()
    stub.checkpoint = Checkpoint(name="mine", title="Mine", folder=weights.parent)
    run(folder, stub)
    run(folder, stub)
    assert len(stub.asked) == 3
    weights.write_bytes(b"trained on")
    with pytest.raises(UserError) as error:
        run(folder, stub)
    assert error.value.key == "evaluation_other_settings"


def test_predictions_that_are_gone_or_unreadable_are_made_again(folder):
    run(folder, Stub())
    (folder / "out" / "predictions" / "000000000008.png").unlink()
    journal = folder / "out" / "predictions.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join([*lines[:-1], "\0" * 40, ""]))  # as a crash may leave it
    again = Stub()
    assert run(folder, again).scores.all.pq == pytest.approx(100)
    assert again.asked == ["b<b>&.jpg", "c.jpg"]


@pytest.mark.parametrize("entry", ['{"image_id": 9}', '{"file_name": "000000000009.png"}', "[]"])
def test_what_is_no_prediction_in_the_journal_is_passed_over(folder, entry):
    run(folder, Stub())
    journal = folder / "out" / "predictions.jsonl"
    lines = journal.read_text().splitlines()
    journal.write_text("\n".join([*lines[:-1], entry, ""]))
    again = Stub()
    assert run(folder, again).scores.all.pq == pytest.approx(100)
    assert again.asked == ["c.jpg"]


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This file is empty. "),
        ("es", "Este archivo está vacío. "),
    ],
)
def test_a_picture_that_cannot_be_read_is_named(folder, language, sentence):
    with pytest.raises(UserError) as error:
        run(folder, Stub(rotten=["c.jpg"]))
    assert error.value.message(language).startswith(sentence)
    assert "c.jpg" in error.value.message(language)


def test_the_first_pictures_alone(folder):
    stub = Stub()
    found = run(folder, stub, limit=2)
    assert stub.asked == ["a.jpg", "b<b>&.jpg"]
    assert len(found.pictures) == 2


@pytest.mark.parametrize(
    "kind",
    [
        quality.Quality,
        quality.CategoryQuality,
        quality.Scores,
        evaluation.PictureScore,
        evaluation.Evaluation,
    ],
)
def test_what_was_found_cannot_be_changed(kind):
    found = kind(*[None] * len(dataclasses.fields(kind)))
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(found, dataclasses.fields(kind)[0].name, 1)
