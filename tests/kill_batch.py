"""Segment many pictures on a Ray cluster of three nodes whose nodes and driver are killed.

    python -m tests.kill_batch --pictures 2000 20000

makes that many small pictures, 1% of them broken in many ways, many of one name, and some listed
twice. It starts the command line on a cluster on this machine, and kills two of its nodes and the
command itself at random moments (SIGKILL). A new node takes a lost one's place, and the same
command goes on. In the end there has to be one row for each picture, an error for each broken one,
and of 500 rows each the result that ``Segmenter.segment`` gives. Memory is sampled meanwhile: the
most that one process of a kind had for itself.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import numpy as np

from benchmarks.cluster import add_node, start_cluster
from benchmarks.server import family
from detr_gradio import load_segmenter, read_results
from detr_gradio.model.device import use_threads
from tests.support.batch_runs import start_run, wait_for_rows, write_photos

DETAIL = 96
"""Of the network's input: pictures are many here, not large."""

COMPARED = 500
SHARD_ROWS, BLOCK = 512, 16  # as the command line has them
EVENTS = ("driver", "node", "node")
KINDS = ("driver", "network", "other")


class Memory:
    """The most memory that processes of a kind have had for themselves, in bytes.

    Attributes:
        most: by ``KINDS``; "other" reads pictures and writes shards.
    """

    def __init__(self):
        self.driver = 0
        self.most = Counter()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _run(self):
        while not self._ended.wait(1):
            for pid in family(os.getpid()):
                with suppress(OSError, StopIteration):  # it has ended meanwhile
                    self._note(Path(f"/proc/{pid}"))

    def _note(self, process):
        title = (process / "cmdline").read_bytes()
        if int(process.name) == self.driver:
            kind = "driver"
        elif b"_Segmenting" in title and title.startswith(b"ray::"):
            kind = "network"
        elif title.startswith(b"ray::"):
            kind = "other"
        else:
            return
        lines = (process / "status").read_text().splitlines()
        own = 1024 * int(next(line for line in lines if line.startswith("RssAnon")).split()[1])
        self.most[kind] = max(self.most[kind], own)


def run(listed, out, total, chance, memory):
    """Run the command to its end, through kills at random moments; returns what was done when."""
    cluster = start_cluster(3)
    words = ["--detail", str(DETAIL), "--workers", "2"]
    marks = sorted(int(total * chance.uniform(0.1, 0.6)) for _ in EVENTS)
    plan = list(zip(marks, chance.sample(EVENTS, len(EVENTS)), strict=True))
    start, done = time.monotonic(), []

    def begin():
        process = start_run(cluster, listed, out, *words, shard_rows=SHARD_ROWS, block=BLOCK)
        memory.driver = process.pid
        return process

    try:
        process = begin()
        for mark, event in plan:
            wait_for_rows(process, out, mark)
            time.sleep(chance.uniform(0, 8))
            assert process.poll() is None, process.communicate()
            rows = len(read_results(out))
            done.append(f"{event} killed after {time.monotonic() - start:.0f} s, {rows} rows")
            print(done[-1], f"memory so far: {dict(memory.most)}", sep="; ", flush=True)
            if event == "driver":
                process.send_signal(signal.SIGKILL)
                process.communicate()
                process = begin()
            else:
                node = chance.choice(sorted(cluster.worker_nodes, key=lambda node: node.unique_id))
                cluster.remove_node(node, allow_graceful=False)
                add_node(cluster)
        said, errors = process.communicate()
        assert process.returncode == 1, (said, errors)
        print(said, errors, sep="\n", flush=True)
    finally:
        cluster.shutdown()
    return time.monotonic() - start, done


def faults(out, places, wrong, chance):
    """Return what is wrong with the results, each in a sentence."""
    results, found = read_results(out), []
    rows = Counter(results.ids())
    expected = {*places, *wrong}
    if twice := [name for name, count in rows.items() if count > 1]:
        found.append(f"{len(twice)} rows are there twice: {twice[:3]}")
    if rows.keys() != expected:
        found.append(f"{len(expected - rows.keys())} are missing, {len(rows - expected)} too many")
    errors = {name for name, _ in results.errors()}
    if errors != wrong:
        found.append(f"errors differ: {sorted(errors ^ wrong)[:3]}")
    use_threads(1)  # as each network on the cluster
    segmenter = load_segmenter("toy-scenes")
    chosen = set(chance.sample(sorted(places), min(COMPARED, len(places))))
    compared = 0
    for name, got in results:
        if name in chosen:
            own = segmenter.segment(places[name], detail=DETAIL)
            compared += 1
            if not np.array_equal(got.segment_ids, own.segment_ids) or got.segments != own.segments:
                found.append(f"{name} differs")
    if compared != len(chosen):
        found.append(f"{compared} of {len(chosen)} were there to compare")
    return found


def main():
    """Make pictures, segment them, kill, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, nargs="+", default=[20_000])
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    bad, table = [], []
    for total in arguments.pictures:
        chance = random.Random(arguments.seed)
        with tempfile.TemporaryDirectory() as folder, Memory() as memory:
            broken = total // 100
            scenes = (total - broken) * 100 // 101  # one in a hundred is listed again
            broken += total - broken - scenes - len(range(0, scenes, 100))
            listed, places, wrong = write_photos(Path(folder, "photos"), scenes, broken)
            assert len(places) + len(wrong) == total
            out = Path(folder, "out")
            seconds, done = run(listed, out, total, chance, memory)
            found = faults(out, places, wrong, chance)
        bad += found
        most = " | ".join(
            f"{memory.most[kind] / 1e6:.0f}" for kind in ("driver", "network", "other")
        )
        table.append(f"| {total} | {len(wrong)} | {seconds:.0f} | {most} | {'; '.join(done)} |")
        print(table[-1], "; ".join(found) or "rows, errors and results are right", flush=True)
    print("| pictures | broken | seconds | driver MB | network MB | other MB | killed |")
    print("|---:|---:|---:|---:|---:|---:|---|", *table, sep="\n")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
