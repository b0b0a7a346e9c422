"""What the server says besides the page: health for load balancers, headers for browsers."""

import json
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from detr_gradio.checkpoints.catalogue import CATALOGUE, DEFAULT, TOY_SCENES
from detr_gradio.limits import limits
from detr_gradio.server.headers import security_headers
from detr_gradio.server.launch import launch
from detr_gradio.server.serving import serving
from detr_gradio.server.shutdown import Shutdown
from detr_gradio.settings import Settings
from tests.support.fake import FakeService


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def health(service):
    return TestClient(Starlette(**serving(service, "'self'", Shutdown())))


class TestHealth:
    def test_live_before_anything_is_loaded(self):
        answer = health(FakeService()).get("/health/live")
        assert (answer.status_code, answer.json()) == (200, {"live": True})

    def test_ready_once_the_checkpoint_is_loaded(self):
        service = FakeService()
        client = health(service)
        before = client.get("/health/ready")
        assert (before.status_code, before.json()) == (503, {"ready": False, "stand_in": False})
        service.warm_up()
        join("warm-up")
        after = client.get("/health/ready")
        assert (after.status_code, after.json()) == (200, {"ready": True, "stand_in": False})
        assert after.headers["cache-control"] == "no-store"

    def test_another_checkpoint_makes_it_not_ready(self):
        service = FakeService()
        service.frames(TOY_SCENES, 0.85, 320)
        assert health(service).get("/health/ready").status_code == 503

    def test_a_stand_in_is_ready_and_says_so(self):
        service = FakeService(missing=(DEFAULT,))
        service.warm_up()
        join("warm-up")
        answer = health(service).get("/health/ready")
        assert (answer.status_code, answer.json()) == (200, {"ready": True, "stand_in": True})

    def test_nothing_to_be_had_is_not_ready(self):
        service = FakeService(missing=tuple(CATALOGUE))
        service.warm_up()
        join("warm-up")
        answer = health(service).get("/health/ready")
        assert (answer.status_code, answer.json()) == (503, {"ready": False, "stand_in": True})

    def test_load_balancers_may_ask_with_head(self):
        assert health(FakeService()).head("/health/live").status_code == 200


def join(name):
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join()


def policy_of(headers):
    pairs = [part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; ")]
    return dict(pairs)


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["", "config", "gradio_api/info", "health/live", "theme.css", "nowhere/at/all"]
    )
    def test_every_answer_has_them(self, url, path):
        _, headers, _ = get(url + path)
        for name, value in security_headers(Settings().frame_ancestors).items():
            assert headers.get_all(name) == [value]

    def test_they_say_what_is_allowed(self, url):
        _, headers, _ = get(url)
        policy = policy_of(headers)
        assert policy["default-src"] == "'self'"
        assert policy["connect-src"] == "'self' data: blob:"
        assert policy["object-src"] == "'none'"
        assert policy["frame-ancestors"] == "'self' https://huggingface.co"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "camera=(self)" in headers["Permissions-Policy"]
        # It would forbid what frame-ancestors allows.
        assert "X-Frame-Options" not in headers

    def test_the_page_needs_nothing_from_elsewhere(self, url):
        _, headers, _ = get(url)
        assert "http" not in headers["Content-Security-Policy"].replace(
            "frame-ancestors 'self' https://huggingface.co", ""
        )

    def test_a_space_may_show_the_header_of_its_host(self):
        here = policy_of(security_headers("'none'"))
        space = policy_of(security_headers("'none'", space=True))
        assert space["connect-src"] == "'self' data: blob: https://huggingface.co"
        assert {name for name in here if here[name] != space[name]} == {
            "connect-src",
            "img-src",
            "style-src",
            "font-src",
        }

    def test_an_answer_that_has_set_one_keeps_it(self):
        arguments = serving(FakeService(), "'none'", Shutdown())
        client = TestClient(Starlette(**arguments))
        headers = client.get("/health/live").headers
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert headers["content-security-policy"].endswith("frame-ancestors 'none'")


def post(url, path, body, **headers):
    """Send a body, which may be in chunks; returns the status and the answer."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


class TestGuard:
    @pytest.mark.parametrize(
        ("path", "body", "status"),
        [
            ("/gradio_api/call/segment", b'{"data": [1', 422),
            ("/gradio_api/call/nothing", b'{"data": []}', 400),
            ("/gradio_api/call/v2/segment", b'{"a": 1}', 400),
            ("/gradio_api/cancel", b'{"fn_index": NaN}', 422),
        ],
    )
    def test_a_request_that_is_none_is_refused_as_such(self, url, path, body, status):
        said, answer = post(url, path, body)
        assert said == status
        assert set(answer) == {"detail"}

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("en", "The app can't use this request."),
            ("es-CO", "La aplicación no puede usar esta petición."),
        ],
    )
    @pytest.mark.parametrize("image", ["a text", {"url": 7}, {"path": "/etc/passwd"}, [1]])
    def test_parameters_that_gradio_refuses_get_a_sentence(self, url, image, language, sentence):
        # The mark of a file has Gradio look where it lies.
        marked = {**image, "meta": {"_type": "gradio.FileData"}} if "path" in image else image
        body = json.dumps({"data": [marked, "", 0.85, None, "paper"]})
        _, begun = post(url, "/gradio_api/call/segment", body)
        event = f"{url}gradio_api/call/segment/{begun['event_id']}"
        request = urllib.request.Request(event, headers={"Accept-Language": language})
        _, _, told = get(request)
        error = told.decode().split("event: error\ndata: ")[1]
        assert json.loads(error)["error"].startswith(sentence)

    def test_a_form_without_a_files_name_is_refused(self, url):
        body = b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\na\r\n--x--\r\n'
        kind = "multipart/form-data; boundary=x"
        assert post(url, "/gradio_api/upload", body, **{"Content-Type": kind})[0] == 400

    def test_a_path_that_is_too_long_is_not_found(self, url):
        assert get(f"{url}assets/{'a' * 5_000}")[0] == 404

    def test_the_stream_of_an_unknown_event_ends(self, url):
        status, headers, body = get(f"{url}gradio_api/call/segment/nothing")
        assert (status, headers["Transfer-Encoding"]) == (200, "chunked")
        assert b"event: error" in body

    @pytest.mark.parametrize("chunked", [False, True])
    def test_more_than_a_picture_is_not_taken_into_memory(self, monkeypatch, chunked):
        monkeypatch.setenv("DETR_MAX_IMAGE_BYTES", "1_000_000")
        limits.cache_clear()
        demo = launch(Settings(), FakeService(), block=False)
        try:
            for size, right in [(1_500_000, 200), (2_500_000, 413)]:
                body = json.dumps({"data": ["a" * size]}).encode()
                parts = [body[at : at + 100_000] for at in range(0, len(body), 100_000)]
                said, _ = post(
                    demo.local_url, "/gradio_api/call/categories", iter(parts) if chunked else body
                )
                assert said == right
        finally:
            demo.close(verbose=False)
            limits.cache_clear()

    @pytest.mark.parametrize(
        "path",
        [
            "/gradio_api/file=https://example.org/a.png",
            "/gradio_api/file=http://127.0.0.1:1/a.png",
            "/gradio_api/file=HTTPS%3A//example.org/a.png",
            "/gradio_api/proxy=https://example.hf.space/a.png",
        ],
    )
    def test_the_server_fetches_nothing_for_others(self, url, path):
        # Not urlopen, which would tidy the path.
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (404, {"detail": "Not Found"})
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_uploaded_files_are_still_served(self, url):
        boundary = "x"
        body = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n'
            f"Content-Type: text/plain\r\n\r\nhello\r\n--{boundary}--\r\n"
        ).encode()
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = urllib.request.Request(f"{url}gradio_api/upload", body, kind)
        with urllib.request.urlopen(request, timeout=60) as answer:
            (path,) = json.load(answer)
        status, _, content = get(f"{url}gradio_api/file={path}")
        assert (status, content) == (200, b"hello")


def test_health_needs_no_login_but_the_rest_does_and_both_have_the_headers_asked_for():
    settings = Settings(auth="ann:secret", frame_ancestors="https://example.org")
    demo = launch(settings, FakeService(), block=False)
    join("warm-up")
    try:
        assert get(f"{demo.local_url}health/live")[0] == 200
        assert get(f"{demo.local_url}health/ready")[0] == 200
        status, headers, _ = get(f"{demo.local_url}config")
        assert status == 401
        assert policy_of(headers)["frame-ancestors"] == "https://example.org"
    finally:
        demo.close(verbose=False)
