"""Attack a server in every known way at once, and see what another visitor notices of it.

    python -m tests.attack_app --seconds 120

Starts the app with the toy scenes. Each attack is repeated by an attacker of its own address for as
long as the run lasts; they share a process that yields to others, since their machines would be
elsewhere. Meanwhile a visitor sends ordinary pictures, and somebody asks ``/health/live`` four
times a second. Memory is the proportional set size (PSS) of the server and its processes. The exit
code is 1 where a bound is broken: 4 GB of memory, 5 s for a picture, 1 s for health. Linux only,
with ffmpeg.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import socket
import statistics
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from PIL import Image

from benchmarks.server import Page, Server
from benchmarks.visitors import Failed, Refused, Visitor, picture
from tests.images.test_jpeg import with_scans
from tests.images.test_profiles import TURNED, curve_sets, with_tags
from tests.support import ffmpeg
from tests.support.pictures import file_of

MAX_BYTES, MAX_PICTURE_SECONDS, MAX_HEALTH_SECONDS = 4e9, 5.0, 1.0
CONNECTIONS = 1_200
DATA = Path(__file__).parent / "images" / "data"
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
JSON = {"Content-Type": "application/json"}


@dataclass
class Attacker:
    """Somebody at an address of the server's.

    Attributes:
        server: which.
        address: by which the server tells people apart.
        page: what speaks as a visitor from there.
    """

    server: Page
    address: str
    page: Visitor = field(init=False)

    @property
    def headers(self) -> dict[str, str]:
        """What a proxy adds."""
        return {"X-Forwarded-For": self.address}

    def __post_init__(self) -> None:
        self.page = Visitor(self.server, headers=self.headers)

    def send(self, method: str, path: str, body=None, headers: dict | None = None) -> str:
        """Send a request; returns the status, or what became of it."""
        connection = HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        headers = {**self.headers, **(headers or {})}
        try:
            connection.request(method, f"/gradio_api/{path}", body, headers, encode_chunked=True)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException):
            return "cut off"
        finally:
            connection.close()
        return str(answer.status)

    def show(self, work: Callable[[Visitor], object]) -> str:
        """Do something as a visitor; returns how it ended."""
        try:
            work(self.page)
        except (Failed, Refused) as error:
            return "refused" if str(error) else "failed"
        except (OSError, HTTPException):
            return "cut off"
        return "answered"


def _parts(part: bytes, size: int, first: bytes = b"") -> Iterator[bytes]:
    yield first
    block = part * (65_536 // len(part))
    for _ in range(size // len(block)):
        yield block


def many_objects(attacker: Attacker) -> str:
    """45 MB of ``{},`` as a parameter of /segment."""
    return attacker.send("POST", "call/segment", _parts(b"{},", 45_000_000, b'{"data": ['), JSON)


def deep_json(attacker: Attacker) -> str:
    """Brackets without end, within the bytes of a body."""
    return attacker.send("POST", "queue/join", b"[" * 60_000, JSON)


def nameless_field(attacker: Attacker) -> str:
    """A form's field of 1.5 GB without a file's name."""
    first = b'--x\r\nContent-Disposition: form-data; name="files"\r\n\r\n'
    return attacker.send("POST", "upload", _parts(b"a", 1_500_000_000, first), FORM)


def uploads(attacker: Attacker) -> str:
    """Files of 20 MB, one after the other."""
    time.sleep(0.5)
    first = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    body = [first, bytes(20_000_000), b"\r\n--x--\r\n"]
    return attacker.send("POST", "upload", b"".join(body), FORM)


def recording(attacker: Attacker) -> str:
    """Gradio's ffmpeg, with zoom effects."""
    time.sleep(0.1)
    return attacker.send("POST", "process_recording", b"--x--\r\n", FORM)


def upload_progress(attacker: Attacker) -> str:
    """Long ids of uploads."""
    time.sleep(0.02)
    return attacker.send("GET", f"upload_progress?upload_id={'a' * 50_000}{time.monotonic()}")


def picture_by_address(attacker: Attacker) -> str:
    """A picture that the server would have to fetch."""
    time.sleep(0.1)
    image = {"path": "https://example.org/a.png", "meta": {"_type": "gradio.FileData"}}
    body = json.dumps({"data": [image, None, 0.85, None, "paper"]}).encode()
    return attacker.send("POST", "call/segment", body, JSON)


def large_states(attacker: Attacker) -> str:
    """60 kB as the choice of a segment, in a session of its own each time."""
    visitor = Visitor(attacker.server, headers=attacker.headers)
    event = attacker.server.event("_selected")

    def choose(_page: Visitor) -> None:
        visitor.join(event, ["a" * 50_000], {"id": "a" * 9_000})

    time.sleep(0.02)
    return attacker.show(choose)


def slow_connections(attacker: Attacker) -> str:
    """Half a request each, held for ten seconds."""
    place = urlsplit(attacker.server.url)
    with ExitStack() as opened:
        for _ in range(CONNECTIONS):
            with suppress(OSError):
                connection = socket.create_connection((place.hostname, place.port), timeout=5)
                opened.enter_context(connection)
                connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-")
        time.sleep(10)
    return "held"


def event_streams(attacker: Attacker) -> str:
    """Streams of events that are never read."""
    place = urlsplit(attacker.server.url)
    with ExitStack() as opened:
        for number in range(500):
            with suppress(OSError):
                connection = socket.create_connection((place.hostname, place.port), timeout=5)
                opened.enter_context(connection)
                line = f"GET /gradio_api/queue/data?session_hash=s{number} HTTP/1.1\r\n"
                who = f"Host: {place.netloc}\r\nX-Forwarded-For: {attacker.address}\r\n\r\n"
                connection.sendall(f"{line}{who}".encode())
        time.sleep(5)
    return "held"


def of_file(data: bytes) -> Callable[[Attacker], str]:
    """An attack that sends a picture to /segment."""
    return lambda attacker: attacker.show(lambda page: page.segment(data))


def zips(attacker: Attacker) -> str:
    """All files of a picture of 49 MP in a zip."""
    event = attacker.server.event("click", "download-zip")

    def take(page: Visitor) -> None:
        page.show(_large(), 192)
        page.run(event, [])

    return attacker.show(take)


def _large() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (7_000, 7_000), "navy").save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def of_video(data: bytes) -> Callable[[Attacker], str]:
    """An attack that sends a video."""

    def attack(attacker: Attacker) -> str:
        page = attacker.server
        event = page.event("click", "video-begin")

        def run(visitor: Visitor) -> None:
            video = visitor.upload(data)
            visitor.run(event, [video, 1, 192, 0, None, page.checkpoint, 0.85, None])

        return attacker.show(run)

    return attack


def _float_tiff() -> bytes:
    buffer = io.BytesIO()
    floats = Image.fromarray(np.zeros((7_000, 7_000), np.float32))
    floats.save(buffer, "TIFF", compression="tiff_adobe_deflate")
    return buffer.getvalue()


def attacks(folder: Path) -> dict[str, Callable[[Attacker], str]]:
    """Return the attacks by name.

    Args:
        folder: for files that are made.
    """
    jpegs = "-c:v mjpeg -pix_fmt yuvj420p"
    for name, size in (("1", "64x64"), ("2", "7000x7000")):
        ffmpeg.make(folder / name, f"-f lavfi -i testsrc2=s={size}:d=0.2:r=25 {jpegs} -f mjpeg")
    (folder / "both").write_bytes((folder / "1").read_bytes() + (folder / "2").read_bytes())
    growing = ffmpeg.make(folder / "growing.avi", f"-f mjpeg -r 25 -i {folder / 'both'} -c copy")
    flood = ffmpeg.make(folder / "flood.avi", f"-f lavfi -i color=s=16x16:d=2:r=5000 {jpegs}")
    long = ffmpeg.make(folder / "long.avi", f"-f lavfi -i testsrc2=s=64x64:d=60:r=100 {jpegs}")
    profile = with_tags(TURNED, {b"D2B0": curve_sets(3_000)})
    plain = (
        *(many_objects, deep_json, nameless_field, uploads, recording, upload_progress),
        *(picture_by_address, large_states, slow_connections, event_streams),
    )
    return {
        **{attack.__name__.replace("_", " "): attack for attack in plain},
        "growing video": of_video(growing.read_bytes()),
        "10,000 frames in 2 s": of_video(flood.read_bytes()),
        "6,000 frames in 60 s": of_video(long.read_bytes()),
        "profile": of_file(file_of(Image.new("RGB", (64, 64)), icc_profile=profile)),
        "4,000 scans": of_file(with_scans(4_000, (8_000, 6_000))),
        "AVIF larger than its header": of_file((DATA / "huge-frame.avif").read_bytes()),
        **{f"float TIFF {number}": of_file(_float_tiff()) for number in (1, 2)},
        **{f"zip of 49 MP {number}": zips for number in range(1, 6)},
    }


@dataclass
class Seen:
    """What was seen of a server under attack.

    Attributes:
        peak: most bytes of memory.
        pictures, health: seconds of each answer.
        outcomes: of each attack, how often it ended how.
    """

    peak: int = 0
    pictures: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)

    def broken(self) -> list[str]:
        """Return the bounds that were broken."""
        checks = {
            "memory": self.peak > MAX_BYTES,
            "picture": max(self.pictures, default=np.inf) > MAX_PICTURE_SECONDS,
            "health": max(self.health, default=np.inf) > MAX_HEALTH_SECONDS,
        }
        return [what for what, is_broken in checks.items() if is_broken]


def repeat_attacks(url: str, end: Any, told: Any) -> None:
    """Attack a server, in a process of its own, until the end; tells how each attack ended."""
    os.nice(10)
    page, counts = Page(url), {}
    with tempfile.TemporaryDirectory() as folder:
        found = attacks(Path(folder))
    told.send("ready")

    def repeat(name: str, work: Callable[[Attacker], str], address: str) -> None:
        attacker, counts[name] = Attacker(page, address), Counter()
        while not end.is_set():
            counts[name][work(attacker)] += 1

    for number, (name, work) in enumerate(found.items(), 1):
        address = f"10.0.0.{number}"
        threading.Thread(target=repeat, args=(name, work, address), daemon=True).start()
    end.wait()
    told.send({name: dict(each) for name, each in list(counts.items())})
    os._exit(0)  # whatever its threads are waiting for


def attack(server: Server, seconds: float) -> Seen:
    """Attack a server for so long; returns what was seen of it."""
    apart = get_context("spawn")
    seen, end, (told, sink) = Seen(), apart.Event(), apart.Pipe(duplex=False)
    attackers = apart.Process(target=repeat_attacks, args=(server.url, end, sink))
    attackers.start()
    sink.close()
    assert told.recv() == "ready"
    print("The attacks begin", file=sys.stderr, flush=True)
    numbers = iter(range(10**9))
    visitor = Visitor(server, headers={"X-Forwarded-For": "10.9.9.9"})

    def visit() -> None:
        visitor.segment(picture(next(numbers), 640, 480))

    def ask_health() -> None:
        with urllib.request.urlopen(f"{server.url}health/live", timeout=60) as answer:
            answer.read()

    def measure(times: list[float], pause: float, work: Callable[[], None]) -> None:
        while not end.wait(pause):
            began = time.monotonic()
            work()
            times.append(time.monotonic() - began)

    def weigh() -> None:
        while not end.wait(0.5):
            seen.peak = max(seen.peak, server.memory_of_all())

    with ThreadPoolExecutor() as pool:
        works = [
            pool.submit(measure, seen.pictures, 0.5, visit),
            pool.submit(measure, seen.health, 0.25, ask_health),
            pool.submit(weigh),
        ]
        time.sleep(seconds)
        end.set()
        seen.outcomes = {name: Counter(each) for name, each in told.recv().items()}
        for work in works:
            work.result()
    attackers.join()
    return seen


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=120)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as files, Server("toy-scenes", Path(files)) as server:
        Visitor(server).segment(picture(0))  # the first one of all
        seen = attack(server, options.seconds)
    print("| attack | how it ended |\n|---|---|")
    for name, outcomes in seen.outcomes.items():
        told = ", ".join(f"{how} {count:,}" for how, count in outcomes.most_common())
        print(f"| {name} | {told or 'under way'} |")
    print(f"memory: {seen.peak / 1e6:,.0f} MB at most")
    for name, times in (("picture", seen.pictures), ("health", seen.health)):
        print(f"{name}: {len(times)}, median {statistics.median(times):.2f} s, ", end="")
        print(f"longest {max(times):.2f} s")
    broken = seen.broken()
    print(f"broken: {'; '.join(broken) or 'nothing'}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
