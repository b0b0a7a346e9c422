"""Chromium, and pages that fail the test on any error or on any request to elsewhere."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

# Milliseconds. A busy machine takes its time; a test that passes does not wait for it.
PATIENCE = 90_000

STARTED = "!document.querySelector('#early')"
expect.set_options(timeout=PATIENCE)

# Debian's: the shell is the same without a window around each page, in half the processor time.
SYSTEM_CHROMIUM = [Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium")]


def chromium_options(*extra: str, windows: bool = False) -> dict:
    """Launch options: the system's Chromium if there is one, else Playwright's own.

    ``windows``: with a window around each page, which alone knows of permissions withdrawn.
    """
    arguments = list(extra)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    options: dict = {"args": arguments, "timeout": PATIENCE}
    found = [each for each in SYSTEM_CHROMIUM if each.exists()]
    if found:
        options["executable_path"] = str(found[-1 if windows else 0])
    elif windows:
        options["channel"] = "chromium"
    return options


class Complaints:
    """What went wrong in a page: errors in its console, failed requests, requests to elsewhere."""

    def __init__(self, page, origin: str):
        self.found: list[str] = []
        self.origin = urlsplit(origin).netloc
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.found.append(f"uncaught: {error}"))
        page.on("request", self._on_request)
        page.on("requestfailed", self._on_failed)
        page.on("response", self._on_response)

    def _on_console(self, message):
        if message.type == "error":
            self.found.append(f"console: {message.text}")

    def _on_request(self, request):
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != self.origin:
            self.found.append(f"request to elsewhere: {request.url}")

    def _on_failed(self, request):
        # A page that closes or reloads breaks off its streams; that is no failure.
        if request.failure not in ("net::ERR_ABORTED", "NS_BINDING_ABORTED"):
            self.found.append(f"failed: {request.url} {request.failure}")

    def _on_response(self, response):
        if response.status >= 400:
            self.found.append(f"{response.status}: {response.url}")


@contextmanager
def loaded_anew(page):
    """Leave the block once the page has been loaded anew and Gradio has taken over again."""
    with page.expect_navigation():
        yield
    page.wait_for_function(STARTED)


@pytest.fixture(scope="session")
def chromium(playwright):
    """One browser for all tests."""
    browser = playwright.chromium.launch(**chromium_options())
    yield browser
    browser.close()


@pytest.fixture
def open_page(chromium):
    """Open a page of an app: ``open_page(url, **context_options)``; complaints fail the test.

    With ``started=False`` it is returned before Gradio has taken over from the first view.
    """
    contexts, complaints = [], []

    def open_one(url: str, browser=chromium, *, started=True, **options):
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", **options}
        context = browser.new_context(**options)
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        complaints.append(Complaints(page, url))
        page.goto(url)
        if started:
            page.wait_for_function(STARTED)
        return page

    yield open_one
    for context in contexts:
        context.close()
    found = [complaint for each in complaints for complaint in each.found]
    assert not found, "\n".join(found)


@pytest.fixture(scope="session")
def app():
    """The whole app with segmenters that answer at once; ``app.url``, ``app.segmenter``."""
    from tests.support.app_server import AppServer

    server = AppServer()
    yield server
    server.close()


@pytest.fixture(scope="session")
def camera_chromium(playwright, tmp_path_factory):
    """A browser whose camera plays a file: red at the left, blue at the right."""
    from tests.support.app_server import write_camera_file

    film = write_camera_file(tmp_path_factory.mktemp("camera") / "camera.mjpeg")
    options = chromium_options(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    browser = playwright.chromium.launch(**options)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def asking_chromium(playwright):
    """A browser with a camera, which pages get where they are permitted to."""
    options = chromium_options("--use-fake-device-for-media-stream", windows=True)
    browser = playwright.chromium.launch(**options)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def viewer_url():
    """Address of the small page around the viewer."""
    from tests.support import viewer_app

    demo = viewer_app.build()
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, _frontend=False)
    yield url
    demo.close()


@pytest.fixture
def viewer(open_page, viewer_url):
    """The viewer on a desktop, showing ``quarters``."""
    from tests.support.viewer_pages import ViewerPage

    page = ViewerPage(open_page(viewer_url))
    page.show("quarters")
    return page
