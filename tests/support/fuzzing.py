"""What fuzzers share: cases in child processes with bounded memory and time, and a command line.

A child that crashes, hangs or eats memory is a fault that is counted; the others go on.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import json
import multiprocessing
import os
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

MAX_SECONDS = 20.0
MAX_BYTES = 4 * 2**30  # above what the process has already


def run_cases(
    verdict_of: Callable[[int], tuple[str, float]], cases: int, first: int, batch: int
) -> dict:
    """Run cases in children, and count what came out.

    Args:
        verdict_of: from a case's number to what became of it, in small letters unless that is a
            fault, and the seconds of processor time that it took.
        cases: how many.
        first: number of the first one.
        batch: how many a child runs.

    Returns:
        "cases", "verdicts" (how many of each), "faults" (what must not happen, one line each),
        "slowest_seconds" (of processor time) and "slowest_case", "peak_megabytes", "seconds".
    """
    context = multiprocessing.get_context("fork")
    counts: Counter[str] = Counter()
    slowest, peak = (0.0, first), 0
    started, end = time.perf_counter(), first + cases
    last = min(first + batch, end)
    while first < end:
        current = context.Value(ctypes.c_longlong, first)
        results = context.SimpleQueue()
        child = context.Process(target=_run_batch, args=(verdict_of, first, last, current, results))
        child.start()
        fault = _watch(child, current, results)
        if fault is None:
            batch_counts, batch_slowest, batch_peak = results.get()
            counts += batch_counts
            slowest, peak, first = max(slowest, batch_slowest), max(peak, batch_peak), last
        elif current.value > first:
            last = current.value  # what it had counted is lost: again up to the case that failed
            continue
        else:
            counts[f"{fault}, case {first}"] += 1
            first += 1
        last = min(first + batch, end)
        print(f"{first} of {end} cases", file=sys.stderr, flush=True)
    return {
        "cases": sum(counts.values()),
        "verdicts": dict(counts.most_common()),
        "faults": sorted(said for said in counts if not said.split(",")[0].islower()),
        "slowest_seconds": round(slowest[0], 3),
        "slowest_case": slowest[1],
        "peak_megabytes": round(peak / 1024),
        "seconds": round(time.perf_counter() - started),
    }


def _run_batch(verdict_of, first, last, current, results) -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MAX_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    faulthandler.disable()
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries in C write their complaints there
    counts, slowest = Counter(), (0.0, first)
    for number in range(first, last):
        current.value = number
        said, seconds = verdict_of(number)
        slowest = max(slowest, (seconds, number))
        counts[said if said.islower() else f"{said}, case {number}"] += 1
    results.put((counts, slowest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def _watch(child, current, results) -> str | None:
    """Wait for a child; None where it ended well, else what happened to it.

    A case hangs where it takes too much processor time, or ten times that on the wall: the
    machine may be busy with other things.
    """
    case, processor, wall = current.value, _processor_seconds(child.pid), time.monotonic()
    while child.is_alive() and results.empty():
        child.join(0.05)
        if current.value != case:
            case, processor, wall = current.value, _processor_seconds(child.pid), time.monotonic()
        elif (
            _processor_seconds(child.pid) - processor > MAX_SECONDS
            or time.monotonic() - wall > 10 * MAX_SECONDS
        ):
            child.kill()
            child.join()
            return "HANG"
    if results.empty():
        child.join()
        return f"CRASH {child.exitcode}"
    return None


def _processor_seconds(process: int) -> float:
    """User and system time of a process, from /proc; 0 once it is gone."""
    try:
        # The name in parentheses may hold spaces; utime and stime are fields 14 and 15.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def command_line(description: str, cases: int) -> argparse.ArgumentParser:
    """Return the options of a fuzzer: how many cases, which seed, from which case, where to."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--cases", type=int, default=cases)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--json", type=Path, help="write the result there too")
    return parser


def report(result: dict, path: Path | None) -> int:
    """Print a result, write it where asked, and return the exit code: 1 where there are faults."""
    text = json.dumps(result, indent=2)
    print(text)
    if path:
        path.write_text(text + "\n", encoding="utf-8")
    return 1 if result["faults"] else 0
