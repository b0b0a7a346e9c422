"""The app that is served: its routes, health for load balancers, headers for browsers."""

import json
import re
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import gradio as gr
import pytest
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from detr_gradio.checkpoints.catalogue import CATALOGUE, DEFAULT, TOY_SCENES
from detr_gradio.messages import message
from detr_gradio.server.app import GRADIO_ROUTES
from detr_gradio.server.guard import Guard
from detr_gradio.server.headers import security_headers
from detr_gradio.server.health import health_routes
from detr_gradio.server.launch import launch
from detr_gradio.server.shutdown import Shutdown
from detr_gradio.service import Service
from detr_gradio.settings import Settings
from detr_gradio.ui.app import build_demo
from tests.support.fake import FakeService


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def health(service):
    return TestClient(Starlette(routes=health_routes(service, Shutdown())))


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
        with service.frames(TOY_SCENES, 0.85, 320):
            pass
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

    @pytest.mark.parametrize("path", ["config", "gradio_api/info", "nowhere/at/all"])
    def test_no_cache_gives_it_to_others(self, url, path):
        request = urllib.request.Request(
            url + path, headers={"X-Forwarded-Host": "hostile.example", "Accept": "*/*"}
        )
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            assert answer.headers.get_all("cache-control") == ["private"]
            assert (b"hostile.example" in answer.read()) == (path == "config")

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
        def answer(_request):
            return JSONResponse({}, headers={"Referrer-Policy": "no-referrer"})

        guarded = Guard(Starlette(routes=[Route("/", answer)]), security_headers("'none'"))
        headers = TestClient(guarded).get("/").headers
        assert headers.get_list("referrer-policy") == ["no-referrer"]
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert headers["content-security-policy"].endswith("frame-ancestors 'none'")


def post(url, path, body, **headers):
    """Send a body, which may be in chunks; returns the status and the answer."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


class TestRequests:
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

    def test_a_path_that_is_too_long_is_not_found(self, url):
        assert get(f"{url}assets/{'a' * 5_000}")[0] == 404

    def test_the_stream_of_an_unknown_event_ends(self, url):
        status, headers, body = get(f"{url}gradio_api/call/segment/nothing")
        assert (status, headers["Transfer-Encoding"]) == (200, "chunked")
        assert b"event: error" in body


# What Gradio 6.31 serves besides, and why nobody gets it.
REFUSED = {
    "/login": "our own",
    "/logout": "our own",
    "/gradio_api/file={path_or_url}": "our own: Gradio's fetches public addresses for anybody",
    "/gradio_api/upload": "our own",
    "/gradio_api/upload_progress": "our own",
    "/gradio_api/proxy={url_path}": "fetches addresses for anybody",
    "/gradio_api/file/{path}": "the same as file=, of old",
    "/gradio_api/process_recording": "runs ffmpeg with what it is sent: any video of the server",
    "/gradio_api/dev/reload": "for those who write the program",
    "/gradio_api/vibe-edit": "rewrites the program",
    "/gradio_api/undo-vibe-edit": "rewrites the program",
    "/gradio_api/vibe-code": "rewrites the program",
    "/gradio_api/vibe-starter-queries": "asks other servers",
    "/monitoring": "a table of all events",
    "/monitoring/summary": "a table of all events",
    "/monitoring/{key}": "a table of all events",
    "/gradio_api/deep_link": "writes what a visitor has on show to the disk",
    "/gradio_api/custom_component/{id}/{environment}/{type}/{file_name}": "prints what it is sent",
    "/gradio_api/component_server": "calls functions of components, of which there are none",
    "/gradio_api/openapi.json": "nobody needs it; /gradio_api/info says the same",
    "/gradio_api/startup-events": "starts what has started",
    "/gradio_api/queue/status": "how busy it is",
    "/gradio_api/runs": "what visitors have done",
    "/gradio_api/user": "our own login tells the page",
    "/gradio_api/login_check": "likewise",
    "/gradio_api/token": "gives scripts the login",
    "/gradio_api/app_id": "for those who write the program",
    "/gradio_api/theme.css": "the page takes /theme.css",
    "/gradio_api/api/{api_name}": "run, of old",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8": "no sound is streamed",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}": "likewise",
    "/gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file": "likewise",
    "/pwa_icon/{size}": "looks for a PNG where the icon is an SVG",
    "/svelte/{path}": "for components of other packages",
}


class TestRoutes:
    @pytest.fixture(scope="class")
    def paths(self, service):
        """The paths of all routes of the installed Gradio."""
        app = FastAPI()
        gr.mount_gradio_app(app, build_demo(service), path="/", run_history=False)
        described = app.routes[-1].app.openapi()["paths"]
        return {path.rstrip("/") or "/" for path in described}

    def test_each_is_known(self, paths):
        """A new Gradio's new routes answer 404; look at each, and say here or there what it is."""
        served = {path.replace(":path}", "}") for path in GRADIO_ROUTES}
        assert paths - served - set(REFUSED) == set()
        assert served - paths == set(), "Gradio has moved what the page needs"
        assert not served & set(REFUSED)

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_what_is_not_served_answers_404(self, url, method):
        for path in set(REFUSED) - {"/login", "/logout"}:
            if path.startswith(("/gradio_api/upload", "/gradio_api/file=")):
                continue
            place = path.replace("{id}", "a%0Ab").replace("{environment}", "client")
            connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
            connection.request(
                method, re.sub(r"{\w+}", "x", place), b"" if method == "POST" else None
            )
            answer = connection.getresponse()
            answer.read()
            # A path that one more word makes a served one is asked in another way.
            right = (404, 405) if "/api/" in path or "/stream/" in path else (404,)
            assert answer.status in right, path

    @pytest.mark.parametrize(
        "path",
        [
            "/gradio_api/file=https://example.org/a.png",
            "/gradio_api/file=http://127.0.0.1:1/a.png",
            "/gradio_api/file=HTTPS%3A//example.org/a.png",
            "/gradio_api/proxy=https://example.hf.space/a.png",
            "/docs",
            "/openapi.json",
        ],
    )
    def test_the_server_fetches_nothing_for_others(self, url, path):
        # Not urlopen, which would tidy the path.
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (404, {"detail": "Not Found"})
        assert answer.headers["X-Content-Type-Options"] == "nosniff"

    def test_a_picture_by_its_address_is_refused_before_it_waits(self, url):
        image = {"path": "https://example.org/a.png", "meta": {"_type": "gradio.FileData"}}
        status, answer = post(
            url, "/gradio_api/call/segment", json.dumps({"data": [image, "", 0.85, None, "paper"]})
        )
        assert (status, answer["detail"]) == (422, message("image_address"))

    def test_the_page_does_not_tell_where_a_checkpoint_is(self, small_folder):
        app = launch(Settings(), Service(checkpoint=str(small_folder)), block=False)
        try:
            told = get(f"{app.url}config")[2] + get(app.url)[2]
            assert str(small_folder).encode() not in told
            assert small_folder.name.encode() in told
        finally:
            app.close()


def test_health_needs_no_login_but_the_rest_does_and_both_have_the_headers_asked_for():
    settings = Settings(auth="ann:secret", frame_ancestors="https://example.org")
    app = launch(settings, FakeService(), block=False)
    join("warm-up")
    try:
        assert get(f"{app.url}health/live")[0] == 200
        assert get(f"{app.url}health/ready")[0] == 200
        status, headers, _ = get(f"{app.url}config")
        assert status == 401
        assert policy_of(headers)["frame-ancestors"] == "https://example.org"
    finally:
        app.close()
