"""On ZeroGPU: the real package, its fork and the app; only the card and its API are the test's."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from benchmarks.camera import Camera
from benchmarks.server import Page
from benchmarks.visitors import Visitor
from detr_gradio.service.zerogpu import ON_ZEROGPU
from tests.browser.conftest import PATIENCE, chromium_options
from tests.support.app_server import add_picture, wait_for_result
from tests.support.factories import SMALL, write_checkpoint
from tests.support.made_videos import write_video
from tests.support.really_served import ROOT, Served
from tests.support.zerogpu import TOKEN, ZeroGpu, lease

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as Spaces, spaces reads /proc")


def wait_until(true, seconds=300):  # a busy machine takes its time; a test that passes does not
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_ready(server):
    try:
        return json.loads(server.get("health/ready"))["ready"]
    except urllib.error.HTTPError:
        return False


@pytest.fixture(scope="module")
def gpu(tmp_path_factory):
    with ZeroGpu(tmp_path_factory.mktemp("zerogpu")) as api:
        yield api


@pytest.fixture(scope="module")
def later(picture, tmp_path_factory):
    """A checkpoint that a visitor chooses later."""
    sizes = {"shortest_edge": 128, "longest_edge": 256}
    return write_checkpoint(tmp_path_factory.mktemp("later"), picture, kept=6, **sizes, **SMALL)


@pytest.fixture(scope="module")
def space(gpu, small_folder, later):
    """The app as a Space starts it, its checkpoint loaded."""
    environment = {
        **gpu.environment,
        "SPACE_ID": "ann/detr-panoptic",
        "DETR_CHECKPOINT": str(small_folder),
        "DETR_CHECKPOINT_FOLDERS": str(later),
    }
    with Served(str(ROOT / "app.py"), **environment) as server:
        # Once it is there it has reported itself, or it is stopped.
        assert gpu.requests("/startup-report") == [{}]
        wait_until(lambda: is_ready(server))
        yield server


@pytest.fixture(scope="module")
def segment(space, tmp_path_factory):
    """Ask the API for a picture of a colour, as a visitor of Hugging Face; returns the segments."""
    client = Client(space.url, verbose=False, headers={"X-IP-Token": TOKEN})
    spanish = Client(
        space.url, verbose=False, headers={"X-IP-Token": TOKEN, "Accept-Language": "es"}
    )
    folder = tmp_path_factory.mktemp("pictures")

    def ask(picture, checkpoint="", language="en"):
        path = folder / "picture.png"
        Image.fromarray(picture).save(path)
        asker = spanish if language == "es" else client
        return asker.predict(handle_file(path), checkpoint, 0.5, None, "paper", api_name="/segment")

    return ask


def test_without_the_first_import_nothing_is_reported(gpu, small_folder, tmp_path):
    """The control of the others: torch and Gradio come first, as the app once did."""
    code = (ROOT / "app.py").read_text()
    before, after = code.split('if "SPACES_ZERO_GPU" in os.environ:\n    import spaces')
    (tmp_path / "app.py").write_text(before + after.partition("\n")[2])
    environment = {**gpu.environment, "DETR_CHECKPOINT": str(small_folder)}
    reports = len(gpu.requests("/startup-report"))
    with Served(str(tmp_path / "app.py"), **environment):
        assert len(gpu.requests("/startup-report")) == reports


def test_a_picture_borrows_a_gpu_for_its_visitor(gpu, segment, picture, small_folder):
    _, answer, _ = segment(picture)
    from detr_gradio import load_segmenter

    here = load_segmenter(small_folder).segment(picture, threshold=0.5)
    assert [each["area"] for each in answer["segments"]] == [each.area for each in here.segments]
    (asked,) = gpu.requests("/schedule")
    assert asked["token"] == TOKEN
    assert asked["durationSeconds"] == "5"
    assert len(gpu.requests("/release")) == 1
    # The worker inherited what the main process had read.
    assert [words[1:] for words in gpu.noted()] == [["network", "cuda"]]


def listens_on(process, port):
    """Whether a process has a socket that listens on a port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = f":{port:04X}"
    listening = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(local) and row[3] == "0A"}
    files = Path(f"/proc/{process}/fd").iterdir()
    return bool(listening & {str(file.readlink()) for file in files})


def test_the_network_stays_on_the_gpu(gpu, segment, picture, space):
    worker = gpu.requests("/allow")[-1]["pid"]
    port = int(space.url.rstrip("/").rpartition(":")[2])
    assert listens_on(space.process.pid, port)
    assert not listens_on(worker, port)
    segment(picture[::-1].copy())
    assert gpu.requests("/allow")[-1]["pid"] == worker
    assert gpu.noted() == [[worker, "network", "cuda"]]


def test_each_call_of_a_program_borrows_anew(gpu, segment, picture):
    """Else the time of an answer would tell of pictures that others had sent."""
    before = len(gpu.requests("/schedule"))
    segment(picture)
    assert len(gpu.requests("/schedule")) == before + 1


def test_a_checkpoint_chosen_later_is_read_by_the_worker(gpu, segment, picture, later):
    worker = gpu.requests("/allow")[-1]["pid"]
    _, answer, _ = segment(picture, str(later))
    assert answer["checkpoint"] == later.name
    assert gpu.noted()[1:] == [[worker, "load"], [worker, "network", "cuda"]]


QUOTA = json.dumps({"left": 3, "wait": 3600}).encode()
STREAM = {"Content-Type": "text/event-stream"}


@pytest.mark.parametrize(
    ("refusal", "language", "said"),
    [
        (
            (429, {"X-Authenticated": "regular"}, QUOTA),
            "en",
            "Your time on Hugging Face's GPU is used up: this asks for 5 s, and 3 s are left. "
            "Please try again in 1:00:00 (hours:minutes:seconds). More time: "
            "https://huggingface.co/subscribe/pro.",
        ),
        (
            (429, {}, QUOTA),
            "es",
            "Su tiempo en la GPU de Hugging Face está agotado: esto pide 5 s y quedan 3 s. "
            "Inténtelo de nuevo dentro de 1:00:00 (horas:minutos:segundos). Más tiempo: "
            "https://huggingface.co/join.",
        ),
        ((429, {}, b'{"left": 3, "wait": 0}'), "en", "too often"),
        ((429, {}, b'{"left": 3, "wait": -1}'), "en", "longer than Hugging Face lends"),
        (
            (429, {"X-Approve-Result": "pending-overquota-exceeded"}, QUOTA),
            "en",
            "too often or too much at once",
        ),
        ((200, STREAM, b"event: failed\n\n"), "es", "no hay ninguna GPU libre"),
        ((503, {}, b""), "en", "No GPU of Hugging Face is free"),
        ((500, {}, b""), "en", "https://status.huggingface.co"),
    ],
)
def test_why_no_gpu_is_lent_is_told(gpu, segment, picture, refusal, language, said):
    gpu.refusals.append(refusal)
    with pytest.raises(Exception, match=r"\w") as told:
        segment(255 - picture, language=language)
    assert said in str(told.value)
    assert gpu.refusals == []


def test_a_queue_is_waited_for(gpu, segment, picture):
    given = json.dumps(lease()).encode()
    gpu.refusals.append((200, STREAM, b"event: succeeded\ndata: " + given + b"\n\n"))
    _, answer, _ = segment(picture[:, ::-1].copy())
    assert answer["segments"]


def test_a_worker_that_is_ended_is_told(gpu, segment, picture, space):
    worker = int(gpu.requests("/allow")[-1]["pid"])
    os.kill(worker, signal.SIGSTOP)
    threading.Timer(1, os.kill, [worker, signal.SIGKILL]).start()
    with pytest.raises(Exception, match="ended the work on its GPU"):
        segment(picture[::2].copy())
    segment(picture[::2].copy())  # another worker


@pytest.mark.browser
def test_on_the_page_too_its_visitor_is_charged(gpu, space, playwright, picture, tmp_path):
    path = tmp_path / "picture.png"
    Image.fromarray(picture[::-1, ::-1]).save(path)
    before = len(gpu.requests("/schedule"))
    browser = playwright.chromium.launch(**chromium_options())
    page = browser.new_page(extra_http_headers={"X-IP-Token": TOKEN})
    page.set_default_timeout(PATIENCE)
    page.goto(space.url)
    add_picture(page, path)
    wait_for_result(page)
    browser.close()
    (asked,) = gpu.requests("/schedule")[before:]
    assert asked["token"] == TOKEN


@pytest.fixture
def visitor(space, gpu):
    """Somebody on the page, as Hugging Face's proxy passes requests on; and what is asked then."""
    page = Page(space.url)
    return page, Visitor(page, headers={"X-IP-Token": TOKEN}), len(gpu.requests("/schedule"))


def asked_since(gpu, before):
    return [(each["token"], each["durationSeconds"]) for each in gpu.requests("/schedule")[before:]]


def test_why_borrows_a_gpu_for_its_visitor(gpu, visitor, picture, tmp_path):
    page, ann, before = visitor
    Image.fromarray(picture[::-1, ::-1, ::-1].copy()).save(tmp_path / "a.png")
    _, shown = ann.show((tmp_path / "a.png").read_bytes(), 64)
    segment = shown["segments"][0]["id"]
    answer = ann.run(page.event("segment_why", "viewer"), [None], {"id": segment})
    assert "Where query" in json.dumps(answer.changes)
    assert asked_since(gpu, before) == [(TOKEN, "5")] * 2  # the picture, and why


def test_a_video_of_the_page_borrows_one_gpu_for_its_visitor(gpu, visitor, tmp_path):
    page, ann, before = visitor
    clip = write_video(
        tmp_path / "in.mp4", [np.full((48, 64, 3), 9 * n, np.uint8) for n in range(9)]
    )
    video = ann.upload(clip.read_bytes())
    data = [video, 1, 64, 0, None, page.checkpoint, 0.5, None]
    answer = ann.run(page.event("click", "video-begin"), data)
    assert "9 frames" in json.dumps([answer.changes, answer.data])
    asked = asked_since(gpu, before)
    assert set(asked) == {(TOKEN, "30")}
    assert len(asked) < 9 / 2  # one, unless the machine is so busy that its time was over


def test_each_frame_of_a_live_camera_borrows_a_gpu_for_its_visitor(gpu, visitor):
    page, ann, before = visitor
    camera = Camera(page, ann)
    camera.start(PATIENCE / 1000)
    while camera.answered < 5 and camera.live(0.1):
        pass
    camera.stop()
    assert camera.answered >= 5
    asked = asked_since(gpu, before)
    assert set(asked) == {(TOKEN, "5")}  # as the page says: no more than the frames need
    assert len(asked) >= 5


TURN = """
import spaces
import sys, time
from types import SimpleNamespace
import numpy as np
from detr_gradio.messages import UserError
from detr_gradio.service import Service, zerogpu

service = Service(checkpoint=sys.argv[1])
frame = np.full((90, 120, 3), 200, np.uint8)
with service.frames(None, 0.5, 128) as segment:
    for value in (0, 1, 2):
        frame[:40] = value
        segment(frame)
    later = time.monotonic() + 26
    zerogpu.time = SimpleNamespace(monotonic=lambda: later)
    frame[:40] = 3
    segment(frame)
print("over")
"""


def test_a_video_holds_one_gpu_for_its_turn(small_folder, tmp_path):
    with ZeroGpu(tmp_path) as gpu:
        told = subprocess.run(
            [sys.executable, "-c", TURN, str(small_folder)],
            env={**os.environ, **gpu.environment},
            timeout=300,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "over" in told.stdout, told.stderr
        # Three frames within a turn, and one that came when it was nearly over.
        assert [asked["durationSeconds"] for asked in gpu.requests("/schedule")] == ["30", "30"]
        assert [asked["fail"] for asked in gpu.requests("/release")] == ["false", "false"]
        assert [words[1:] for words in gpu.noted()] == [["network", "cuda"]]


def test_elsewhere_the_package_changes_nothing():
    assert not ON_ZEROGPU
