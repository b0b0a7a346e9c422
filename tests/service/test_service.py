"""The service: caches, estimates, and the stand-in for a checkpoint out of reach."""

import shutil
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.checkpoints.catalogue import CATALOGUE, DEFAULT, TOY_SCENES
from detr_gradio.checkpoints.hub import CheckpointUnavailable
from detr_gradio.images import ImageError, load_image
from detr_gradio.messages import UserError, message
from detr_gradio.result.corrections import fingerprint
from detr_gradio.service import STAGES, SegmentationRequest, Service, checkpoints
from tests.support.fake import FakeService


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(np.full((120, 160, 3), 90, np.uint8)).save(path)
    return str(path)


def test_stages_come_in_order(picture):
    told = []
    FakeService().segment(SegmentationRequest(picture), lambda stage, _values: told.append(stage))
    assert told == ["read", "start", "load", "network"]
    assert set(told) <= set(STAGES)


def test_a_new_threshold_runs_no_network(picture):
    service = FakeService()
    high = service.segment(SegmentationRequest(picture, threshold=0.94))
    low = service.segment(SegmentationRequest(picture, threshold=0.5, method="reference"))
    assert service.segmenters[DEFAULT].passes == 1
    assert len(high.result.segments) == 2
    assert len(low.result.segments) == 5


def test_the_same_picture_of_another_visitor_runs_it_again(picture, tmp_path):
    service = FakeService()
    theirs = shutil.copy(picture, tmp_path / "theirs.png")
    for path, passes in [(picture, 1), (theirs, 2), (picture, 2)]:
        service.segment(SegmentationRequest(path))
        service.explain(SegmentationRequest(path))
        assert service.segmenters[DEFAULT].passes == passes


def test_the_log_says_once_that_fast_is_exact_here(picture, monkeypatch, caplog):
    monkeypatch.setattr("detr_gradio.model.network.bfloat16_pays", lambda: False)
    checkpoints._tell_exact.cache_clear()
    for precision in ("exact", "fast", "fast"):
        service = Service(checkpoint=TOY_SCENES, precision=precision)
        service.segment(SegmentationRequest(picture))
    assert caplog.messages == [message("precision_exact")]


def test_a_checkpoint_out_of_reach_is_stood_in_for(picture):
    service = FakeService(missing=(DEFAULT,))
    outcome = service.segment(SegmentationRequest(picture, checkpoint=DEFAULT, detail=800))
    assert outcome.checkpoint is CATALOGUE[TOY_SCENES]
    assert outcome.result.checkpoint == TOY_SCENES
    assert outcome.stand_in_for is CATALOGUE[DEFAULT]
    assert outcome.reason.key == "checkpoint_unreachable"
    assert service.current() == (CATALOGUE[TOY_SCENES], outcome.reason)


def test_what_is_known_of_the_hub_counts_before_the_first_try(monkeypatch):
    assert FakeService().expected() is CATALOGUE[DEFAULT]
    service = FakeService(missing=(DEFAULT,))
    checkpoint, missed = service.current()
    assert (checkpoint.name, missed.key) == (TOY_SCENES, "checkpoint_unreachable")
    assert service.expected() is CATALOGUE[TOY_SCENES]
    # A Hub that has not answered yet may still do so: nobody is told that it is missing.
    silent = CheckpointUnavailable("checkpoint_unreachable", title="", name="", reason="timeout")
    monkeypatch.setattr(service, "_out_of_reach", lambda: silent)
    assert service.current() == (CATALOGUE[DEFAULT], None)
    assert service.expected() is CATALOGUE[TOY_SCENES]


def test_the_stand_in_stays_told_and_the_wanted_one_is_asked_for_again(picture, monkeypatch):
    service = FakeService(missing=(DEFAULT,))
    service.segment(SegmentationRequest(picture))
    monkeypatch.setattr("detr_gradio.service.checkpoints._PATIENCE", 0.0)
    checkpoint, missed = service.current()
    assert checkpoint.name == TOY_SCENES
    assert missed is not None
    service.missing = ()
    service.current()
    service._warming.join()
    service.current()
    service._warming.join()
    assert service.current() == (CATALOGUE[DEFAULT], None)


def test_the_app_says_what_is_missing_when_asked_for_another(picture):
    other = "facebook/detr-resnet-50-panoptic"
    service = FakeService(missing=(other,))
    with pytest.raises(CheckpointUnavailable):
        service.segment(SegmentationRequest(picture, checkpoint=other))


def test_estimate_follows_the_last_run(picture):
    service = FakeService()
    checkpoint = CATALOGUE[DEFAULT]
    assert service.estimate(checkpoint, (120, 160), 800) is None
    outcome = service.segment(SegmentationRequest(picture, detail=800))
    full = service.estimate(checkpoint, (120, 160), 800)
    assert full == pytest.approx(outcome.result.timings["network"], rel=0.01)
    # Half the side is a quarter of the pixels.
    assert service.estimate(checkpoint, (120, 160), 400) == pytest.approx(full / 4)


def test_pictures_kept_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr("detr_gradio.service.service._picture_bytes", lambda: 3 * 100 * 100 * 3)
    service = FakeService()
    for number in range(5):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.full((100, 100, 3), number, np.uint8)).save(path)
        assert service.picture(str(path))[0, 0, 0] == number
    assert len(service._pictures) == 3


def test_pictures_and_frames_are_counted_and_looking_again_is_not(picture, tmp_path):
    service = FakeService()
    counted = []
    service.observers.append(lambda kind, ended: counted.append((kind, type(ended).__name__)))
    view = SegmentationRequest(picture)
    service.segment(view)
    service.outcome(view)  # a download, a language, an explanation
    service.segment_frame(Path(picture).read_bytes(), SegmentationRequest())
    with pytest.raises(ImageError):
        service.segment_frame(b"", SegmentationRequest())
    with pytest.raises(ImageError):
        service.segment(SegmentationRequest(str(tmp_path / "missing.png")))
    assert counted == [
        ("picture", "Outcome"),
        ("frame", "Outcome"),
        ("frame", "ImageError"),
        ("picture", "ImageError"),
    ]


def test_a_picture_is_decoded_and_copied_once(picture, monkeypatch):
    service = Service(checkpoint=TOY_SCENES)
    loaded = []

    def counting(source):
        loaded.append(source)
        return load_image(source)

    for module in ("segmenter", "service.service"):
        monkeypatch.setattr(f"detr_gradio.{module}.load_image", counting)
    outcome, _, _ = service.explain(SegmentationRequest(picture, detail=64))
    assert loaded == [picture]
    assert outcome.image is service.picture(picture)


def test_a_damaged_picture_is_reported_before_any_checkpoint_is_loaded(tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"\x89PNG\r\n\x1a\n")
    service = FakeService(missing=tuple(CATALOGUE))
    with pytest.raises(ImageError):
        service.segment(SegmentationRequest(str(bad)))


def test_a_correction_is_the_result_from_then_on(picture, tmp_path):
    service = FakeService()
    view = SegmentationRequest(picture, correction=str(tmp_path / "corrected.map"))
    network = service.outcome(replace(view, correction="")).result
    ids = network.segment_ids
    words = [0x31544544, fingerprint(network), 160, 120, 1, 2, 0, 0, 1, 160 * 100, 1, 160 * 20, 0]
    Path(view.correction).write_bytes(zlib.compress(np.array(words, "<u4").tobytes()))
    outcome, _, record = service.explain(view)
    assert [each.name() for each in outcome.result] == ["person 1"]
    assert outcome.result.void_area == 160 * 20
    assert record.boxes.shape == (50, 4)  # what the network did stays what it was
    assert (service.outcome(replace(view, correction="")).result.segment_ids == ids).all()
    # Of another result, and of none.
    with pytest.raises(UserError, match="does not fit"):
        service.outcome(replace(view, threshold=0.5))
    Path(view.correction).unlink()
    with pytest.raises(UserError, match="no longer has"):
        service.outcome(view)
