"""Files in and out: bounded as they come, nothing left behind, only what is shown is shown."""

import json
import socket
import time
from collections import Counter
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from detr_gradio.limits import limits
from detr_gradio.messages import message
from detr_gradio.server import uploads
from detr_gradio.server.files import claim

KIND = {"Content-Type": "multipart/form-data; boundary=x"}


@pytest.fixture
def ask(url):
    def request(method, path, body=None, **headers):
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request(method, f"/gradio_api/{path}", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()

    return request


@pytest.fixture
def upload(ask):
    """Send a form of parts; returns the status and the answer."""

    def send(*parts, path="upload"):
        status, _, content = ask("POST", path, form(*parts), **KIND)
        return status, json.loads(content)

    return send


def form(*parts):
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


def part(content=b"hello", field="files", name='; filename="a.png"'):
    return f'Content-Disposition: form-data; name="{field}"{name}\r\n\r\n'.encode() + content


def files():
    return {path for path in claim().folder.rglob("*") if path.suffix != ".lock"}


@pytest.fixture
def nothing_stays():
    before = files()
    yield
    end = time.monotonic() + 20
    while files() - before:
        assert time.monotonic() < end, files() - before
        time.sleep(0.05)


def test_a_file_goes_in_and_comes_out(ask, upload):
    status, (place,) = upload(part(b"\x89PNG hello"))
    assert status == 200
    assert Path(place).read_bytes() == b"\x89PNG hello"
    status, headers, content = ask("GET", f"file={place}")
    assert (status, content) == (200, b"\x89PNG hello")
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Disposition"].startswith("inline")


def test_each_has_a_folder_that_nobody_guesses_nor_reads(upload):
    (first, second) = (Path(upload(part())[1][0]) for _ in range(2))
    assert first.parent != second.parent
    assert len(first.parent.name) == 32
    assert first.parent.stat().st_mode & 0o077 == 0
    assert claim().folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../evil.png", "evil.png"),
        ("/etc/passwd", "passwd"),
        ("a/b\\c.png", "bc.png"),
        ("..", "file"),
        ("", "file"),
        ("año 1.jpg", "año 1.jpg"),
    ],
)
def test_a_name_leads_nowhere_else(upload, name, kept):
    status, (place,) = upload(part(name=f'; filename="{name}"'))
    assert status == 200
    assert Path(place).name == kept
    assert Path(place).is_relative_to(claim().folder)


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize(
    "parts",
    [
        [part(name="")],  # a field without a file's name, which Gradio keeps in memory
        [part(), part(name="")],
        [part(field="video")],  # another name, of which Gradio never deletes the file
        [part(), part(field="")],
        [b"Nothing: x\r\n\r\nhello"],
        [
            b'Content-Disposition: form-data; name="files"; filename="'
            + b"a" * 5_000
            + b'"\r\n\r\nx'
        ],
    ],
)
def test_what_the_page_never_sends_is_refused(upload, parts):
    assert upload(*parts)[0] == 400


@pytest.mark.usefixtures("nothing_stays")
def test_one_request_has_few_files(upload):
    assert upload(*[part() for _ in range(uploads.MAX_FILES + 1)])[0] == 413


def test_ten_files_are_taken(upload):
    assert len(upload(*[part() for _ in range(uploads.MAX_FILES)])[1]) == 10


@pytest.mark.usefixtures("nothing_stays")
@pytest.mark.parametrize("chunked", [False, True])
def test_a_whole_request_is_bounded(ask, monkeypatch, chunked):
    monkeypatch.setenv("DETR_MAX_IMAGE_BYTES", "100_000")
    monkeypatch.setenv("DETR_MAX_VIDEO_BYTES", "100_000")
    limits.cache_clear()
    try:
        body = form(part(b"a" * 60_000), part(b"a" * 60_000), part(b"a" * 60_000))
        chunks = iter([body[at : at + 9_000] for at in range(0, len(body), 9_000)])
        assert ask("POST", "upload", chunks if chunked else body, **KIND)[0] == 413
    finally:
        limits.cache_clear()


@pytest.mark.usefixtures("nothing_stays")
def test_one_address_has_its_share_of_the_disk(upload, monkeypatch):
    monkeypatch.setenv("DETR_SENDER_BYTES", "1_000")
    limits.cache_clear()
    try:
        assert upload(part(b"a" * 2_000)) == (429, {"detail": message("files_full")})
    finally:
        limits.cache_clear()


def half_a_form(url, content=b"hello"):
    connection = socket.create_connection(("127.0.0.1", urlsplit(url).port))
    connection.sendall(
        b"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\n\r\n" + form(part(content))[:-8]
    )
    return connection


def wait_until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_is_on_its_way_is_a_share_too_and_keeps_no_file_open(url, upload, monkeypatch):
    """Of a thousand slow uploads each would have a whole share, and a descriptor more."""
    monkeypatch.setenv("DETR_SENDER_BYTES", "150_000")
    monkeypatch.setattr(claim(), "_sent", Counter())
    limits.cache_clear()
    try:
        before = files()
        with half_a_form(url, b"a" * 60_000):
            wait_until(lambda: claim()._coming.total() > 60_000)
            wait_until(lambda: any(path.name == "a.png" for path in files() - before))
            if Path("/proc/self/fd").is_dir():
                wait_until(lambda: "a.png" not in opened())
            assert upload(part(b"a" * 100_000))[0] == 429
        wait_until(lambda: claim()._coming.total() == 0)
        assert upload(part(b"a" * 100_000))[0] == 200
    finally:
        limits.cache_clear()


def opened():
    """What this process has open; the server is in it."""
    places = []
    for each in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            places.append(each.readlink().name)
    return places


@pytest.mark.usefixtures("nothing_stays")
def test_half_a_form_leaves_nothing(url, monkeypatch):
    monkeypatch.setattr(uploads, "SILENCE", 0.5)
    with half_a_form(url) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


@pytest.mark.usefixtures("nothing_stays")
def test_a_form_without_its_end_is_none(ask):
    assert ask("POST", "upload", form(part())[:-20], **KIND)[0] == 400


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data", "text/plain", ""])
def test_another_body_is_refused(ask, kind):
    assert ask("POST", "upload", form(part()), **{"Content-Type": kind})[0] == 400


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.svg", "a.js", "a.csv", "a"])
def test_texts_are_saved_and_not_shown(ask, upload, name):
    _, (place,) = upload(part(b"<script>", name=f'; filename="{name}"'))
    _, headers, _ = ask("GET", f"file={place}")
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-1", 206, b"he"),
        ("bytes=3-", 206, b"lo"),
        ("bytes=0-1,3-4", 206, None),  # Gradio: 500
        ("bytes=9-", 416, None),
        ("bytes=a-b", 400, None),
    ],
)
def test_parts_of_a_file(ask, upload, asked, status, content):
    _, (place,) = upload(part())
    said, _, got = ask("GET", f"file={place}", Range=asked)
    assert said == status
    assert content is None or got == content


@pytest.mark.parametrize("place", ["/etc/hostname", "README.md", "../x", "/", "%00", "a" * 5_000])
def test_other_files_are_not_given(ask, place):
    assert ask("GET", f"file={place}")[0] == 404


def test_a_link_leads_out_of_the_folder_for_nobody(ask):
    link = claim().folder / "link.png"
    link.symlink_to("/etc/hostname")
    try:
        assert ask("GET", f"file={link}")[0] == 404
    finally:
        link.unlink()


def test_progress_is_told_and_forgotten(url, ask):
    with socket.create_connection(("127.0.0.1", urlsplit(url).port)) as connection:
        body = form(part(b"a" * 1_000))
        connection.sendall(
            b"POST /gradio_api/upload?upload_id=seven HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Length: %d\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n"
            % len(body)
            + body[:-200]
        )
        stream = HTTPConnection(urlsplit(url).netloc, timeout=60)
        stream.request("GET", "/gradio_api/upload_progress?upload_id=seven")
        events = stream.getresponse()
        told = json.loads(events.readline().removeprefix(b"data: "))
        assert (told["msg"], told["orig_name"]) == ("update", "a.png")
        assert 0 < told["chunk_size"] < 1_000
        connection.sendall(body[-200:])
        assert events.read().endswith(b'data: {"msg": "done"}\n\n')
    assert ask("GET", "upload_progress?upload_id=seven")[2] == b'data: {"msg": "done"}\n\n'
