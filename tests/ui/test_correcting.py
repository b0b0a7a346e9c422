"""The server takes corrections from the browser, and from nobody's file but the sender's."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from detr_gradio.messages import UserError
from detr_gradio.service import SegmentationRequest
from detr_gradio.ui import correcting
from detr_gradio.ui.files import serve_bytes
from detr_gradio.ui.panel.first_result import REQUEST
from tests.result.test_corrections import HEAD, packed
from tests.support.fake import FakeService


@pytest.fixture
def workspace():
    panel = SimpleNamespace(viewer="viewer", status="status")
    return SimpleNamespace(service=FakeService(), view="view", shown="shown", panel=panel)


@pytest.fixture
def view(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    path = tmp_path / "sent" / "picture.png"
    path.parent.mkdir()
    Image.fromarray(np.full((120, 160, 3), 90, np.uint8)).save(path)
    return SegmentationRequest(str(path), detail=400)


def of_a_person(value):
    """A file in which the upper half is a person, and the rest void."""
    head = [HEAD[0], value["correct"]["fingerprint"], 160, 120]
    return packed(head=head, table=[[0, 0, 1]], runs=[[160 * 60, 1], [160 * 60, 0]])


def test_a_correction_begins_with_the_network_s_map_in_full(workspace, view):
    updates = correcting._start(workspace, view, "es")
    assert updates["view"] == view
    correct = updates["viewer"]["correct"]
    ids, segments = correct["network"].values()
    assert (ids["width"], ids["height"]) == (160, 120)
    assert [each["query"] for each in segments] == [3, 7, 11, 20]
    assert correct["now"] is None
    assert correct["categories"][16]["name"] == "perro"


def test_what_was_sent_is_the_view_and_goes_on(workspace, view):
    begun = correcting._start(workspace, view, "en")["viewer"]
    path = serve_bytes(of_a_person(begun), "corrected.map")
    updates = correcting._change(workspace, view, "en", path, done=False)
    assert updates["view"].correction == updates["shown"]["correction"] == path
    assert "viewer" not in updates  # which shows it already
    shown = correcting._change(workspace, view, "en", path, done=True)["viewer"]
    assert [each["name"] for each in shown["segments"]] == ["person 1"]
    assert shown["segments"][0]["hand_made"]
    assert shown["request"]["correction"] == path
    again = correcting._start(workspace, updates["view"], "en")["viewer"]["correct"]
    assert len(again["network"]["segments"]) == 4
    assert again["now"]["segments"] == [
        {"id": 1, "category": 0, "query": -1, "score": 1.0, "handMade": True}
    ]
    back = correcting._change(workspace, updates["view"], "en", None, done=True)
    assert back["view"] == view
    assert len(back["viewer"]["segments"]) == 4


def test_a_correction_of_the_first_result_goes_on_after_done(workspace):
    # The browser keeps the list of changes as long as the request is the same.
    begun = correcting._start(workspace, REQUEST, "en")["viewer"]
    head = [HEAD[0], begun["correct"]["fingerprint"], begun["width"], begun["height"]]
    file = packed(head=head, table=[], runs=[[begun["width"] * begun["height"], 0]])
    path = serve_bytes(file, "corrected.map")
    done = correcting._change(workspace, REQUEST, "en", path, done=True)["viewer"]
    assert begun["opening"]
    assert "opening" not in done
    assert done["request"] == {**begun["request"], "correction": path}


@pytest.mark.parametrize(
    "path", ["/etc/passwd", 7, {"a": 1}, "", "a\0b", "{folder}/../secret", "{folder}", "{picture}"]
)
def test_nothing_else_is_taken(workspace, view, tmp_path, path):
    (tmp_path.parent / "secret").write_bytes(packed())
    if isinstance(path, str):
        path = path.format(folder=tmp_path, picture=view.picture)
    with pytest.raises(UserError) as refused:
        correcting._change(workspace, view, "en", path, done=True)
    assert refused.value.key in ("correction_unfit", "correction_gone")


def test_a_correction_of_another_result_is_refused(workspace, view):
    begun = correcting._start(workspace, view, "en")["viewer"]
    path = serve_bytes(of_a_person(begun), "corrected.map")
    other = SegmentationRequest(view.picture, threshold=0.5, detail=400)
    with pytest.raises(UserError, match="does not fit"):
        correcting._change(workspace, other, "en", path, done=True)


def test_one_that_the_server_has_lost_begins_anew(workspace, view, tmp_path):
    lost = replace(view, correction=str(tmp_path / "x" / "gone.map"))
    updates = correcting._start(workspace, lost, "en")
    assert updates["view"] == view
    assert "no longer has your correction" in updates["status"]
    assert updates["viewer"]["correct"]["now"] is None
