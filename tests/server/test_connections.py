"""Slow and many: whoever says nothing is seen off, and the others are answered meanwhile."""

import resource
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import pytest

from detr_gradio.server import connections
from detr_gradio.server.connections import BoundedConnection
from tests.support.really_served import fake_app


def connect(url, address="127.0.0.1"):
    place = "127.0.0.1", urlsplit(url).port
    return socket.create_connection(place, timeout=30, source_address=(address, 0))


def hear(connection, words):
    """Wait until a connection has said some words."""
    told = b""
    while words not in told:
        part = connection.recv(5_000)
        assert part, told
        told += part


def health(url):
    start = time.monotonic()
    with urllib.request.urlopen(f"{url}health/live", timeout=30) as answer:
        assert answer.status == 200
    return time.monotonic() - start


@pytest.mark.parametrize("said", [b"", b"GET /health/live HTTP/1.1\r\nHost: a"])
def test_headers_that_do_not_come_end_the_connection(url, monkeypatch, said):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    with connect(url) as connection:
        connection.sendall(said)
        assert connection.recv(100) == b""


def test_neither_does_the_second_request_of_a_connection(url, monkeypatch):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    request = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connect(url) as connection:
        connection.sendall(request)
        hear(connection, b'{"live":true}')
        connection.sendall(request[:20])
        assert connection.recv(5_000) == b""


def test_a_request_under_way_is_not_cut_off(url, monkeypatch):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.3)
    with connect(url) as connection:
        connection.sendall(b"GET /gradio_api/heartbeat/some HTTP/1.1\r\nHost: localhost\r\n\r\n")
        hear(connection, b"ALIVE")
        connection.settimeout(1)
        with pytest.raises(TimeoutError):
            connection.recv(5_000)


def test_the_longest_idle_one_makes_room(url, monkeypatch):
    monkeypatch.setattr(BoundedConnection, "most", 16)
    with ExitStack() as stack:
        idle = [stack.enter_context(connect(url)) for _ in range(40)]
        assert health(url) < 5
        assert idle[0].recv(100) == b""
    end = time.monotonic() + 20
    while BoundedConnection._idle or sum(map(len, BoundedConnection._open.values())) > 1:
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "darwin", reason="it has one local address")
def test_of_those_at_work_the_oldest_of_the_busiest_address_makes_room(url, monkeypatch):
    """With all the connections that there may be, somebody listens to events without end."""
    monkeypatch.setattr(BoundedConnection, "most", 16)
    with ExitStack() as stack:
        listening = []
        for address in ["127.0.0.2"] + ["127.0.0.1"] * 40:
            listening.append(stack.enter_context(connect(url, address)))
            listening[-1].sendall(
                b"GET /gradio_api/heartbeat/a HTTP/1.1\r\nHost: localhost\r\n\r\n"
            )
            hear(listening[-1], b"ALIVE")
        assert health(url) < 5
        with suppress(ConnectionResetError):
            assert listening[1].recv(100) == b""
        for each in (listening[0], listening[-1]):  # they go on
            each.settimeout(0.3)
            with pytest.raises(TimeoutError):
                each.recv(100)


def test_more_than_there_are_descriptors_leave_health_answering():
    """1,100 half lines at 1,024 descriptors: nobody was answered, health included."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 4_000:
        pytest.skip("this test itself may not open so many")
    resource.setrlimit(resource.RLIMIT_NOFILE, (4_000, hard))
    # The server may not ask for more than it has.
    before = ["sh", "-c", 'ulimit -Sn 1024 && ulimit -Hn 1024 && exec "$@"', "sh"]
    try:
        with fake_app(before=before) as served, ExitStack() as stack:
            for _ in range(1_100):
                connection = stack.enter_context(connect(served.url))
                connection.sendall(b"GET /health/live HT")
            assert health(served.url) < 5  # of a busy machine; alone it is within 0.1
            assert len(served.complaints) < 10
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_is_raised_to_what_is_allowed():
    script = (
        "import resource; from detr_gradio.server.connections import descriptors\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 3000))\n"
        "print(descriptors(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert done.stdout.split() == ["3000", "3000"]
