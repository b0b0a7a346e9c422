"""Fuzz image loading: mutated files in, a right picture or an ImageError out, every time.

    python -m tests.fuzz_images --cases 100000

Each case is a small valid file of ``tests.hostile.seeds`` after a few mutations, made from the
seed and the case's number alone, so ``--first NUMBER --cases 1`` repeats one. Cases run in child
processes with bounded memory: one that crashes, hangs or eats memory is counted, not fatal. Nor is
one that ends the process of a rare format's decoder, which visitors are told kindly.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import json
import multiprocessing
import os
import random
import resource
import struct
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np

from detr_gradio.images import ImageError, load_image
from detr_gradio.isolation import IsolationError
from detr_gradio.messages import LANGUAGES
from tests.support.hostile import seeds

BATCH = 1_000
MAX_SECONDS = 20.0
MAX_BYTES = 4 * 2**30  # above what the process has already

# Values that decide something in a header: zero, one, signs, limits, sizes.
INTERESTING = [
    struct.pack(code, value)
    for code in ("B", "<H", ">H", "<I", ">I")
    for value in (0, 1, 2, 16, 127, 128, 255, 256, 32_767, 65_535, 2**31 - 1, 2**31, 2**32 - 1)
    if value < 256 ** struct.calcsize(code)
]


def mutated_file(seed: int, number: int) -> bytes:
    """The bytes of one case."""
    chance = random.Random(f"{seed} {number}")
    names = sorted(seeds())
    data = bytearray(seeds()[chance.choice(names)])
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 16))):
        # Half of the mutations meet the headers, where one byte decides most.
        reach = min(len(data), 128) if chance.random() < 0.5 else len(data)
        at = chance.randrange(reach) if reach else 0
        length = chance.choice((1, 2, 4, 8, 32, 200))
        kind = chance.randrange(8)
        if kind == 0 and data:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1 and data:
            data[at] = chance.randrange(256)
        elif kind == 2:
            value = chance.choice(INTERESTING)
            data[at : at + len(value)] = value
        elif kind == 3:
            del data[at : at + length]
        elif kind == 4:
            data[at:at] = data[at : at + length] * chance.choice((1, 2, 50))
        elif kind == 5:
            data[at:at] = chance.randbytes(length)
        elif kind == 6:
            other = seeds()[chance.choice(names)]
            start = chance.randrange(len(other))
            data[at : at + length] = other[start : start + length]
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def verdict(data: bytes) -> str:
    """What the loader says of a file: "picture", a message's key, or what is wrong with it."""
    try:
        rgb = load_image(data)
    except ImageError as error:
        if isinstance(error.__cause__, IsolationError):  # kind, but a decoder's fault all the same
            return f"DECODER {error.__cause__.reason}"
        sentences = [error.message(language) for language in LANGUAGES]
        if any("/" in text or "\\" in text or len(text) > 250 for text in sentences):
            return f"LEAK in {error.key}"
        return error.key
    except BaseException as error:
        return f"ESCAPED {type(error).__name__}"
    right = (
        type(rgb) is np.ndarray
        and rgb.dtype == np.uint8
        and rgb.ndim == 3
        and rgb.shape[2] == 3
        and min(rgb.shape[:2]) >= 16
        and rgb.flags.c_contiguous
    )
    return "picture" if right else "WRONG ARRAY"


def _run_batch(seed, first, last, current, results):
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + MAX_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    faulthandler.disable()
    warnings.simplefilter("ignore")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)  # libtiff and libjpeg write their complaints there
    counts, slowest = Counter(), (0.0, first)
    for number in range(first, last):
        current.value = number
        data = mutated_file(seed, number)
        started = time.process_time()
        said = verdict(data)
        slowest = max(slowest, (time.process_time() - started, number))
        counts[said if said.islower() else f"{said}, case {number}"] += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    results.put((counts, slowest, peak))


def fuzz(cases: int, seed: int = 0, first: int = 0) -> dict:
    """Run cases and count what came out.

    Returns:
        "cases", "verdicts" (how many of each), "faults" (what must not happen, one line each),
        "slowest_seconds" (of processor time) and "slowest_case", "peak_megabytes", "seconds".
    """
    seeds()  # encoded once here, shared with the children
    context = multiprocessing.get_context("fork")
    counts, slowest, peak, faults = Counter(), (0.0, first), 0, []
    started = time.perf_counter()
    end = first + cases
    while first < end:
        last = min(first + BATCH, end)
        current = context.Value(ctypes.c_longlong, first)
        results = context.SimpleQueue()
        child = context.Process(target=_run_batch, args=(seed, first, last, current, results))
        child.start()
        fault = _watch(child, current, results)
        if fault is None:
            batch_counts, batch_slowest, batch_peak = results.get()
            counts += batch_counts
            slowest = max(slowest, batch_slowest)
            peak = max(peak, batch_peak)
            first = last
        else:
            # What the child had counted is lost: run again up to the case, then go on behind it.
            case = current.value
            faults.append(f"{fault}, case {case}")
            if case > first:
                before = fuzz(case - first, seed, first)
                counts += Counter(before["verdicts"])
                faults += before["faults"]
            counts[fault] += 1
            first = case + 1
        if first % (10 * BATCH) == 0:
            print(f"{first} of {end} cases", file=sys.stderr, flush=True)
    faults += [said for said in counts if not said.split(",")[0].islower()]
    return {
        "cases": sum(counts.values()),
        "verdicts": dict(counts.most_common()),
        "faults": sorted(set(faults)),
        "slowest_seconds": round(slowest[0], 3),
        "slowest_case": slowest[1],
        "peak_megabytes": round(peak / 1024),
        "seconds": round(time.perf_counter() - started),
    }


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


def main() -> int:
    """Run from the command line; the exit code is 1 where anything is at fault."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--json", type=Path, help="write the result there too")
    options = parser.parse_args()
    result = fuzz(options.cases, options.seed, options.first)
    text = json.dumps(result, indent=2)
    print(text)
    if options.json:
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if result["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
