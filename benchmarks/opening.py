"""How long a newcomer waits: for the server to listen, and for the page on a slow line.

Starts ``app.py`` in a fresh process, counts the seconds until the port answers, then opens the page
in headless Chromium with an empty cache, and a second time. The line is a slow 4G by default. Told
are seconds and bytes received until the first view answers the pointer and takes a picture, and
until Gradio has taken over from it.

Run: python -m benchmarks.opening
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import chromium_options

ANSWERS = ".panoptic-viewer[data-state=ready][data-drawn]"
STARTED = "!document.querySelector('#early') && document.querySelector('#viewer [data-drawn]')"

APP = Path(__file__).parents[1] / "app.py"


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
        self.whole: dict[str, float] = {}
        self.parts: dict[str, float] = {}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        throughput = megabits * 1_000_000 / 8
        line = {
            "latency": latency,
            "downloadThroughput": throughput,
            "uploadThroughput": throughput,
        }
        session.send("Network.emulateNetworkConditions", {"offline": False, **line})
        session.on("Network.loadingFinished", self._on_finished)
        session.on("Network.dataReceived", self._on_data)

    def _on_finished(self, event: dict) -> None:
        self.whole[event["requestId"]] = event["encodedDataLength"]

    def _on_data(self, event: dict) -> None:
        number = event["requestId"]
        self.parts[number] = self.parts.get(number, 0) + event["encodedDataLength"]

    def kilobytes(self) -> float:
        """Received so far."""
        return sum((self.parts | self.whole).values()) / 1000


def visit(page: Page, url: str, megabits: float, latency: float) -> dict[str, tuple[float, float]]:
    """Return seconds and kilobytes until the page answers, and until Gradio has started."""
    received = Received(page, megabits, latency)
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.locator(ANSWERS).first.wait_for()
    answers = time.perf_counter() - start, received.kilobytes()
    page.wait_for_function(STARTED)
    started = time.perf_counter() - start, received.kilobytes()
    page.wait_for_timeout(3000)  # what sets the page up, and small pictures
    settled = time.perf_counter() - start, received.kilobytes()
    return {"answers": answers, "Gradio started": started, "settled": settled}


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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--megabits", type=float, default=1.6, help="of the line, a second")
    parser.add_argument("--latency", type=float, default=150, help="in milliseconds")
    options = parser.parse_args()
    listening, told = [], []
    for _ in range(options.runs):
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, str(APP)],
            env={**os.environ, "DETR_PORT": str(port)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            listening.append(seconds_until_listening(port, process))
            told.append(visits(f"http://127.0.0.1:{port}/", options.megabits, options.latency))
        finally:
            process.terminate()
            process.wait()
    print(f"listening: {statistics.median(listening):.2f} s (of {options.runs} runs)")
    for step in told[0]:
        seconds, kilobytes = (statistics.median(run[step][i] for run in told) for i in (0, 1))
        print(f"{step}: {seconds:.2f} s, {kilobytes:.0f} kB")


if __name__ == "__main__":
    main()
