"""What goes wrong around a running server; each fault really happens."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from benchmarks.server import Page
from benchmarks.visitors import Visitor
from detr_gradio.checkpoints.catalogue import DEFAULT, TOY_SCENES
from detr_gradio.healthcheck import is_ready
from detr_gradio.messages import UserError, message
from detr_gradio.server import shutdown
from detr_gradio.server.launch import launch
from detr_gradio.service import SegmentationRequest
from detr_gradio.service.memory import segment_within_memory
from detr_gradio.settings import Settings
from detr_gradio.ui.i18n import text
from tests.support.fake import FakeService
from tests.support.isolated import on_small_disk, require_namespaces
from tests.support.really_served import ROOT, Served, fake_app

EXAMPLES = Path(__file__).parents[2] / "examples"
PICTURES = [EXAMPLES / f"photo-{name}.jpg" for name in ("cows", "cat", "room", "dogs")]


def post(address, data, kind="application/json", **headers):
    """Status and JSON of the answer to a POST."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    request = urllib.request.Request(address, body, {"Content-Type": kind, **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def upload(address, data):
    """Status and JSON of the answer to an upload."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n" + data + b"\r\n--x--\r\n"
    )
    return post(f"{address}gradio_api/upload", body, "multipart/form-data; boundary=x")


def wait_until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


class TestSigterm:
    def test_without_work_it_ends_well(self):
        with fake_app() as served:
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(60) == 0
            assert served.process.stdout.read() == text("stopping", "en") + "\n"
            assert served.complaints == []

    def test_what_is_under_way_is_finished_and_who_waits_is_told(self, tmp_path):
        go_on = tmp_path / "go-on"
        with fake_app(go_on) as served:
            client = Client(served.url, verbose=False)
            spanish = Client(served.url, verbose=False, headers={"Accept-Language": "es"})
            running = client.submit(handle_file(PICTURES[0]), api_name="/segment")
            wait_until(lambda: running.status().code.name == "PROCESSING")
            waiting = spanish.submit(handle_file(PICTURES[1]), api_name="/segment")
            wait_until(lambda: waiting.status().code.name == "IN_QUEUE")
            served.process.send_signal(signal.SIGTERM)
            with pytest.raises(AppError, match=text("stopped_server", "es")):
                waiting.result(timeout=60)
            refused = post(
                f"{served.url}gradio_api/call/categories", {"data": []}, **{"Accept-Language": "es"}
            )
            assert refused == (503, {"detail": text("stopped_server", "es")})
            assert json.loads(served.get("health/live")) == {"live": True}
            with pytest.raises(urllib.error.HTTPError, match="503"):
                served.get("health/ready")
            go_on.touch()
            _, segments, _ = running.result(timeout=60)
            assert segments["checkpoint"] == DEFAULT
            assert len(segments["segments"]) == 4
            assert served.process.wait(60) == 0

    def test_what_takes_too_long_is_told_and_the_process_ends(self, tmp_path):
        with fake_app(tmp_path / "never", grace=1) as served:
            job = Client(served.url, verbose=False).submit(
                handle_file(PICTURES[0]), api_name="/segment"
            )
            wait_until(lambda: job.status().code.name == "PROCESSING")
            served.process.send_signal(signal.SIGTERM)
            with pytest.raises(AppError, match=text("stopped_server", "en")):
                job.result(timeout=60)
            assert served.process.wait(60) == 0

    def test_a_video_and_a_decoder_that_is_stuck_leave_no_processes_and_no_folders(self, tmp_path):
        files = tmp_path / "files"
        Image.new("RGB", (64, 48)).save(tmp_path / "small.avif")
        picture = (tmp_path / "small.avif").read_bytes()
        places = {"GRADIO_TEMP_DIR": str(files), "TMPDIR": str(files)}
        words = ("-m", "detr_gradio", "launch", "--checkpoint", TOY_SCENES)
        with Served(*words, **places) as served:
            wait_until(lambda: is_ready({"GRADIO_SERVER_PORT": str(urlsplit(served.url).port)}))
            page = Page(served.url)
            Visitor(page).segment(picture)
            (stuck,) = _decoders(served)
            os.kill(stuck, signal.SIGSTOP)
            ann, bob = Visitor(page), Visitor(page)
            video = ann.upload((EXAMPLES / "video-street.mp4").read_bytes())
            data = [video, 1, 480, 0, None, page.checkpoint, 0.85, None]
            ann.join(page.event("click", "video-begin"), data)
            bob.join(page.event("segment"), [bob.upload(picture), None, 0.85, None, "paper"])
            wait_until(lambda: list(files.rglob("frames.csv")))
            decoders = _decoders(served)
            assert len(decoders) == 2
            start = time.monotonic()
            served.process.send_signal(signal.SIGTERM)
            assert served.process.wait(60) == 0, served.complaints
            # Container engines wait for ten seconds.
            assert time.monotonic() - start < 10
        assert not any(Path(f"/proc/{each}").exists() for each in decoders)
        assert list(files.iterdir()) == []

    def test_nor_can_native_code_hold_it_that_lets_no_thread_of_python_s_run(self):
        script = (
            "import re\n"
            "from types import SimpleNamespace as Made\n"
            "from detr_gradio.server import shutdown\n"
            "shutdown._LAST_RESORT = 1\n"
            "shutdown.Shutdown._run = lambda *_: None\n"
            "queue = Made(busy=bool, dismiss_waiting=bool, dismiss_active=bool)\n"
            "endless = lambda: re.match('(a*)*b', 'a' * 60)\n"
            "shutdown.Shutdown().finish(Made(queue=queue, close=endless))\n"
        )
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-c", script], check=False, cwd=ROOT)
        assert done.returncode == 1
        assert time.monotonic() - start < 50

    def test_all_of_it_takes_less_than_container_engines_wait(self):
        assert shutdown.GRACE + shutdown._DELIVERY < shutdown._LAST_RESORT < 10


class TestClientGone:
    def test_its_picture_ends_and_its_others_never_begin(self):
        service = FakeService()
        app = launch(Settings(), service, block=False)
        segmenter = service.segmenters[DEFAULT]
        try:
            address, _ = app.url, Client(app.url, verbose=False)
            with segmenter.held():
                hasty = leave_in_the_middle(address, PICTURES[:3])
                wait_until(lambda: app.queue.get_active_worker_count() == 1)
                hasty.close()
                wait_until(lambda: len(app.queue) == 0)
            _, segments, _ = Client(address, verbose=False).predict(
                handle_file(PICTURES[3]), api_name="/segment"
            )
            assert len(segments["segments"]) == 4
            # The one under way, and the next client's; the two that waited are forgotten.
            assert segmenter.passes == 2
        finally:
            app.close()

    def test_half_an_upload_leaves_no_file(self, tmp_path):
        with fake_app(GRADIO_TEMP_DIR=str(tmp_path)) as served:
            with socket.create_connection(("127.0.0.1", urlsplit(served.url).port)) as connection:
                connection.sendall(
                    b"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    b"Content-Length: 9000000\r\n"
                    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
                    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n'
                    b"Content-Type: image/png\r\n\r\n" + bytes(2_000_000)
                )
                wait_until(lambda: files_in(tmp_path))
            wait_until(lambda: not files_in(tmp_path))
            # A whole one stays, so it is not that none was ever there.
            assert upload(served.url, b"x")[0] == 200
            assert len(files_in(tmp_path)) == 1


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def leave_in_the_middle(address, pictures):
    """Ask for pictures, begin to listen for the answers, and return the open connection."""
    number = next(
        each["id"]
        for each in json.load(urllib.request.urlopen(f"{address}config", timeout=60))[
            "dependencies"
        ]
        if each["api_name"] == "segment"
    )
    for picture in pictures:
        status, (path,) = upload(address, picture.read_bytes())
        assert status == 200
        file = {"path": path, "meta": {"_type": "gradio.FileData"}}
        data = [file, None, 0.85, None, "paper"]
        join = {"data": data, "fn_index": number, "session_hash": "hasty"}
        assert post(f"{address}gradio_api/queue/join", join)[0] == 200
    connection = socket.create_connection(("127.0.0.1", urlsplit(address).port))
    connection.sendall(
        b"GET /gradio_api/queue/data?session_hash=hasty HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    )
    assert b"200 OK" in connection.recv(4096)
    return connection


class TestDisk:
    def test_full_is_told_and_it_goes_on_once_there_is_room(self, tmp_path):
        require_namespaces()
        files = tmp_path / "files"
        files.mkdir()
        before = on_small_disk(files, "2m")
        with fake_app(before=before, GRADIO_TEMP_DIR=str(files), TMPDIR=str(files)) as served:
            large = tmp_path / "large.bmp"
            Image.effect_noise((1200, 1000), 90).convert("RGB").save(large)
            headers = {"Accept-Language": "es"}
            status, said = upload(served.url, large.read_bytes())
            assert (status, said) == (507, {"detail": message("server_disk")})
            client = Client(served.url, verbose=False, headers=headers)
            # There is room for its overlay once, and it is written once: moved, not copied.
            fitting = tmp_path / "fitting.jpg"
            Image.effect_noise((900, 700), 90).convert("RGB").save(fitting, quality=30)
            overlay, _, panoptic = client.predict(handle_file(fitting), api_name="/segment")
            assert 1_100_000 < Path(overlay).stat().st_size < 1_300_000
            for made in (overlay, panoptic):
                assert Image.open(made).convert("RGB").size == (900, 700)  # whole
            # It fits, but its overlay doesn't.
            middle = tmp_path / "middle.jpg"
            Image.effect_noise((1400, 1100), 90).convert("RGB").save(middle, quality=30)
            with pytest.raises(AppError, match=message("server_disk", "es")):
                client.predict(handle_file(middle), api_name="/segment")
            small = tmp_path / "small.png"
            Image.new("RGB", (64, 48), "navy").save(small)
            assert client.predict(handle_file(small), api_name="/segment")[1]["width"] == 64


@pytest.fixture(scope="module")
def locked():
    """A server behind a password."""
    with fake_app(DETR_AUTH="ann:secret") as served:
        yield served


class TestPassword:
    @pytest.mark.parametrize(
        "path", ["config", "gradio_api/info", "gradio_api/queue/data?session_hash=a", "monitoring"]
    )
    def test_nothing_is_told_before_it(self, locked, path):
        with pytest.raises(urllib.error.HTTPError) as caught:
            locked.get(path)
        assert caught.value.code in (401, 403, 404)

    @pytest.mark.parametrize("path", ["queue/join", "call/segment", "run/segment"])
    def test_nothing_is_done_before_it(self, locked, path):
        status, _ = post(f"{locked.url}gradio_api/{path}", {"data": [], "fn_index": 0})
        assert status == 401
        assert upload(locked.url, b"x")[0] == 401

    def test_a_wrong_one_is_refused_and_the_right_one_segments(self, locked):
        with pytest.raises(ValueError, match="Could not login"):
            Client(locked.url, auth=("ann", "guess"), verbose=False)
        client = Client(locked.url, auth=("ann", "secret"), verbose=False)
        overlay, segments, _ = client.predict(handle_file(PICTURES[0]), api_name="/segment")
        assert len(segments["segments"]) == 4
        assert Image.open(overlay).width == segments["width"]


class TestHubAway:
    def test_the_stand_in_answers_and_the_reason_is_told(self, tmp_path):
        away = {"HF_HOME": str(tmp_path), "NO_PROXY": "*", "HF_HUB_OFFLINE": "0"}
        with socket.socket() as deaf:
            deaf.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets the port
            away["HF_ENDPOINT"] = f"http://127.0.0.1:{deaf.getsockname()[1]}"
            with Served("-m", "detr_gradio", "launch", **away) as served:
                client = Client(served.url, verbose=False)
                picture = handle_file(EXAMPLES / "scene-car.jpg")
                assert client.predict(picture, api_name="/segment")[1]["checkpoint"] == TOY_SCENES
                ready = json.loads(served.get("health/ready"))
                assert ready == {"ready": True, "stand_in": True}
                with pytest.raises(AppError, match="the Hugging Face Hub can't be reached"):
                    client.predict(picture, "facebook/detr-resnet-50-panoptic", api_name="/segment")


class ShortOfMemory(FakeService):
    """Has memory for a detail of 300 and no more."""

    def segment(self, view, stage=lambda _stage, _values: None):
        if (view.detail or 800) > 300:
            raise UserError("network_memory", detail=view.detail)
        return super().segment(view, stage)


class TestMemory:
    def test_the_detail_is_lowered(self):
        outcome, used = segment_within_memory(
            ShortOfMemory(),
            SegmentationRequest(str(PICTURES[0]), detail=800),
            lambda _stage, _values: None,
        )
        # 800, 560, 392, 274
        assert used.detail == 274
        assert min(outcome.result.input_size) == 274

    def test_in_the_end_it_is_refused(self, monkeypatch):
        monkeypatch.setattr("detr_gradio.service.memory.MIN_LOWERED", 301)
        with pytest.raises(UserError, match="not enough memory for detail 392"):
            segment_within_memory(
                ShortOfMemory(),
                SegmentationRequest(str(PICTURES[0]), detail=800),
                lambda _stage, _values: None,
            )


def _decoders(served):
    """The numbers of a server's processes for decoders."""
    children = Path(f"/proc/{served.process.pid}/task").glob("*/children")
    pids = [int(pid) for file in children for pid in file.read_text().split()]
    return [pid for pid in pids if b"isolation" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def test_a_decoder_that_crashes_takes_no_server_along(tmp_path):
    """SIGSEGV in the middle of an AVIF: a sentence for its visitor; the next one is served."""
    small, large = tmp_path / "small.avif", tmp_path / "large.avif"
    Image.new("RGB", (64, 48)).save(small)
    Image.effect_noise((4_000, 3_000), 50).save(large, speed=10, quality=80)
    with fake_app() as served:
        client = Client(served.url, verbose=False)
        client.predict(handle_file(small), api_name="/segment")
        (decoder,) = _decoders(served)
        stat = Path(f"/proc/{decoder}/stat")
        before = int(stat.read_text().split()[13])
        job = client.submit(handle_file(large), api_name="/segment")
        wait_until(lambda: int(stat.read_text().split()[13]) > before + 5)
        os.kill(decoder, signal.SIGSEGV)
        with pytest.raises(AppError, match="This AVIF picture is damaged"):
            job.result(timeout=60)
        assert client.predict(handle_file(small), api_name="/segment")[1]["width"] == 64
        assert served.process.poll() is None
        (another,) = _decoders(served)
        assert another != decoder
        served.process.kill()
    wait_until(lambda: not Path(f"/proc/{another}").exists())
