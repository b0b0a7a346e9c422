"""The fuzzer of the HTTP interface: a short run finds nothing, and it can find something."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from detr_gradio.ui.panel.picture_input import PictureInput
from tests import fuzz_api
from tests.support.api_cases import Bait, Request, make_case

BAIT = Bait("secret-1", "/srv/secret.png", 1, "/tmp/gradio/a/scene.jpg")


def test_a_short_run_finds_no_fault(url, tmp_path):
    with fuzz_api.baited(urlsplit(url).netloc, tmp_path) as server:
        result = fuzz_api.fuzz(server, cases=120, seed=1)
    assert result["faults"] == []
    assert result["cases"] == 120
    # Neither is all refused at the first look, nor is all of it right.
    assert result["verdicts"]["error"] > 10
    assert result["verdicts"]["complete"] > 1
    assert len(result["verdicts"]) >= 6


def test_it_finds_a_file_that_is_read_without_having_been_uploaded(url, tmp_path, monkeypatch):
    with fuzz_api.baited(urlsplit(url).netloc, tmp_path) as server:
        picture = {"path": server.bait.secret_path}
        content = {"data": [picture, "", 0.85, 96, "paper"]}
        follow = "/gradio_api/call/segment/{}"
        request = Request.post_json("/gradio_api/call/segment", content, follow=follow)
        assert fuzz_api.verdict(server, request) == "error"
        monkeypatch.setattr(PictureInput, "preprocess", lambda _self, payload: payload.path)
        assert fuzz_api.verdict(server, request) == "LEAK of a file"


def test_a_case_is_the_same_every_time():
    cases = [make_case(5, number, BAIT, 50) for number in range(200)]
    assert str(cases) == str([make_case(5, number, BAIT, 50) for number in range(200)])
    assert len({str(case) for case in cases}) > 190


@pytest.fixture
def answering():
    """Serve one answer to every request; returns the server as the fuzzer sees it."""
    running = []

    def start(behaviour):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                behaviour(self)

            do_POST = do_HEAD = do_GET  # noqa: N815 - the names of http.server

            def log_message(self, *_):
                pass

        running.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=running[-1].serve_forever, daemon=True).start()
        return fuzz_api.Server(f"127.0.0.1:{running[-1].server_port}", BAIT)

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def says(text):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(text.encode())

    return answer


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("fine", "answered"),
        ("here: secret-1", "LEAK of a file"),
        ('{"width": 131, "height": 137}', "LEAK of a file"),
        ("Traceback (most recent call last):", "TRACE"),
        ("root:x:0:0:root", "TRACE"),
        (f"{fuzz_api.ROOT}/app.py", "LEAK of a place"),
        ("/lib/python3/site-packages/gradio", "LEAK of a place"),
        (f'data: {{"error": "{"a" * 5_000}"}}', "ENDLESS SENTENCE"),
    ],
)
def test_it_finds_what_an_answer_must_not_say(answering, text, fault):
    assert fuzz_api.verdict(answering(says(text)), Request("GET", "/")) == fault


def test_the_callers_own_words_are_no_leak(answering):
    place = f"{fuzz_api.ROOT}/app.py"
    request = Request("GET", f"/file={place}")
    assert fuzz_api.verdict(answering(says(f"{place}: no")), request) == "answered"


def test_it_finds_a_server_that_hangs_or_is_gone(answering, monkeypatch):
    go_on = threading.Event()
    hanging = answering(lambda handler: go_on.wait(60))
    with monkeypatch.context() as patch:
        patch.setattr(fuzz_api, "MAX_SECONDS", 0.3)
        assert fuzz_api.verdict(hanging, Request("GET", "/")) == "HANG"
    go_on.set()
    closing = answering(lambda handler: handler.connection.close())
    assert fuzz_api.verdict(closing, Request("GET", "/")).startswith("NO ANSWER")
    assert fuzz_api.fuzz(closing, cases=1)["faults"][-1] == "UNWELL, after case 0"


def test_it_finds_a_request_to_a_private_address(url, tmp_path, answering):
    with fuzz_api.baited(urlsplit(url).netloc, tmp_path) as server:

        def lured(handler):
            address = f"http://127.0.0.1:{server.bait.private_port}/a.png"
            with pytest.raises(HTTPError):
                urlopen(address)
            says("fine")(handler)

        server.address = answering(lured).address
        assert fuzz_api.verdict(server, Request("GET", "/")) == "FETCHED a private address"
