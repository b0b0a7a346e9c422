"""Fuzz the HTTP interface of a running server: hostile requests in, an answer out, every time.

    python -m tests.fuzz_api --cases 10000

The server is a process of its own, with the toy scenes and without the Hub. Each case is made from
the seed and its number alone, so ``--first NUMBER --cases 1`` repeats one. At fault is an answer
that names a place on the server, shows a trace or a secret file, takes too long or doesn't come, a
request that the server sends to a private address, and a server that is no longer well afterwards.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import site
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.support import fuzzing
from tests.support.api_cases import Bait, Request, make_case

ROOT = Path(__file__).parents[1]
MAX_SECONDS = 120.0  # of the wall's clock: the machine may be busy with other things
MAX_ANSWER = 50_000_000
MAX_SENTENCE = 2_000  # characters that an error may take
WELL_EVERY = 250

# What an answer must not show unless its request has said it.
PLACES = (str(ROOT), *site.getsitepackages(), sys.prefix, str(Path.home()), "/site-packages/")
TRACES = ("Traceback (most recent call last)", 'File \\"/', 'File "/', "root:x:0:0")

# No other picture here is of this size.
SECRET_SIZE = 131, 137
_SECRET_RESULT = re.compile(r'"width": ?131, ?"height": ?137')


@dataclass
class Server:
    """The server under test.

    Attributes:
        address: host and port.
        bait: what hostile requests ask for.
        fetched: private addresses that the server has asked; none is right.
        process: its number, where it is a process of its own.
        events: number of its events, those of the page included.
    """

    address: str
    bait: Bait
    fetched: list[str] = field(default_factory=list)
    process: int | None = None
    events: int = 0


@dataclass(frozen=True)
class Answer:
    """The status and the bytes of an answer; streams are read up to their end."""

    status: int
    body: bytes


def verdict(server: Server, request: Request) -> str:
    """What the server makes of a request: what it said, or what is wrong with that."""
    fetched = len(server.fetched)
    try:
        answers = [_send(server.address, request)]
        if request.follow and answers[0].status == 200:
            event = json.loads(answers[0].body)["event_id"]
            answers.append(_send(server.address, Request("GET", request.follow.format(event))))
    except (TimeoutError, socket.timeout):  # noqa: UP041 - two classes in Python 3.10
        return "HANG"
    except (OSError, http.client.HTTPException) as error:
        if request.malformed:
            return "connection closed"
        return f"NO ANSWER {type(error).__name__}"
    asked = request.said()
    for answer in answers:
        fault = _fault_in(answer.body.decode("utf-8", "replace"), asked, server.bait.secret)
        if fault:
            return fault
    if len(server.fetched) > fetched:
        return "FETCHED a private address"
    return _in_words(answers[-1])


def _fault_in(text: str, asked: str, secret: str) -> str | None:
    if secret in text or _SECRET_RESULT.search(text):
        return "LEAK of a file"
    for trace in TRACES:
        if trace in text and trace not in asked:
            return "TRACE"
    for place in PLACES:
        if place in text and place not in asked:
            return "LEAK of a place"
    for line in text.splitlines():
        if line.startswith("data:") and '"error"' in line[:40] and len(line) > MAX_SENTENCE:
            return "ENDLESS SENTENCE"
    return None


def _in_words(answer: Answer) -> str:
    if answer.status != 200:
        return f"status {answer.status}"
    for ending in (b"event: complete", b"event: error"):
        if ending in answer.body:
            return ending.decode().removeprefix("event: ")
    if b'"success":false' in answer.body:
        return "error"
    return "answered"


def _send(address: str, request: Request) -> Answer:
    deadline = time.monotonic() + MAX_SECONDS
    connection = http.client.HTTPConnection(address, timeout=MAX_SECONDS)
    try:
        # Raw: http.client would refuse paths that are none.
        connection.putrequest(request.method, request.path, skip_accept_encoding=True)
        for name, value in request.headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders()
        # Refused before its end: the answer is there all the same.
        with suppress(BrokenPipeError, ConnectionResetError):
            connection.send(request.body)
        response = connection.getresponse()
        body = b""
        while len(body) < MAX_ANSWER:
            part = response.read1(65_536)
            body += part
            if not part or (request.endless and body) or _stream_is_over(body):
                break
            if time.monotonic() > deadline:
                raise TimeoutError
        return Answer(response.status, body)
    finally:
        connection.close()


def _stream_is_over(body: bytes) -> bool:
    # The stream of a session stays open; what was asked for is done with this.
    return b'"msg":"close_stream"' in body or b'"msg":"process_completed"' in body


def is_well(server: Server) -> bool:
    """Whether the server segments a right picture right."""
    data = [{"path": server.bait.upload}, "toy-scenes", 0.5, 96, "paper"]
    request = Request.post_json("/gradio_api/call/segment", {"data": data})
    try:
        event = json.loads(_send(server.address, request).body)["event_id"]
        answer = _send(server.address, Request("GET", f"/gradio_api/call/segment/{event}"))
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False
    return b"event: complete" in answer.body and b'"category_id"' in answer.body


def fuzz(server: Server, cases: int, seed: int = 0, first: int = 0) -> dict:
    """Run cases and count what came out.

    Returns:
        "cases", "verdicts" (how many of each), "faults" (what must not happen, one line each),
        "slowest_seconds" (of the wall) and "slowest_case", "seconds", and of a server in a process
        of its own "peak_megabytes", "threads" and "open_files" as [before, after].
    """
    counts, slowest, faults = Counter(), (0.0, first), []
    started, before = time.perf_counter(), _usage(server.process)
    for number in range(first, first + cases):
        request = make_case(seed, number, server.bait, server.events)
        asked = time.perf_counter()
        said = verdict(server, request)
        slowest = max(slowest, (time.perf_counter() - asked, number))
        counts[said] += 1
        if said[:2].isupper():
            faults.append(f"{said}, case {number}")
        last = number == first + cases - 1
        if (last or number % WELL_EVERY == WELL_EVERY - 1) and not is_well(server):
            faults.append(f"UNWELL, after case {number}")
            break
        if (number + 1) % 1_000 == 0:
            print(f"{number + 1} of {first + cases} cases", file=sys.stderr, flush=True)
    after = _usage(server.process)
    return {
        "cases": sum(counts.values()),
        "verdicts": dict(counts.most_common()),
        "faults": faults,
        "slowest_seconds": round(slowest[0], 1),
        "slowest_case": slowest[1],
        "seconds": round(time.perf_counter() - started),
        **{name: [before[name], after[name]] for name in after},
    }


def _usage(process: int | None) -> dict[str, int]:
    if process is None:
        return {}
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{process}/status").read_text().splitlines()
    )
    return {
        "peak_megabytes": int(status["VmHWM"].split()[0]) // 1024,
        "threads": int(status["Threads"]),
        "open_files": len(list(Path(f"/proc/{process}/fd").iterdir())),
    }


def write_secret(path: Path, secret: str) -> None:
    """Write a picture that is recognised as a file by its text, and segmented by its size."""
    text = PngInfo()
    text.add_text("secret", secret)
    Image.new("RGB", SECRET_SIZE).save(path, pnginfo=text)


@contextmanager
def baited(address: str, folder: Path):
    """Yield the server of an address with bait laid out: a secret file and a private address."""
    fetched: list[str] = []

    class Trap(BaseHTTPRequestHandler):
        def do_GET(self):
            fetched.append(self.path)
            self.send_error(404)

        do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815 - the names of http.server

        def log_message(self, *_):
            pass

    trap = ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    threading.Thread(target=trap.serve_forever, daemon=True).start()
    try:
        secret = f"secret-{os.urandom(8).hex()}"
        write_secret(folder / "secret.png", secret)
        bait = Bait(
            secret=secret,
            secret_path=str(folder / "secret.png"),
            private_port=trap.server_port,
            upload=_upload(address),
        )
        events = json.loads(_send(address, Request("GET", "/config")).body)["dependencies"]
        yield Server(address, bait, fetched, events=len(events))
    finally:
        trap.shutdown()
        trap.server_close()


def _upload(address: str) -> str:
    picture = (ROOT / "examples" / "scene-tram.jpg").read_bytes()
    answer = _send(address, Request.upload("scene.jpg", picture, "image/jpeg"))
    return json.loads(answer.body)[0]


@contextmanager
def served(folder: Path):
    """Yield the server of a new process with the toy scenes; its words go to ``folder/log``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        "DETR_PORT": address.rpartition(":")[2],
        "GRADIO_TEMP_DIR": str(folder / "gradio"),
        "HF_HUB_OFFLINE": "1",
        "DETR_FILE_LIFETIME": "86400",  # a long run still needs its picture
    }
    command = [sys.executable, "-m", "detr_gradio", "launch", "--checkpoint", "toy-scenes"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(address, process)
        with baited(address, folder) as server:
            server.process = process.pid
            yield server
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(address: str, process: subprocess.Popen) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise RuntimeError("The server did not start.")
        try:
            if _send(address, Request("GET", "/health/ready")).status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise RuntimeError("The server did not become ready.")


def main() -> int:
    """Run from the command line; the exit code is 1 where anything is at fault."""
    parser = fuzzing.command_line(__doc__, cases=10_000)
    parser.add_argument("--log", type=Path, help="keep there what the server said")
    parser.add_argument("--show", action="store_true", help="print the cases, send nothing")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        try:
            with served(folder) as server:
                if options.show:
                    for number in range(options.first, options.first + options.cases):
                        request = make_case(options.seed, number, server.bait, server.events)
                        print(number, request.method, unquote(request.path), request.body[:2_000])
                    return 0
                result = fuzz(server, options.cases, options.seed, options.first)
        finally:
            if options.log:
                options.log.write_bytes((folder / "log").read_bytes())
    return fuzzing.report(result, options.json)


if __name__ == "__main__":
    sys.exit(main())
