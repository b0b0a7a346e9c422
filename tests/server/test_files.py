"""The folder of a server: its own, bounded, gone in time, and nobody else's."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gradio as gr
import pytest

from detr_gradio.limits import limits
from detr_gradio.server import files as kept
from detr_gradio.server.files import KeptFiles
from detr_gradio.server.gradio_patches.names_of_files import forget_deleted
from detr_gradio.settings import SettingError
from tests.support.really_served import fake_app

HOUR = 3_600


@pytest.fixture
def files(tmp_path):
    made = KeptFiles(tmp_path)
    yield made
    made.remove()


def write(files, name, size=10, *, age=0, by=None):
    path = files.folder / name / "picture.png"
    path.parent.mkdir()
    path.write_bytes(bytes(size))
    if by:
        files.add(path, by)
    return path


def names(files):
    return {path.name for path in files.folder.iterdir() if path.is_dir()}


def test_old_files_go_and_then_their_folders(files):
    write(files, "a")
    files.sweep(time.time() + HOUR - 5)
    assert names(files) == {"a"}
    files.sweep(time.time() + HOUR + 5)
    assert list(files.folder.rglob("*.png")) == []
    files.sweep(time.time() + 2 * HOUR)
    assert names(files) == set()


def test_of_too_much_the_oldest_goes(files, monkeypatch):
    monkeypatch.setenv("DETR_KEPT_BYTES", "1_000_000")
    limits.cache_clear()
    try:
        for name in "abc":
            write(files, name, 400_000)
            time.sleep(0.02)
        files.sweep()
        assert len(list(files.folder.rglob("*.png"))) == 3  # whoever sent them still waits
        files.sweep(time.time() + 61)
        left = {path.parent.name for path in files.folder.rglob("*.png")}
        assert left == {"b", "c"}
        assert files.size == 800_000
    finally:
        limits.cache_clear()


def test_the_share_of_an_address_is_free_again_once_its_files_are_gone(files, monkeypatch):
    monkeypatch.setenv("DETR_SENDER_BYTES", "1_000_000")
    limits.cache_clear()
    try:
        write(files, "a", 700_000, by="ann")
        files.sweep()
        assert not files.reserve("ann", 300_001)
        assert files.reserve("ann", 300_000)
        assert not files.reserve("ann", 1)
        assert files.reserve("bob", 1_000_000)
        files.sweep(time.time() + HOUR + 5)
        assert not files.reserve("ann", 700_001)  # the others are still on their way
        assert files.reserve("ann", 700_000)
        files.release("ann", 1_000_000)
        assert files.reserve("ann", 1_000_000)
    finally:
        limits.cache_clear()


def test_many_small_files_are_a_share_too(files, monkeypatch):
    """A million of one byte would be kept otherwise, and each sweep looks at all of them."""
    monkeypatch.setenv("DETR_SENDER_BYTES", "1_000_000")
    limits.cache_clear()
    try:
        for name in "abcdefghij":
            assert files.reserve("ann", 1)
            files.release("ann", 1)
            write(files, name, 1, by="ann")
        assert not files.reserve("ann", 1)
        files.sweep()
        assert not files.reserve("ann", 1)
    finally:
        limits.cache_clear()


def test_all_together_have_a_bound(files, monkeypatch):
    monkeypatch.setenv("DETR_KEPT_BYTES", "1_000_000")
    limits.cache_clear()
    try:
        write(files, "a", 900_000, by="ann")
        assert not files.reserve("bob", 100_001)
        assert files.reserve("bob", 60_000)
        assert not files.reserve("eve", 40_001)
        files.release("bob", 60_000)
        assert files.reserve("eve", 100_000)
    finally:
        limits.cache_clear()


def test_what_cannot_be_deleted_stops_nothing(files):
    stuck = files.folder / "stuck" / "picture.png"
    stuck.mkdir(parents=True)
    other = write(files, "b")
    files.sweep(time.time() + HOUR + 5)
    assert not other.exists()


def test_files_of_a_server_that_was_killed_go_and_foreign_ones_stay(tmp_path, monkeypatch):
    foreign = tmp_path / "0123abcd" / "theirs.png"
    empty = tmp_path / "empty"
    foreign.parent.mkdir()
    empty.mkdir()
    foreign.touch()
    script = (
        "import sys, time; from pathlib import Path\n"
        "from detr_gradio.server.files import KeptFiles\n"
        "files = KeptFiles(Path(sys.argv[1]))\n"
        "(files.folder / 'a.png').touch(); print(files.folder, flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        left = Path(other.stdout.readline().strip())
        monkeypatch.setattr(kept, "_YOUNGEST", 0)
        KeptFiles(tmp_path).remove()
        assert (left / "a.png").exists()  # it is in use
        other.send_signal(signal.SIGKILL)
    KeptFiles(tmp_path).remove()
    assert not left.exists()
    assert foreign.exists()
    assert empty.exists()


def test_the_folder_goes_with_its_server(tmp_path):
    with fake_app(GRADIO_TEMP_DIR=str(tmp_path)) as served:
        (folder,) = tmp_path.iterdir()  # nothing of Gradio's besides it
        assert folder.stat().st_mode & 0o077 == 0
        served.process.send_signal(signal.SIGTERM)
        served.process.wait(60)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="other rights")
def test_a_place_where_nothing_can_be_kept_is_told_in_a_sentence(tmp_path):
    place = tmp_path / "file"
    place.touch()
    with pytest.raises(SettingError, match="GRADIO_TEMP_DIR") as caught:
        KeptFiles(place)
    assert "Not a directory" in str(caught.value) or "File exists" in str(caught.value)


def test_gradio_s_names_of_deleted_files_are_forgotten(tmp_path):
    with gr.Blocks() as demo:
        gr.Image()
    there = tmp_path / "there.png"
    there.touch()
    demo.upload_file_set.update({str(there), str(tmp_path / "gone.png")})
    component = next(iter(demo.blocks.values()))
    component.temp_files.add(str(tmp_path / "gone too.png"))
    forget_deleted(demo)
    # If this fails, Gradio notes its files elsewhere: look at Blocks.temp_file_sets.
    assert demo.upload_file_set == {str(there)}
    assert component.temp_files == set()
    assert any(component.temp_files is names for names in demo.temp_file_sets)
