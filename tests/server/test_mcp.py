"""The MCP tools, as a client of the protocol's own package sees them."""

import base64
import gzip
import io
import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as rle

from detr_gradio.checkpoints.catalogue import CATALOGUE, DEFAULT
from detr_gradio.limits import limits
from detr_gradio.messages import message
from detr_gradio.server import mcp_pictures
from detr_gradio.server.launch import launch
from detr_gradio.server.mcp_tools import PREVIEW_SIDE
from detr_gradio.settings import Settings
from detr_gradio.ui.i18n import text
from tests.support import mcp_client
from tests.support.children import peak_memory

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "examples" / "photo-cows.jpg"


def as_argument(picture: Path) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture.read_bytes()).decode()}"


@pytest.fixture(scope="module")
def address(service):
    app = launch(Settings(mcp=True), service, block=False)
    yield f"{app.url}gradio_api/mcp/"
    app.close()


@pytest.fixture
def ask(address):
    """Open a session with the server and ask one thing; returns the answer."""
    return partial(mcp_client.ask, address)


@pytest.fixture
def call(ask):
    def run(name, progress=None, **arguments):
        return ask(lambda client: client.call_tool(name, arguments, progress_callback=progress))

    return run


def test_tools_and_parameters_explain_themselves(ask):
    tools = {tool.name: tool for tool in ask(lambda client: client.list_tools()).tools}
    assert set(tools) == {"segment", "list_checkpoints", "list_categories"}
    segment = tools["segment"]
    assert segment.description.startswith("Find every thing and region of a picture")
    assert "COCO's panoptic PNG format" in segment.description
    parameters = segment.inputSchema["properties"]
    assert list(parameters) == ["image", "checkpoint", "threshold", "detail", "method"]
    assert segment.inputSchema["required"] == ["image"]
    # A description over several lines would arrive cut off, without its full stop.
    assert all(each["description"].endswith(".") for each in parameters.values())
    for tool in tools.values():
        assert tool.description.endswith(".")
        assert ",," not in tool.description


async def heard(progress, total, message):
    """A client that asks for progress gets its answer in another way."""


@pytest.mark.parametrize("progress", [None, heard], ids=["at once", "with progress"])
def test_answer_is_a_picture_json_and_addresses(call, service, progress):
    answer = call("segment", progress, image=as_argument(PICTURE), threshold=0.6)
    assert not answer.isError
    picture, overlay, segments, panoptic = answer.content
    assert [picture.type, overlay.type, segments.type, panoptic.type] == ["image", *["text"] * 3]

    seen = Image.open(io.BytesIO(base64.b64decode(picture.data)))
    assert (picture.mimeType, seen.format) == ("image/jpeg", "JPEG")
    assert max(seen.size) == PREVIEW_SIDE
    assert overlay.text.startswith("http://127.0.0.1:")
    assert overlay.text.endswith("_overlay.png")
    assert panoptic.text.endswith("_panoptic.png")

    result = service.segmenters[DEFAULT].segment(PICTURE, threshold=0.6)
    found = json.loads(segments.text)
    assert (found["height"], found["width"]) == result.segment_ids.shape
    assert [each["area"] for each in found["segments"]] == [each.area for each in result.segments]
    for segment in found["segments"]:
        mask = rle.decode(segment["rle"])
        np.testing.assert_array_equal(mask, result.segment_ids == segment["id"])


def test_picture_that_was_uploaded_is_found_by_its_address(call, address):
    app = address.removesuffix("mcp/")
    with PICTURE.open("rb") as file:
        (path,) = httpx.post(f"{app}upload", files={"files": file}, timeout=60).json()
    answer = call("segment", image=f"{app}file={path}")
    assert not answer.isError
    assert [each.type for each in answer.content] == ["image", *["text"] * 3]


@pytest.mark.parametrize(
    "image",
    [
        str(PICTURE),
        "{app}file=" + str(PICTURE),
        "{app}file=/etc/hostname",
        "{app}file=../../../../etc/hostname",
        {"path": str(PICTURE), "meta": {"_type": "gradio.FileData"}},
    ],
)
def test_other_files_of_the_server_are_not_read(call, address, image):
    if isinstance(image, str):
        image = image.format(app=address.removesuffix("mcp/"))
    assert call("segment", image=image).isError


def test_lists(call):
    (checkpoints,) = call("list_checkpoints").content
    assert [each["name"] for each in json.loads(checkpoints.text)] == list(CATALOGUE)
    (categories,) = call("list_categories").content
    assert len(json.loads(categories.text)) == 133


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"method": "magic"}, "There is no method 'magic'. Use one of: paper, reference."),
        ({"checkpoint": "someone/else"}, "There is no checkpoint called 'someone/else' here."),
        ({"image": "http://["}, message("image_address")),
        ({"image": "http://127.0.0.1:22/"}, message("image_address")),
        ({"image": "data:,%é"}, message("image_unreadable")),
        ({"image": "data:,"}, message("image_empty")),
        ({"image": "{app}file=%00"}, message("image_missing")),
        ({"image": "{app}file=" + "a" * 5_000}, message("image_missing")),
    ],
)
def test_wrong_parameters_get_a_sentence(call, address, arguments, sentence):
    arguments = {
        name: value.replace("{app}", address.removesuffix("mcp/"))
        for name, value in arguments.items()
    }
    answer = call("segment", **{"image": as_argument(PICTURE), **arguments})
    assert answer.isError
    assert answer.content[0].text.startswith(sentence)


def test_what_there_is_not_is_refused_without_words_of_the_program(call):
    answer = call("delete")
    assert answer.isError
    assert answer.content[0].text == message("request_unfit")
    answer = call("segment", image="data:,", request="mine")
    assert answer.isError
    assert "Additional properties are not allowed ('request'" in answer.content[0].text


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 1_500, b"\xff"])
def test_a_body_that_is_no_json_is_the_caller_s_fault(address, body):
    kinds = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    answer = httpx.post(address, content=body, headers={**kinds, "Accept-Language": "es"})
    assert answer.status_code == 400
    sentence = message("request_unfit", "es")
    error = {"code": -32700, "message": sentence}  # JSON-RPC's code of a parse error
    assert answer.json() == {"jsonrpc": "2.0", "id": None, "error": error}


def test_pictures_of_agents_are_a_share_of_the_disk_too(call, monkeypatch):
    monkeypatch.setenv("DETR_SENDER_BYTES", "1_000")
    limits.cache_clear()
    try:
        answer = call("segment", image=as_argument(PICTURE))
    finally:
        limits.cache_clear()
    assert answer.isError
    assert answer.content[0].text == message("files_full")


def test_without_the_package_the_app_says_what_to_install():
    script = (
        "import sys\n"
        "sys.modules['mcp'] = None\n"  # as good as not installed
        "from detr_gradio.cli import main\n"
        "sys.exit(main(['launch', '--mcp', '--language', 'es']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.strip() == message("setting_mcp", "es")


class Elsewhere(BaseHTTPRequestHandler):
    """A place with pictures: one is whole, one is packed, one has no end, one is held."""

    asked, released = threading.Event(), threading.Event()

    def do_GET(self):
        name = self.path.rpartition("/")[2]
        if name == "held":
            self.asked.set()
            self.released.wait(60)
        content = PICTURE.read_bytes()
        self.send_response(200)
        if name == "packed":
            self.send_header("Content-Encoding", "gzip")
            content = gzip.compress(bytes(100_000_000), 1)
        self.end_headers()
        with suppress(OSError):  # whoever asked has had enough
            self.wfile.write(content)
            while name == "endless":
                self.wfile.write(bytes(1_000_000))

    def log_message(self, *_args):
        pass


@pytest.fixture
def elsewhere(monkeypatch):
    """Its address; the check is left out that it is a public one, which a test can't have."""

    async def validate(_host):
        return "127.0.0.1"

    monkeypatch.setattr("safehttpx.async_validate_url", validate)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_picture_at_an_address_is_never_more_than_a_picture_may_be(call, elsewhere):
    """2 MB of gzip would become 5 GB: it is not unpacked."""
    assert not call("segment", image=f"{elsewhere}/whole").isError
    before = peak_memory()
    packed = call("segment", image=f"{elsewhere}/packed")
    endless = call("segment", image=f"{elsewhere}/endless")
    assert packed.content[0].text == message("image_not_a_picture")
    assert endless.content[0].text == message("image_too_heavy", limit=25)
    if sys.platform == "linux":
        assert peak_memory() - before < 90_000_000  # 25 MB, as they come


def test_a_picture_that_is_slow_to_come_keeps_nobody_waiting(call, elsewhere):
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(call, "segment", image=f"{elsewhere}/held")
        assert Elsewhere.asked.wait(60)
        try:
            assert not call("segment", image=as_argument(PICTURE)).isError
            assert not slow.done()
        finally:
            Elsewhere.released.set()
        assert not slow.result().isError


def test_one_sender_has_three_quarters_of_the_line(call, elsewhere, monkeypatch):
    monkeypatch.setattr(mcp_pictures, "SHARED", ())  # as if it were no proxy of this machine
    monkeypatch.setattr(mcp_pictures, "limits", lambda: replace(limits(), queue_size=3))
    Elsewhere.asked.clear()
    Elsewhere.released.clear()
    with ThreadPoolExecutor() as pool:
        slow = []
        try:
            for _ in range(2):
                slow.append(pool.submit(call, "segment", image=f"{elsewhere}/held"))
                assert Elsewhere.asked.wait(60)
                Elsewhere.asked.clear()
            refused = call("segment", image=as_argument(PICTURE))
        finally:
            Elsewhere.released.set()
        assert refused.content[0].text == text("queue_full", "en", size=2)
        assert not any(each.result().isError for each in slow)
