"""Figures for Prometheus: off unless asked for, and right."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from prometheus_client.parser import text_string_to_metric_families

from detr_gradio.server.launch import launch
from detr_gradio.service import SegmentationRequest
from detr_gradio.settings import SettingError, Settings
from tests.support.fake import FakeService

PICTURE = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


@pytest.fixture(scope="module")
def service():
    return FakeService()


@pytest.fixture(scope="module")
def url(service):
    app = launch(Settings(metrics=True), service, block=False)
    yield app.url
    app.close()


def samples(url):
    with urllib.request.urlopen(f"{url}metrics", timeout=60) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain")
        text = answer.read().decode()
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_pictures_are_counted_by_what_became_of_them(url):
    client = Client(url, verbose=False)
    for threshold in (0.6, 0.9):
        client.predict(handle_file(PICTURE), threshold=threshold, api_name="/segment")
    for wrong in ({"detail": 7}, {"threshold": 2}, {"checkpoint": "nobody/nothing"}):
        with pytest.raises(AppError):
            client.predict(handle_file(PICTURE), **wrong, api_name="/segment")
    figures = samples(url)
    assert figures["detr_pictures_total", "segmented"] == 2
    assert figures["detr_pictures_total", "refused"] == 3
    assert figures["detr_stage_seconds_count", "network"] == 2
    assert figures["detr_stage_seconds_sum", "total"] > figures["detr_stage_seconds_sum", "network"]
    assert figures["detr_queue_waiting",] == 0
    if sys.platform == "linux":
        assert figures["process_resident_memory_bytes",] > 10_000_000


def test_live_frames_are_counted_as_frames(url, service):
    pictures = "detr_pictures_total", "segmented"
    before = samples(url).get(pictures)
    service.segment_frame(PICTURE.read_bytes(), SegmentationRequest())
    figures = samples(url)
    assert figures["detr_frames_total", "segmented"] == 1
    assert figures.get(pictures) == before


def test_a_failure_is_no_refusal(url, monkeypatch):
    before = samples(url).get(("detr_pictures_total", "failed"), 0)
    monkeypatch.setattr("detr_gradio.service.service.load_image", lambda path: 1 / 0)
    with pytest.raises(AppError):
        Client(url, verbose=False).predict(
            handle_file(PICTURE.with_name("photo-cat.jpg")), api_name="/segment"
        )
    assert samples(url)["detr_pictures_total", "failed"] == before + 1


def test_nothing_is_served_unless_asked_for():
    app = launch(Settings(), FakeService(), block=False)
    try:
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{app.url}metrics", timeout=60)
        assert caught.value.code == 404
    finally:
        app.close()


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr("detr_gradio.settings.find_spec", lambda name: None)
    with pytest.raises(SettingError) as caught:
        Settings(metrics=True)
    assert "pip install prometheus-client" in str(caught.value)
