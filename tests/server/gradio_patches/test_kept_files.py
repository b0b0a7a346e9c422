"""Files and folders of visitors go in time, whatever else happens to them."""

import threading
import time

import gradio as gr
import pytest

from detr_gradio.server.gradio_patches import kept_files

HOUR = 3600


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Gradio's folder of files."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def demo(root):
    with gr.Blocks() as demo:
        demo.example = gr.Image()
    return demo


def upload(demo, root, name):
    path = root / name / "picture.png"
    path.parent.mkdir()
    path.write_bytes(b"x")
    demo.upload_file_set.add(str(path))
    return path


def test_old_files_go_with_their_folders(demo, root, monkeypatch):
    paths = [upload(demo, root, name) for name in ("a", "b")]
    kept_files.delete_old(demo, HOUR)
    assert all(path.exists() for path in paths)
    # A folder is as old as its last change, which is the deletion of its file.
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + HOUR + 10)
    kept_files.delete_old(demo, HOUR)
    assert list(root.iterdir()) == []
    assert demo.upload_file_set == set()


def test_files_of_examples_stay(demo, root):
    visitors, example = (upload(demo, root, name) for name in ("visitors", "example"))
    demo.example.keep_in_cache.add(str(example))
    kept_files.delete_old(demo, 0)
    assert not visitors.exists()
    assert example.exists()


def test_the_end_of_the_server_deletes_all(demo, root):
    upload(demo, root, "a")
    kept_files.delete_old(demo, None)
    assert list(root.iterdir()) == []


def test_a_file_that_is_gone_already_is_forgotten(demo, root):
    upload(demo, root, "a").unlink()
    kept_files.delete_old(demo, HOUR)
    assert demo.upload_file_set == set()


def test_uploads_meanwhile_do_not_stop_it(demo, root):
    """Gradio's own function fails here, and the task that calls it ends."""
    paths = [upload(demo, root, str(number)) for number in range(300)]
    over = threading.Event()

    def go_on():
        number = 0
        while not over.is_set():
            demo.upload_file_set.add(str(root / f"x{number}" / "new.png"))
            number += 1

    visitor = threading.Thread(target=go_on)
    visitor.start()
    try:
        kept_files.delete_old(demo, 0)
    finally:
        over.set()
        visitor.join()
    assert not any(path.exists() for path in paths)


def test_what_cannot_be_deleted_is_tried_again_and_stops_nothing(demo, root):
    path, other = (upload(demo, root, name) for name in ("a", "b"))
    path.unlink()
    path.mkdir()
    kept_files.delete_old(demo, 0)
    assert str(path) in demo.upload_file_set
    assert not other.exists()
