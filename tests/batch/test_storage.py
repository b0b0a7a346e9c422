"""Pictures and files on this machine and on others."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

pytest.importorskip("pyarrow")

from pyarrow import fs

from detr_gradio.batch.storage import (
    is_remote,
    listing,
    load_picture,
    locate,
    read_file,
    write_file,
)
from detr_gradio.images import ImageError, load_image
from tests.support.small_scenes import write_scene


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def web(tmp_path):
    """The address of a server for the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_picture_is_the_same_from_anywhere(tmp_path, web):
    path = write_scene(tmp_path / "a b.jpg", 3)
    write_file("memory://photos/a b.jpg", path.read_bytes())
    expected = load_image(path)
    places = [str(path), path.as_uri(), f"{web}/a%20b.jpg", "memory://photos/a b.jpg"]
    for place in places:
        assert np.array_equal(load_picture(place), expected), place


def test_what_is_wrong_elsewhere_is_told(tmp_path, web, monkeypatch):
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "heavy.jpg").write_bytes(bytes(4000))
    limits = load_image.__globals__["limits"]
    monkeypatch.setenv("DETR_MAX_IMAGE_BYTES", "3000")
    limits.cache_clear()
    try:
        for place, key in (
            (f"{web}/none.jpg", "image_missing"),
            (f"{web}/empty.jpg", "image_empty"),
            (f"{web}/heavy.jpg", "image_too_heavy"),
            ("nonsense://a/b.jpg", "image_unreadable"),
        ):
            with pytest.raises(ImageError) as told:
                load_picture(place)
            assert told.value.key == key, place
    finally:
        monkeypatch.undo()
        limits.cache_clear()


def test_object_stores_are_pyarrows():
    _, path = locate("s3://bucket/a folder/ñ%20.jpg?region=eu-west-1")
    assert path == "bucket/a folder/ñ%20.jpg"
    system, path = locate("s3://bucket/photos/?region=eu-west-1")
    assert isinstance(system, fs.S3FileSystem)
    assert (system.region, path) == ("eu-west-1", "bucket/photos")


def test_files_are_there_in_full_or_not_at_all(tmp_path):
    place = f"{tmp_path}/new/folder/file"
    assert read_file(place) is None
    write_file(place, b"first")
    write_file(place, b"second")
    assert read_file(place) == b"second"
    assert [info.base_name for info in listing(f"{tmp_path}/new/folder")] == ["file"]
    assert listing(f"{tmp_path}/nowhere") == []


def test_remote_is_what_is_not_here():
    places = ("a.jpg", "file:///a.jpg", "s3://a/b", "https://a/b")
    assert [is_remote(place) for place in places] == [False, False, True, True]
