"""Whether the server stays as it is over thousands of pictures and a long live webcam.

Starts the app with the toy scenes and sends it pictures, each of its own, by turns as the page and
as a program do; some visitors leave before the answer. Then a camera is live: its frames go the way
of the browser's, and a new turn begins where the time limit ends one. Resident memory, threads,
open files, and what is kept on the disk are looked at all the while. Levels are taken at rest, when
free memory has been given back: at work, memory comes and goes with the size of the picture. The
exit code is 1 where a promise is broken: memory within 5% of its level after 200 pictures, no more
threads and open files than then, and nothing left on the disk once its time is over.

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
from urllib.request import urlopen

from detr_gradio.server.free_memory import EVERY

from .camera import Camera
from .server import Server
from .visitors import Visitor, picture

LEVEL_AFTER = 200
"""Pictures after which the caches are full and the level is taken."""

MAX_GROWTH = 0.05

LIFETIME = 120
"""Seconds after which files are deleted: short, so that it is seen."""

# So small that it is full by the time the level is taken, as the default is with DETR-R101: here a
# picture's predictions take 63 kB.
_CACHE_BYTES = 8_000_000

_SIZES = ((320, 240), (640, 480), (480, 854), (1024, 683), (160, 120), (1600, 1200))
_DETAIL = 192  # that of the toy scenes
_LEAVES = 20  # every so many visitors
_STEP = 20  # pictures from sample to sample


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


def sample(server: Server, done: float) -> Sample:
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


def most(samples: list[Sample]) -> Sample:
    """Return the largest of each value."""
    return Sample(*map(max, zip(*map(astuple, samples), strict=True)))


def at_rest(server: Server, done: float, seconds: float = 2 * EVERY + 5) -> Sample:
    """Leave a server alone until it has given back what is free; returns the medians from then on.

    Args:
        server: which.
        done: pictures or frames that were answered so far.
        seconds: to wait.
    """
    time.sleep(seconds)
    # Its pool ends threads that have long been idle only when it is asked for something.
    urlopen(server.url).close()
    samples = []
    for _ in range(5):
        samples.append(astuple(sample(server, done)))
        time.sleep(0.5)
    _print_sample(level := Sample(*map(statistics.median, zip(*samples, strict=True))))
    return level


def broken(level: Sample, ends: dict[str, Sample], rest: Sample) -> list[str]:
    """Return the promises that are broken.

    Args:
        level: at rest after the first pictures.
        ends: at rest after what came then, by its name.
        rest: what is left when all of it has had its time.
    """
    found = []
    for name, end in ends.items():
        checks = {
            "memory": end.megabytes > level.megabytes * (1 + MAX_GROWTH),
            "threads": end.threads > level.threads,
            "open files": end.descriptors > level.descriptors,
        }
        found += [f"{what} after the {name}" for what in checks if checks[what]]
    if rest.files or rest.folders:
        found.append("files and folders that stay")
    return found


def send_pictures(server: Server, numbers: range, every: int) -> list[Sample]:
    """Send numbered pictures one after the other, and look at the server every so many."""
    samples = []
    for number in numbers:
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
            _print_sample(samples[-1])
    return samples


def film(server: Server, seconds: float, every: float) -> list[Sample]:
    """Let a camera be live, and look at the server every so many seconds."""
    camera, samples = Camera(server), []
    camera.start(seconds)
    while camera.live(every):
        samples.append(sample(server, camera.answered))
        _print_sample(samples[-1])
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
    if options.pictures <= LEVEL_AFTER:
        parser.error(f"the level is taken after {LEVEL_AFTER} pictures")
    environment = {"DETR_FILE_LIFETIME": str(LIFETIME), "DETR_CACHE_BYTES": str(_CACHE_BYTES)}
    with (
        tempfile.TemporaryDirectory() as files,
        Server("toy-scenes", Path(files), **environment) as server,
    ):
        first = send_pictures(server, range(LEVEL_AFTER), _STEP)
        level = at_rest(server, LEVEL_AFTER)
        pictures = send_pictures(server, range(LEVEL_AFTER, options.pictures), _STEP)
        ends = {"pictures": at_rest(server, options.pictures)}
        frames = film(server, 60 * options.webcam_minutes, 30)
        ends["webcam"] = at_rest(server, frames[-1].done)
        rest = wait_for_deletion(server, 4 * LIFETIME)
    rows = {
        f"the first {LEVEL_AFTER} pictures, at most": most(first),
        "after these, at rest": level,
        "the other pictures, at most": most(pictures),
        "after all of them, at rest": ends["pictures"],
        "webcam, at most": most(frames),
        "after it, at rest": ends["webcam"],
        "when files have had their time": rest,
    }
    print(_table(rows))
    found = broken(level, ends, rest)
    print(f"broken: {'; '.join(found) or 'nothing'}")
    return 1 if found else 0


def _table(rows: dict[str, Sample]) -> str:
    head = "| | answered | memory MB | threads | open files | files | folders | files MB |"
    return "\n".join([head, "|---|" + "---:|" * 7, *(f"| {n} {_row(r)}" for n, r in rows.items())])


def _row(sample: Sample) -> str:
    return "| " + " | ".join(f"{value:,.0f}" for value in astuple(sample)) + " |"


def _print_sample(sample: Sample) -> None:
    print(f"{time.strftime('%H:%M:%S')} {_row(sample)}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
