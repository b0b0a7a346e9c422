"""What is sent as JSON is measured before anybody takes it apart."""

import json
import socket
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from detr_gradio.server import bodies
from tests.support.coroutines import run_apart
from tests.support.really_served import fake_app


def post(url, path, body, **headers):
    """Status and JSON of the answer to a body, which may be in chunks."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    headers = {"Content-Type": "application/json", **headers}
    connection.request("POST", f"/gradio_api/{path}", body, headers)
    answer = connection.getresponse()
    content = answer.read()
    return answer.status, json.loads(content) if content else None


def in_chunks(body):
    return iter([body[at : at + 10_000] for at in range(0, len(body), 10_000)])


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("call/categories", 60_000, 200),
        ("call/categories", 70_000, 413),
        ("call/v2/segment", 70_000, 413),
        ("run/selected", 70_000, 413),
        ("cancel", 70_000, 413),
        ("reset", 70_000, 413),
        ("stream/none", 7_000_000, 404),  # a frame, of nobody
        ("stream/none", 9_000_000, 413),
        ("queue/join", 9_000_000, 413),
    ],
)
def test_a_body_has_the_bytes_that_its_route_needs(url, path, size, status, chunked):
    body = json.dumps({"data": ["a" * (size - 30)]}).encode()
    assert post(url, path, in_chunks(body) if chunked else body)[0] == status


def test_a_picture_s_worth_of_bytes_is_for_the_camera_alone(url):
    """Events of the page wait with what they were sent: 32 of them, so kilobytes."""
    config = json.loads(get(url, "config"))
    kinds = {each["connection"]: each["id"] for each in config["dependencies"]}
    for kind, status in [("sse", 413), ("stream", 200)]:
        body = {"data": ["a" * 70_000], "fn_index": kinds[kind], "session_hash": kind}
        assert post(url, "queue/join", json.dumps(body).encode())[0] == status


def get(url, path):
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", f"/{path}")
    return connection.getresponse().read()


@pytest.mark.parametrize("kind", ["sse", "stream"])
def test_a_session_has_a_short_name(url, kind):
    """Gradio keeps it with what it knows of 2,000 visitors: 240 names of 8 MB were 2 GB."""
    config = json.loads(get(url, "config"))
    number = next(each["id"] for each in config["dependencies"] if each["connection"] == kind)
    for length, status in [(100, 200), (101, 400)]:
        body = {"data": [], "fn_index": number, "session_hash": "a" * length}
        assert post(url, "queue/join", json.dumps(body).encode())[0] == status
    body = {"data": [], "session_hash": "a" * 101}
    assert post(url, "run/lambda", json.dumps(body).encode())[0] == 400
    escaped = json.dumps(body).replace("session_hash", r"session\u005fhash")
    assert post(url, "run/lambda", escaped.encode())[0] == 400


@pytest.mark.parametrize("filling", [b"{},", b"[],", b"1,"])
def test_many_parts_are_refused_unread(url, filling):
    """45 MB of them were 2.5 GB of objects."""
    for count, status in [(500, 200), (2_500, 413)]:
        body = b'{"data": [' + filling * count + b"1]}"
        assert post(url, "call/categories", body)[0] == status


def test_all_that_is_read_at_a_time_is_bounded(url, monkeypatch):
    monkeypatch.setattr(bodies, "ALL_BYTES", 100_000)
    wait_until(lambda: bodies.BoundedBody._held == 0)  # it still counts what is just answered
    frame = b'{"data": [' + b" " * 70_000 + b"]}"
    with slow_body(url, 99_990):
        assert post(url, "stream/none", frame)[0] == 503
        # Nine frames that don't come to an end would keep all others from everything.
        assert post(url, "call/categories", b'{"data": [' + b" " * 60_000 + b"]}")[0] == 200
    wait_until(lambda: bodies.BoundedBody._held == 0)
    assert post(url, "stream/none", frame)[0] == 404


def test_a_body_counts_until_it_has_been_used():
    """A tool works on its picture long after it has been read, and many others wait meanwhile."""
    wait_until(lambda: bodies.BoundedBody._held == 0)

    async def receive():
        return {"type": "http.request", "body": b"a" * 70_000}

    async def tool(_scope, receive, _send):
        assert len((await receive())["body"]) == 70_000
        assert bodies.BoundedBody._held == 70_000

    run_apart(bodies.BoundedBody(tool, 80_000)({"type": "http", "headers": []}, receive, None))
    assert bodies.BoundedBody._held == 0


def slow_body(url, size):
    """A connection whose request has sent so many bytes, and goes on no further."""
    connection = socket.create_connection(("127.0.0.1", urlsplit(url).port))
    connection.sendall(
        b"POST /gradio_api/stream/x HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        b"Content-Length: 200000\r\n\r\n" + b"a" * size
    )
    wait_until(lambda: bodies.BoundedBody._held == size)
    return connection


def wait_until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_body_that_does_not_come_is_given_up(url, monkeypatch):
    monkeypatch.setattr(bodies, "SECONDS", 2)
    with slow_body(url, 1_000) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 408")


@pytest.fixture(scope="module")
def locked():
    with fake_app(DETR_AUTH="ann:secret,bob:x") as served:
        yield served


def test_a_session_is_looked_for_in_what_nobody_can_read():
    assert bodies._session_in(b"[" * 2_000) == ""
    assert bodies._session_in(b'{"session_hash": "a", "session_hash": "b"}') == "b"  # as Gradio


@pytest.mark.parametrize("body", [b"{", b"[" * 50_000, b"a" * 100_000])
def test_nothing_is_read_before_the_login(locked, body):
    """Not even looked at: the answer is the same for what is too large and for what is none."""
    assert post(locked.url, "call/categories", body)[0] == 401
