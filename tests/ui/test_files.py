"""What the server hands out stands whole in the folder that is served, and alone."""

from pathlib import Path

import gradio as gr
import pytest

from detr_gradio.ui.files import folder, is_served, serve_bytes, serve_file


@pytest.fixture(autouse=True)
def served(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "served"))
    return tmp_path / "served"


def test_the_same_content_has_the_same_place(served):
    first, again = serve_bytes(b"cow", "a.jpg"), serve_bytes(b"cow", "a.jpg")
    other = serve_bytes(b"tram", "a.jpg")
    assert first == again != other
    assert [Path(each).read_bytes() for each in (first, other)] == [b"cow", b"tram"]
    assert Path(first).is_relative_to(served)
    assert len(list(served.rglob("*.*"))) == 2  # nothing half written is left


def test_files_of_one_name_do_not_overwrite_each_other(served, tmp_path):
    made = tmp_path / "video.mp4"
    made.write_bytes(b"1")
    first = serve_file(made)
    assert not made.exists()
    made.write_bytes(b"2")
    second = serve_file(made)
    assert [Path(first).read_bytes(), Path(second).read_bytes()] == [b"1", b"2"]
    assert [Path(each).name for each in (first, second)] == ["video.mp4", "video.mp4"]
    assert Path(second).is_relative_to(served)


@pytest.mark.parametrize("path", [None, "", "/etc/passwd", "served/../../x", "a\0b"])
def test_another_place_is_not_served(path):
    assert not is_served(path)


def test_gradio_keeps_its_files_in_the_same_folder(monkeypatch):
    """Once this fails, ``ui/files.py`` names a folder that Gradio no longer serves."""
    assert Path(gr.File().GRADIO_CACHE) == folder()
    monkeypatch.delenv("GRADIO_TEMP_DIR")
    assert Path(gr.File().GRADIO_CACHE) == folder()
