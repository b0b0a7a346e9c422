"""Fuzz image loading: mutated files in, a right picture or an ImageError out, every time.

    python -m tests.fuzz_images --cases 100000

Each case is a small valid file of ``tests.hostile.seeds`` after a few mutations, made from the
seed and the case's number alone, so ``--first NUMBER --cases 1`` repeats one. Cases run in child
processes with bounded memory: one that crashes, hangs or eats memory is counted, not fatal. Nor is
one that ends the process of a rare format's decoder, which visitors are told kindly.
"""

from __future__ import annotations

import random
import struct
import sys
import time

import numpy as np

from detr_gradio.images import ImageError, load_image
from detr_gradio.isolation import IsolationError
from detr_gradio.messages import LANGUAGES
from tests.support import fuzzing
from tests.support.hostile import seeds

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


def fuzz(cases: int, seed: int = 0, first: int = 0) -> dict:
    """Run cases and count what came out; returns what ``fuzzing.run_cases`` does."""

    def verdict_of(number: int) -> tuple[str, float]:
        data = mutated_file(seed, number)
        started = time.process_time()
        said = verdict(data)
        return said, time.process_time() - started

    seeds()  # encoded once here, shared with the children
    return fuzzing.run_cases(verdict_of, cases, first, batch=1_000)


def main() -> int:
    """Run from the command line; the exit code is 1 where anything is at fault."""
    options = fuzzing.command_line(__doc__, cases=10_000).parse_args()
    return fuzzing.report(fuzz(options.cases, options.seed, options.first), options.json)


if __name__ == "__main__":
    sys.exit(main())
