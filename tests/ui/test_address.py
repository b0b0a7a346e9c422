"""What a browser has kept of a picture, and may send in whatever form."""

import pytest

from detr_gradio.checkpoints.catalogue import DEFAULT
from detr_gradio.service import SegmentationRequest
from detr_gradio.ui.address import for_browser, read_address, request_from
from detr_gradio.ui.files import folder
from detr_gradio.ui.panel.examples import FOLDER
from tests.support.fake import FakeService

EXAMPLE = SegmentationRequest(
    str(FOLDER / "photo-cows.jpg"), "photo-cows", "toy-scenes", 0.6, 480, "reference"
)


def test_an_example_and_an_upload_are_taken_as_they_were():
    kept = for_browser(EXAMPLE)
    assert kept["picture"] == "photo-cows"  # a page is told no place on the server
    assert request_from(kept) == EXAMPLE
    upload = {**kept, "picture": f"{folder()}/abc/cows.jpg"}
    assert request_from(upload) == SegmentationRequest(**upload)
    corrected = {**upload, "correction": f"{folder()}/def/corrected.map"}
    assert request_from(corrected) == SegmentationRequest(**corrected)
    elsewhere = request_from({**corrected, "correction": "/etc/passwd"}, gone=True)
    assert elsewhere == SegmentationRequest(**upload)


@pytest.mark.parametrize(
    "change",
    [
        {"picture": "/etc/passwd"},
        {"picture": EXAMPLE.picture},
        {"picture": f"{folder()}/../../etc/passwd"},
        {"picture": "a\0b"},
        {"picture": 7},
        {"picture": None},
        {"threshold": 0.2},
        {"threshold": "much"},
        {"method": "magic"},
        {"detail": 7},
        {"detail": "800"},
        {"checkpoint": ["x"]},
        {"name": {}},
        {"correction": "/etc/passwd"},
        {"correction": 7},
        {"correction": None},
        {"other": 1},
    ],
)
def test_anything_else_is_not(change):
    assert request_from({**for_browser(EXAMPLE), **change}) is None


@pytest.mark.parametrize("kept", [None, 7, "photo-cows", [1], {}])
def test_what_is_no_request_is_none(kept):
    assert request_from(kept) is None


def test_what_is_asked_for_wrongly_is_as_without_it():
    service = FakeService()
    plain = read_address(service, None)
    assert plain.settings == (DEFAULT, 0.85, 800, "paper", "en")
    assert plain.first is None
    wrong = {"checkpoint": "/etc", "threshold": "much", "method": "magic", "language": "xx"}
    assert read_address(service, {**wrong, "detail": ["480"], "example": 7}) == plain
    beyond = read_address(service, {"threshold": "7", "detail": "-5"})
    assert (beyond.threshold, beyond.detail) == (0.99, 64)


def test_what_was_shown_counts_more_than_the_address():
    address = {"detail": "640", "example": "photo-cat", "tab": "gallery", "language": "es"}
    asked = read_address(FakeService(), {**address, "shown": for_browser(EXAMPLE)})
    assert asked.settings == ("toy-scenes", 0.6, 480, "reference", "es")
    assert asked.first == EXAMPLE
    assert asked.tab == "gallery"


def test_the_settings_of_a_picture_that_is_gone_stay():
    kept = {**for_browser(EXAMPLE), "picture": "/tmp/another-server/abc/cows.jpg"}
    asked = read_address(FakeService(), {"shown": kept})
    assert asked.settings == ("toy-scenes", 0.6, 480, "reference", "en")
    assert asked.first == SegmentationRequest(**{**kept, "picture": ""})
    assert read_address(FakeService(), {"shown": {**kept, "detail": 7}}).first is None


def test_without_the_hub_the_stand_in_s_settings_are_those_of_the_page():
    asked = read_address(FakeService(missing=(DEFAULT,)), {})
    assert (asked.checkpoint, asked.detail) == ("toy-scenes", 288)
