"""The app in a process of its own, watched from outside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
PATIENCE = 600.0


class Kept(NamedTuple):
    """What a server keeps on the disk: how many files and folders, and the files' bytes."""

    files: int
    folders: int
    size: int


class Page:
    """What a running app's page is made of.

    Args:
        url: where it is, with a slash at its end.

    Attributes:
        url: the same.
        config: components and events.
        checkpoint: the value of the page's choice of checkpoints.
    """

    def __init__(self, url: str):
        self.url = url
        with urlopen(f"{url}config") as answer:
            self.config = json.load(answer)
        self.checkpoint = self._component("checkpoint")["props"]["value"]

    def event(self, name: str, elem_id: str | None = None) -> int:
        """Return the number of an event: of an element, or of an endpoint."""
        target = None if elem_id is None else [self._component(elem_id)["id"], name]
        for each in self.config["dependencies"]:
            if (
                each["api_name"] == name
                if target is None
                else target in [list(one) for one in each["targets"]]
            ):
                return each["id"]
        raise KeyError((name, elem_id))

    def place(self, event: int, elem_id: str) -> int:
        """Return which of an event's outputs an element is."""
        return self._event(event)["outputs"].index(self._component(elem_id)["id"])

    def inputs(self, event: int) -> int:
        """Return how many values an event takes."""
        return len(self._event(event)["inputs"])

    def _event(self, number: int) -> dict:
        (found,) = (each for each in self.config["dependencies"] if each["id"] == number)
        return found

    def _component(self, elem_id: str) -> dict:
        components = self.config["components"]
        return next(each for each in components if each["props"].get("elem_id") == elem_id)


class Server(Page):
    """The app with a checkpoint, on a port of its own; to be left with ``with``.

    Args:
        checkpoint: a name of the catalogue, or a folder.
        files: where it keeps uploaded and produced files.
        **environment: more variables.
    """

    def __init__(self, checkpoint: str, files: Path, **environment: str):
        self.files = files
        self._process = subprocess.Popen(
            [sys.executable, "-m", "detr_gradio", "launch", "--checkpoint", checkpoint],
            cwd=ROOT,
            env={
                **os.environ,
                "GRADIO_TEMP_DIR": str(files),
                "TMPDIR": str(files),
                "PYTHONUNBUFFERED": "1",
                "HF_HUB_OFFLINE": "1",
                **environment,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            super().__init__(self._wait())
        except BaseException:
            self.__exit__()
            raise

    def _wait(self) -> str:
        """Wait until it has loaded its checkpoint; returns where it is."""
        assert self._process.stdout
        first = self._process.stdout.readline()
        if "http" not in first:
            raise RuntimeError(f"the server says {first!r}")
        url = next(word for word in first.split() if word.startswith("http"))
        end = time.monotonic() + PATIENCE
        while not _ready(url):
            if time.monotonic() > end or self._process.poll() is not None:
                raise RuntimeError("the server is not ready")
            time.sleep(0.2)
        return url

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout
        self._process.stdout.close()

    def memory(self, kind: str = "VmRSS") -> int:
        """Return its resident memory in bytes; with "VmHWM" the most that it has been."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return 1024 * int(next(line.split()[1] for line in status.splitlines() if kind in line))

    def memory_of_all(self) -> int:
        """Return the memory of it and of the processes that it has started, in bytes.

        What they share counts once: it is the sum of the proportional set sizes.
        """
        total = 0
        for pid in family(self._process.pid):
            with suppress(OSError):  # it has ended meanwhile
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
                total += sum(
                    1024 * int(line.split()[1])
                    for line in rollup.splitlines()
                    if line.startswith("Pss:")
                )
        return total

    def threads(self) -> int:
        """Return how many threads it has."""
        return len(list(Path(f"/proc/{self._process.pid}/task").iterdir()))

    def descriptors(self) -> int:
        """Return how many files and sockets it has open."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def kept(self) -> Kept:
        """Return what it keeps on the disk."""
        files = folders = size = 0
        for place, _, names in os.walk(self.files):
            folders += 1
            for name in filter(lambda name: not name.endswith(".lock"), names):
                try:
                    size += (Path(place) / name).stat().st_size
                except FileNotFoundError:
                    continue
                files += 1
        return Kept(files, folders - 2, size)  # but that and the server's own in it


def family(pid: int) -> list[int]:
    """Return a process, and all that it and its children have started."""
    found = [pid]
    for each in found:
        with suppress(OSError):  # it has ended meanwhile
            for file in Path(f"/proc/{each}/task").glob("*/children"):
                found += map(int, file.read_text().split())
    return found


def _ready(url: str) -> bool:
    try:
        with urlopen(f"{url}health/ready") as answer:
            return answer.status == 200
    except OSError:
        return False
