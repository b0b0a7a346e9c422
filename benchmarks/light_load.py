"""Whether the server's memory levels off under light load.

Starts the app with the toy scenes, as it is without settings, and sends it a picture of its own
every few seconds, by turns as the page and as a program do. Resident memory is looked at after each
picture; the medians of five minutes are printed. Memory grows while the caches fill
(DETR_CACHE_BYTES, 256 MB); the exit code is 1 where the last five minutes are more than 5% above
the first ones after that.

Run: python -m benchmarks.light_load --minutes 34
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

from .server import Server
from .soak import MAX_GROWTH, send_pictures

WINDOW = 5
"""Minutes of each median."""

FULL_AFTER = 15
"""Minutes after which the caches are full, on a machine that keeps up."""

_EVERY = 3  # seconds from picture to picture


def levels(samples: list[tuple[float, float]]) -> list[float]:
    """Return the median memory of each window.

    Args:
        samples: minutes since the start, and megabytes.
    """
    groups = itertools.groupby(samples, key=lambda sample: int(sample[0] // WINDOW))
    return [statistics.median(megabytes for _, megabytes in group) for _, group in groups]


def creeps(medians: list[float]) -> bool:
    """Return whether memory goes on growing once the caches are full."""
    return medians[-1] > medians[FULL_AFTER // WINDOW] * (1 + MAX_GROWTH)


def load(server: Server, minutes: float) -> list[tuple[float, float]]:
    """Send pictures for so many minutes; returns minutes since the start, and megabytes."""
    began, samples = time.monotonic(), []
    while len(samples) * _EVERY < 60 * minutes:
        number = len(samples)
        time.sleep(max(0.0, began + number * _EVERY - time.monotonic()))
        (sample,) = send_pictures(server, range(number, number + 1), 1)
        samples.append(((time.monotonic() - began) / 60, sample.megabytes))
    return samples


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=34)
    options = parser.parse_args()
    if options.minutes < FULL_AFTER + 2 * WINDOW:
        parser.error(f"the caches are full after {FULL_AFTER} minutes")
    with tempfile.TemporaryDirectory() as files, Server("toy-scenes", Path(files)) as server:
        samples = load(server, options.minutes)
    medians = levels(samples)
    print("| minutes | pictures | memory MB |\n|---:|---:|---:|")
    for number, median in enumerate(medians):
        start, end = number * WINDOW, min((number + 1) * WINDOW, options.minutes)
        sent = sum(minute < end for minute, _ in samples)
        print(f"| {start} to {end:g} | {sent:,} | {median:,.0f} |")
    return 1 if creeps(medians) else 0


if __name__ == "__main__":
    sys.exit(main())
