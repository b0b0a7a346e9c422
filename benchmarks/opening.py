"""How long a newcomer waits: for the first picture, and for the page on a slow line.

From a cold start with toy-scenes: until ``app.py`` has answered with its page, until it has
segmented a first picture that was sent at once, and for one picture on the command line.

Then opens the page in headless Chromium with an empty cache, and a second time. The line is a slow
4G by default. Told are seconds by the page's own clock, and bytes received, until the first view
answers the pointer and takes a picture, and until Gradio has taken over from it.

Run: python -m benchmarks.opening [--cold]
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import chromium_options

from . import server
from .camera import frame
from .visitors import Visitor

ANSWERS = "document.querySelector('.panoptic-viewer[data-state=ready][data-drawn]')"
STARTED = "!document.querySelector('#early') && document.querySelector('#viewer [data-drawn]')"

# By the page's own clock: a busy driver hears of it later.
WATCH = f"""(() => {{
  window.reached = {{}};
  new MutationObserver(() => {{
    if ({ANSWERS}) window.reached.answers ??= performance.now();
    if ({STARTED}) window.reached.started ??= performance.now();
  }}).observe(document, {{ subtree: true, childList: true, attributes: true }});
}})()"""

ROOT = Path(__file__).parents[1]
TOY_DETAIL = 288


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def seconds_until_listening(port: int, process: subprocess.Popen) -> float:
    """Wait until a port answers; returns the seconds it took.

    Raises:
        RuntimeError: the process ended before.
    """
    start = time.perf_counter()
    while process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return time.perf_counter() - start
        time.sleep(0.02)
    raise RuntimeError(f"the app ended with status {process.returncode}")


class Received:
    """Bytes that a page receives over a line, headers and encodings included.

    Args:
        page: not yet opened.
        megabits: of the line, a second.
        latency: of each request, in milliseconds.
    """

    def __init__(self, page: Page, megabits: float, latency: float):
        self.start = math.inf
        self.whole: dict[str, tuple[float, float]] = {}
        self.parts: list[tuple[str, float, float]] = []
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        throughput = megabits * 1_000_000 / 8
        line = {
            "latency": latency,
            "downloadThroughput": throughput,
            "uploadThroughput": throughput,
        }
        session.send("Network.emulateNetworkConditions", {"offline": False, **line})
        session.on("Network.requestWillBeSent", self._on_request)
        session.on("Network.loadingFinished", self._on_finished)
        session.on("Network.dataReceived", self._on_data)

    def _on_request(self, event: dict) -> None:
        self.start = min(self.start, event["timestamp"])

    def _on_finished(self, event: dict) -> None:
        self.whole[event["requestId"]] = event["timestamp"], event["encodedDataLength"]

    def _on_data(self, event: dict) -> None:
        self.parts.append((event["requestId"], event["timestamp"], event["encodedDataLength"]))

    def kilobytes(self, seconds: float) -> float:
        """Received until so many seconds after the first request."""
        until = self.start + seconds
        whole = {number: size for number, (at, size) in self.whole.items() if at <= until}
        parts = [size for number, at, size in self.parts if at <= until and number not in whole]
        return (sum(whole.values()) + sum(parts)) / 1000


def visit(page: Page, url: str, megabits: float, latency: float) -> dict[str, tuple[float, float]]:
    """Return seconds and kilobytes until the page answers, and until Gradio has started."""
    received = Received(page, megabits, latency)
    page.add_init_script(WATCH)
    page.goto(url, wait_until="commit")

    seconds = {}
    for name in ("answers", "started"):
        page.wait_for_function(f"window.reached?.{name}")
        seconds[name] = page.evaluate(f"window.reached.{name}") / 1000
    page.wait_for_timeout(3000)  # what sets the page up, and small pictures
    seconds["settled"] = page.evaluate("performance.now()") / 1000
    return {name: (each, received.kilobytes(each)) for name, each in seconds.items()}


def visits(url: str, megabits: float, latency: float) -> dict[str, tuple[float, float]]:
    """Return the same of a first and a second visit."""
    told = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options())
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        for name in ("first visit", "second visit"):
            page = context.new_page()
            steps = visit(page, url, megabits, latency)
            told |= {f"{name}, {step}": figures for step, figures in steps.items()}
            page.close()
        browser.close()
    return told


@contextmanager
def started(**environment: str) -> Generator[tuple[str, float]]:
    """Start the app; gives its address and the seconds until it listened."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "DETR_PORT": str(port), **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}/", seconds_until_listening(port, process)
    finally:
        process.terminate()
        process.wait()


def from_the_app() -> dict[str, float]:
    """Return seconds from the app's start to its page, and to the first picture."""
    begin = time.perf_counter()
    with started(DETR_CHECKPOINT="toy-scenes") as (url, _):
        with urlopen(url) as answer:
            answer.read()
        page = time.perf_counter() - begin
        Visitor(server.Page(url)).show(frame(0), TOY_DETAIL)
        return {"page": page, "first picture": time.perf_counter() - begin}


def from_the_command_line() -> dict[str, float]:
    """Return seconds, by the clock and of processors, for one picture on the command line."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        words = ["segment", "examples/scene-car.jpg", "--checkpoint", "toy-scenes"]
        subprocess.run(
            [sys.executable, "-m", "detr_gradio", *words, "--output", folder],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    work = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"command line": seconds, "command line, of processors": work}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--megabits", type=float, default=1.6, help="of the line, a second")
    parser.add_argument("--latency", type=float, default=150, help="in milliseconds")
    parser.add_argument("--cold", action="store_true", help="the cold start alone")
    options = parser.parse_args()
    cold = [{**from_the_app(), **from_the_command_line()} for _ in range(options.runs)]
    for name in cold[0]:
        seconds = [run[name] for run in cold]
        print(f"{name}: {statistics.median(seconds):.2f} s (least {min(seconds):.2f})", flush=True)
    if options.cold:
        return
    listening, told = [], []
    for _ in range(options.runs):
        with started() as (url, seconds):
            listening.append(seconds)
            told.append(visits(url, options.megabits, options.latency))
    print(f"listening: {statistics.median(listening):.2f} s (of {options.runs} runs)")
    for step in told[0]:
        seconds, kilobytes = (statistics.median(run[step][i] for run in told) for i in (0, 1))
        print(f"{step}: {seconds:.2f} s, {kilobytes:.0f} kB")


if __name__ == "__main__":
    main()
