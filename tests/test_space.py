"""The repository as a Space: its files alone, its start, behind a proxy that ends TLS.

``make space`` does it with packages freshly installed, by the Python that README.md asks for.
"""

import asyncio
import os
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from playwright.sync_api import expect

from detr_gradio.healthcheck import is_ready
from tests.browser.conftest import PATIENCE, chromium_options
from tests.server.test_launch import make_certificate, needs_openssl
from tests.support.app_server import OWN, wait_for_result
from tests.support.really_served import Served, free_port

pytestmark = [pytest.mark.browser, needs_openssl]

ROOT = Path(__file__).parents[1]
HOST = "ann-detr-panoptic.hf.space"
NOBODY = 65534


class TlsProxy:
    """Ends TLS as the proxy of Spaces does, one request a connection; to be entered with ``with``.

    Attributes:
        port: where it listens.
    """

    def __init__(self, certificate: Path, key: Path, target: int):
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate, key)
        self._target = target
        self.port = free_port()

    def __enter__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        start = asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self._context)
        asyncio.run_coroutine_threadsafe(start, self._loop).result(10)
        return self

    def __exit__(self, *_error):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()
            return
        told = b"X-Forwarded-Proto: https\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: close\r\n\r\n"
        inner_writer.write(head[:-2] + told)
        await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))


async def _pass(reader, writer):
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


def python_of_the_space(folder):
    """The Python that the tests run with; with SPACE_PYTHON, that one with packages of its own."""
    wanted = os.environ.get("SPACE_PYTHON")
    if not wanted:
        return sys.executable
    venv = folder / "venv"
    subprocess.run(
        ["sh", "scripts/install.sh", "requirements.txt"],
        cwd=folder / "app",
        env={**os.environ, "PYTHON": wanted, "VENV": str(venv)},
        check=True,
    )
    return str(venv / "bin" / "python")


# Whoever was root may still start a Python of root's own, but nothing of what that starts again.
PROBE = (
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import torch'], check=True); "
    "import gradio; print(sys.base_prefix)"
)


def as_nobody(python):
    """What stands before a command so that it has no rights; nothing where that can't be done."""
    before = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return []
    root, nobody = (
        subprocess.run([*words, python, "-c", PROBE], check=False, capture_output=True, cwd="/")
        for words in ([], before)
    )
    # Not another Python's library, which it takes where it can't reach its own.
    return before if nobody.stdout == root.stdout and not nobody.returncode else []


@pytest.fixture(scope="module")
def folder():
    """An empty one, which whoever has no rights may enter; pytest's own are for its user alone."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def space(folder):
    """Port of the app, started as a Space starts it, from the files that ``hf upload`` sends."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True)
    for name in tracked.stdout.decode().splitlines():
        target = folder / "app" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    python = python_of_the_space(folder)
    home = folder / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    port = free_port()
    environment = {
        "HOME": str(home),
        "PYTHONPATH": "",
        "SPACE_ID": "ann/detr-panoptic",
        "SPACE_HOST": HOST,
        "SPACE_AUTHOR_NAME": "ann",
        "SYSTEM": "spaces",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_TEMP_DIR": str(home / "gradio"),
        "HF_HOME": str(home / "hf"),
        "HF_HUB_OFFLINE": "1",
    }
    before = ["env", f"--chdir={folder / 'app'}", *as_nobody(python)]
    environment["DETR_LOG_LEVEL"] = "info"
    with Served("app.py", python=python, before=before, **environment) as served:
        end = time.monotonic() + 300
        while not is_ready(environment):  # a busy machine takes its time
            told = before, served.complaints
            assert served.process.poll() is None, told
            assert time.monotonic() < end, told
            time.sleep(0.2)
        yield port


@pytest.fixture
def space_page(space, playwright, tmp_path):
    certificate, key = make_certificate(tmp_path)
    with TlsProxy(certificate, key, space) as proxy:
        rules = f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{proxy.port}"
        # Its address is public on Spaces: browsers keep pages of others from this machine's own.
        public = f"--ip-address-space-overrides=127.0.0.1:{proxy.port}=public"
        browser = playwright.chromium.launch(
            **chromium_options(rules, public, "--ignore-certificate-errors")
        )
        context = browser.new_context(locale="en-GB")
        context.set_default_timeout(PATIENCE)
        # The page of the Space on huggingface.co shows it in a frame.
        frame = f'<iframe src="https://{HOST}/" allow="camera" width="1300" height="800"></iframe>'
        context.route(
            "https://huggingface.co/**",
            lambda route: route.fulfill(body=frame, content_type="text/html"),
        )
        yield context.new_page()
        browser.close()


def test_it_serves_a_visitor_of_hugging_face(space_page, tmp_path):
    answer = space_page.goto(f"https://{HOST}/")
    assert "https://huggingface.co" in answer.headers["content-security-policy"]
    assert "camera=" in answer.headers["permissions-policy"]
    space_page.goto("https://huggingface.co/spaces/ann/detr-panoptic")
    page = space_page.frame_locator("iframe")
    page.locator("#picture input[type=file]").set_input_files(ROOT / "examples" / "scene-car.jpg")
    page.locator(f".panoptic-viewer[data-state=ready]{OWN}").wait_for()
    expect(page.locator(".panoptic-viewer tbody tr .name").first).to_be_visible()
    # Its own address, as a link from there; and a file to take home.
    space_page.goto(f"https://{HOST}/?example=scene-car")
    wait_for_result(space_page)
    space_page.get_by_role("button", name="Downloads").click()
    with space_page.expect_download() as download:
        space_page.locator("#download-overlay").click()
    assert Path(download.value.path()).read_bytes().startswith(b"\x89PNG")
