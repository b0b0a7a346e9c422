"""A run on this machine: processes with a network each."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from itertools import islice
from multiprocessing import get_context, parent_process
from pathlib import Path

from ..messages import UserError
from .results import Results
from .rows import Row
from .worker import BatchOptions, PictureWorker, network_bytes, opened

_SHARD_ROWS = 1_000
_SHARD_SECONDS = 60.0  # what a crash can cost


def default_workers(options: BatchOptions) -> int:
    """Return how many networks this machine's processors and free memory are good for."""
    memory = _free_bytes()
    if memory is None:
        return _processors()
    return max(1, min(_processors(), memory // network_bytes(options.checkpoint)))


def _processors() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def _free_bytes() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if "MemAvailable" in line)
    except (OSError, StopIteration):  # not Linux
        return None


def run_here(
    pictures: Mapping[str, str],
    options: BatchOptions,
    told: Callable[[Row], None],
    *,
    workers: int | None = None,
    shard_rows: int = _SHARD_ROWS,
) -> None:
    """Segment pictures in processes of this machine; whatever ends it, what is done is written.

    Args:
        pictures: place by id.
        options: how.
        told: of each row that was made.
        workers: how many processes; as memory and processors allow if not given.
        shard_rows: most rows of a shard.

    Raises:
        UserError: what no picture of the run would be spared, or a process has ended.
        OSError: the results can't be written.
    """
    results, rows, written = Results(options.place), [], time.monotonic()
    if not pictures:
        return
    count = min(workers or default_workers(options), len(pictures))
    threads = max(1, _processors() // count)
    pool = ProcessPoolExecutor(count, get_context("spawn"), initializer=_begin)
    left = iter(pictures.items())
    waiting: set[Future[Row]] = set()
    try:
        while True:
            for name, uri in islice(left, 2 * count - len(waiting)):
                waiting.add(pool.submit(_row, options, threads, name, uri))
            if not waiting:
                break
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                row = future.result()
                rows.append(row)
                told(row)
            if len(rows) >= shard_rows or time.monotonic() - written > _SHARD_SECONDS:
                # Out of the list first: an interrupt on the way writes none a second time.
                whole, rows, written = rows, [], time.monotonic()
                results.add(whole)
    except BrokenProcessPool as error:
        raise UserError("batch_worker_ended") from error
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        results.add(rows)


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that writes
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Leave no network behind: whoever is killed can't tell its workers to end."""
    parent = parent_process()
    assert parent
    parent.join()
    os._exit(1)


@lru_cache(maxsize=1)
def _worker(options: BatchOptions, threads: int) -> PictureWorker:
    return PictureWorker(options, threads)


def _row(options: BatchOptions, threads: int, name: str, uri: str) -> Row:
    worker = _worker(options, threads)
    return worker.row(name, uri, *opened(uri))
