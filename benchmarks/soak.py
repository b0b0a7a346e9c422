"""Whether the server stays as it is over thousands of pictures and a long live webcam.

Starts the app with the toy scenes and sends it pictures, each of its own, by turns as the page and
as a program do; some visitors leave before the answer. Then a camera is live: its frames go the way
of the browser's, and a new turn begins where the time limit ends one. Resident memory, threads,
open files, and what is kept on the disk are looked at all the while. The exit code is 1 where a
promise is broken: memory within 5% of its level after 200 pictures, no more threads and open files
than then, and nothing left on the disk once its time is over.

Run: python -m benchmarks.soak --pictures 2000 --webcam-minutes 30
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path

from .camera import Camera
from .server import Server
from .visitors import Visitor, picture

LEVEL_AFTER = 200
"""Pictures after which the caches are full and the level is taken."""

MOST_GROWTH = 0.05

LIFETIME = 120
"""Seconds after which files are deleted: short, so that it is seen."""

# So small that it is full by the time the level is taken, as the default is with DETR-R101, whose
# predictions take more.
_CACHE_BYTES = 16_000_000

_SIZES = ((320, 240), (640, 480), (480, 854), (1024, 683), (160, 120), (1600, 1200))
_DETAIL = 192  # that of the toy scenes
_LEAVES = 20  # every so many visitors
_EVERY = 20  # pictures from sample to sample
_WINDOW = 5  # samples of which the median counts: memory comes and goes with each picture


@dataclass(frozen=True)
class Sample:
    """What the server holds at a moment.

    Attributes:
        done: pictures or frames that were answered so far.
        megabytes: resident memory.
        threads, descriptors: how many.
        files, folders: how many are kept on the disk, and
        kept_megabytes: the bytes of the files.
    """

    done: float
    megabytes: float
    threads: float
    descriptors: float
    files: float
    folders: float
    kept_megabytes: float


def sample(server: Server, done: int) -> Sample:
    """Return what a server holds now."""
    kept = server.kept()
    return Sample(
        done,
        server.memory() / 1e6,
        server.threads(),
        server.descriptors(),
        kept.files,
        kept.folders,
        kept.size / 1e6,
    )


def typical(samples: list[Sample]) -> Sample:
    """Return the medians."""
    return Sample(*map(statistics.median, zip(*map(astuple, samples), strict=True)))


def broken(first: list[Sample], parts: dict[str, list[Sample]], rest: Sample) -> list[str]:
    """Return the promises that are broken.

    Args:
        first: samples up to the level and around it.
        parts: samples of all of it, by the name of the work.
        rest: what is left when all of it has had its time.
    """
    level, found = typical(first[-_WINDOW:]), []
    threads, descriptors = (
        max(getattr(each, name) for each in first) for name in ("threads", "descriptors")
    )
    for name, samples in parts.items():
        end = typical(samples[-_WINDOW:])
        checks = {
            "memory": end.megabytes > level.megabytes * (1 + MOST_GROWTH),
            "threads": end.threads > threads,
            "open files": end.descriptors > descriptors,
        }
        found += [f"{what} after the {name}" for what in checks if checks[what]]
    if rest.files or rest.folders:
        found.append("files and folders that stay")
    return found


def send_pictures(server: Server, pictures: int, every: int) -> list[Sample]:
    """Send pictures one after the other, and look at the server every so many."""
    samples = []
    for number in range(pictures):
        file = picture(number, *_SIZES[number % len(_SIZES)])
        visitor = Visitor(server)
        if number % _LEAVES == _LEAVES - 1:
            visitor.leave(file)
        elif number % 2:
            visitor.segment(file)
        else:
            visitor.show(file, _DETAIL)
        if (number + 1) % every == 0:
            samples.append(sample(server, number + 1))
            _say(samples[-1])
    return samples


def film(server: Server, seconds: float, every: float) -> list[Sample]:
    """Let a camera be live, and look at the server every so many seconds."""
    camera, samples = Camera(server), []
    camera.start(seconds)
    while camera.live(every):
        samples.append(sample(server, camera.answered))
        _say(samples[-1])
    return samples


def wait_for_deletion(server: Server, seconds: float) -> Sample:
    """Return what a server holds when nothing is kept, or so many seconds have passed."""
    end = time.monotonic() + seconds
    while sum(server.kept()[:2]) and time.monotonic() < end:
        time.sleep(1)
    return sample(server, 0)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=2_000)
    parser.add_argument("--webcam-minutes", type=float, default=30)
    options = parser.parse_args()
    if options.pictures < LEVEL_AFTER + _EVERY * _WINDOW:
        parser.error(f"the level is taken after {LEVEL_AFTER} pictures")
    environment = {"DETR_FILE_LIFETIME": str(LIFETIME), "DETR_CACHE_BYTES": str(_CACHE_BYTES)}
    with (
        tempfile.TemporaryDirectory() as files,
        Server("toy-scenes", Path(files), **environment) as server,
    ):
        pictures = send_pictures(server, options.pictures, _EVERY)
        frames = film(server, 60 * options.webcam_minutes, 30)
        rest = wait_for_deletion(server, 4 * LIFETIME)
    first = [each for each in pictures if each.done < LEVEL_AFTER + _WINDOW * _EVERY]
    parts = {"pictures": pictures, "webcam": frames}
    print(_table(typical(first[-_WINDOW:]), parts, rest))
    found = broken(first, parts, rest)
    print(f"broken: {'; '.join(found) or 'nothing'}")
    return 1 if found else 0


def _table(level: Sample, parts: dict[str, list[Sample]], rest: Sample) -> str:
    rows = {f"after {LEVEL_AFTER} pictures": level}
    for name, samples in parts.items():
        rows[f"{name}, at most"] = Sample(*map(max, zip(*map(astuple, samples), strict=True)))
        rows[f"{name}, at the end"] = typical(samples[-_WINDOW:])
    rows["at rest"] = rest
    head = "| | answered | memory MB | threads | open files | files | folders | files MB |"
    return "\n".join([head, "|---|" + "---:|" * 7, *(f"| {n} {_row(r)}" for n, r in rows.items())])


def _row(sample: Sample) -> str:
    return "| " + " | ".join(f"{value:,.0f}" for value in astuple(sample)) + " |"


def _say(sample: Sample) -> None:
    print(f"{time.strftime('%H:%M:%S')} {_row(sample)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
