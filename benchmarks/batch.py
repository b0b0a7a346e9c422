"""Pictures a second of ``segment --format parquet``: processes here beside workers on Ray.

Each way segments the same pictures with toy-scenes; the rate is that of the pictures after the
first ones, so that it leaves out how long processes, cluster and networks take to start.

Run: python -m benchmarks.batch
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detr_gradio.batch.here import run_here
from detr_gradio.batch.on_ray import run_on_ray
from detr_gradio.batch.results import Results, RunSettings
from detr_gradio.batch.worker import BatchOptions

from .cluster import patiently
from .visitors import picture

FIRST = 0.2
"""The share of the pictures that come before the rate is measured: networks warm up in it."""

WAYS: dict[str, tuple[str, int]] = {
    "one process, all processors": ("here", 1),
    "two processes": ("here", 2),
    "Ray, one worker": ("ray", 1),
    "Ray, two workers": ("ray", 2),
}


def rate(engine: str, workers: int, pictures: dict[str, str]) -> float:
    """Return how many pictures a second a way segments."""
    times: list[float] = []

    def told(_row: Any) -> None:
        times.append(time.perf_counter())

    run: Callable[..., None] = run_here if engine == "here" else run_on_ray
    with tempfile.TemporaryDirectory() as place:
        method, precision = "paper", "exact"
        options = BatchOptions("toy-scenes", 0.85, None, method, precision, "en", place)
        made = ("toy-scenes", None, [], 0.85, None, method, precision, "en", engine, [])
        Results(place).claim(RunSettings(*made))
        patiently(lambda: run(pictures, options, told, workers=workers))
    first = times[int(FIRST * len(times))]
    return sum(each > first for each in times) / (times[-1] - first)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=240)
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=[*WAYS])
    arguments = parser.parse_args()
    print("| | pictures a second |\n|---|---:|")
    with tempfile.TemporaryDirectory() as folder:
        places = {}
        for number in range(arguments.pictures):
            places[str(number)] = f"{folder}/{number}.png"
            Path(places[str(number)]).write_bytes(picture(number))
        for way in arguments.ways:
            print(f"| {way} | {rate(*WAYS[way], places):.2f} |", flush=True)


if __name__ == "__main__":
    main()
