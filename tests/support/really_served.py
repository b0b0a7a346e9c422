"""A server in a process of its own, for tests that end it, starve it or lock it."""

from __future__ import annotations

import os
import random
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

# The app with segmenters that answer as soon as a file is there, whatever is in the picture. A busy
# machine gets the time that it needs for the last words.
FAKE_APP = """
import os, sys, time
from pathlib import Path
sys.path.insert(0, {here!r})
from tests.support.fake import FakeService
from detr_gradio.settings import read_settings
from detr_gradio.server import shutdown
from detr_gradio.server.launch import launch

shutdown.Shutdown.finish.__defaults__ = ({grace},)
shutdown._DELIVERY, shutdown._LAST_RESORT = 5, 300

def wait():
    while not Path({go_on!r}).exists():
        time.sleep(0.02)

service = FakeService()
for segmenter in service.segmenters.values():
    segmenter.wait = wait
launch(read_settings(os.environ), service)
"""


def free_port() -> int:
    """A port where nobody listens, below those that the system may hand to others meanwhile."""
    while True:
        port = random.randrange(20_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port


class Served:
    """A running server; to be left with ``with``.

    Attributes:
        process: its process.
        url: where it is, with a slash at its end.
    """

    def __init__(
        self,
        *arguments: str,
        before: Sequence[str] = (),
        python: str = sys.executable,
        **environment: str,
    ):
        self.process = subprocess.Popen(
            [*before, python, *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.complaints: list[str] = []
        # Read all the time: a full pipe would stop the server.
        threading.Thread(target=self._listen, daemon=True).start()
        first = self.process.stdout.readline()
        if "http" not in first:
            self.process.wait(60)
            raise RuntimeError("".join(self.complaints))
        self.url = next(word for word in first.split() if word.startswith("http"))

    def _listen(self) -> None:
        self.complaints.extend(self.process.stderr)

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_error) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def get(self, path: str) -> bytes:
        """The answer to a GET of a path."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()


def fake_app(go_on: Path | None = None, grace: float = 60, **options) -> Served:
    """Serve an app of fake segmenters.

    Args:
        go_on: a file; the network answers as soon as it is there, and at once if not given.
        grace: seconds that a picture under way has when the server is to end.
        **options: of ``Served``.
    """
    script = FAKE_APP.format(here=str(ROOT), go_on=str(go_on or ROOT), grace=grace)
    return Served("-c", script, **options)
