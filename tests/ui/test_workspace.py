"""What a browser has kept of a picture, and may send in whatever form."""

from dataclasses import asdict

import pytest

from detr_gradio.service import SegmentationRequest
from detr_gradio.ui.files import folder
from detr_gradio.ui.panel.examples import FOLDER
from detr_gradio.ui.workspace import request_from

EXAMPLE = SegmentationRequest(
    str(FOLDER / "photo-cows.jpg"), "photo-cows", "toy-scenes", 0.6, 480, "reference"
)


def test_an_example_and_an_upload_are_taken_as_they_were():
    assert request_from(asdict(EXAMPLE)) == EXAMPLE
    upload = {**asdict(EXAMPLE), "picture": f"{folder()}/abc/cows.jpg"}
    assert request_from(upload) == SegmentationRequest(**upload)


@pytest.mark.parametrize(
    "change",
    [
        {"picture": "/etc/passwd"},
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
        {"other": 1},
    ],
)
def test_anything_else_is_not(change):
    assert request_from({**asdict(EXAMPLE), **change}) is None


@pytest.mark.parametrize("kept", [None, 7, "photo-cows", [1], {}])
def test_what_is_no_request_is_none(kept):
    assert request_from(kept) is None
