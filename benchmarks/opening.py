"""How long a newcomer waits: for the server to listen, and for the page's first paint.

Starts ``app.py`` in a fresh process, counts the seconds until the port answers, then opens the page
in headless Chromium with an empty cache and reads when the browser painted first.

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

from playwright.sync_api import sync_playwright

from tests.browser.conftest import chromium_options

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


def first_paint(url: str) -> float:
    """Seconds from the request to the first contentful paint, in a browser without a cache."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**chromium_options())
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(url)
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
        milliseconds = page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
        browser.close()
    return milliseconds / 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    listening, painted = [], []
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
            painted.append(first_paint(f"http://127.0.0.1:{port}/"))
        finally:
            process.terminate()
            process.wait()
    for label, seconds in (("listening", listening), ("first paint", painted)):
        print(f"{label}: {statistics.median(seconds):.2f} s (of {len(seconds)} runs)")


if __name__ == "__main__":
    main()
