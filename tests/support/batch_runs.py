"""Runs of ``segment --engine ray`` on a cluster of nodes on this machine."""

import csv
import os
import subprocess
import sys
import time
from pathlib import Path

from detr_gradio import read_results
from tests.support.small_scenes import write_broken, write_scene

PATIENCE = 600
"""Seconds after which a run is stuck, on a machine that is busy with other tests too."""

# The command line with shards of so many rows, from blocks of so many pictures.
_COMMAND = """
import runpy
from detr_gradio.batch import on_ray

on_ray.run_on_ray.__kwdefaults__["shard_rows"] = {shard_rows}
on_ray._BLOCK = {block}
runpy.run_module("detr_gradio", run_name="__main__", alter_sys=True)
"""


def write_photos(folder, scenes, broken):
    """Write scenes, of which each two have one name, broken files, and a list of them.

    One in a hundred scenes is in the list twice with one id, and again with another.

    Returns:
        The list; the place of each scene by its id; the ids of the broken files.
    """
    rows = []
    for number in range(scenes):
        name = f"{'ab'[number % 2]}/{number // 2}.jpg"
        write_scene(folder / name, number)
        rows.append((f"scene {number}", name))
    wrong = []
    for number in range(broken):
        write_broken(folder / "broken" / f"{number}.jpg", number)
        wrong.append((f"broken {number}", f"broken/{number}.jpg"))
    again = [(f"{name} again", place) for name, place in rows[::100]]
    with (folder / "list.csv").open("w", newline="") as file:
        listed = [*rows, *wrong, *rows[::100], *again]
        csv.writer(file).writerows([("id", "path"), *listed])
    places = {name: folder / place for name, place in (*rows, *again)}
    return folder / "list.csv", places, {name for name, _ in wrong}


def start_run(cluster, listed, out, *more, shard_rows=4, block=2):
    """Start the command in a process of its own, on a cluster of its own where none is given."""
    words = ["segment", str(listed), "--output", str(out), "--engine", "ray", *more]
    words += ["--checkpoint", "toy-scenes", "--language", "en"]
    if cluster:
        words += ["--address", cluster.address]
    return subprocess.Popen(
        [sys.executable, "-c", _COMMAND.format(shard_rows=shard_rows, block=block), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )


def wait_for_rows(process, out, rows):
    """Wait until so many rows are in shards that are whole, or the process has ended."""
    done, until = 0, time.monotonic() + PATIENCE
    while process.poll() is None:
        before, done = done, len(read_results(out)) if (out / "_checkpoint").is_dir() else 0
        if done >= rows:
            return
        if done > before:
            until = time.monotonic() + PATIENCE
        assert time.monotonic() < until, "it is stuck"
        time.sleep(0.1)
