"""Fuzz annotations of other tools: a data set that ``check`` finds fit or a sentence, every time.

    python -m tests.fuzz_annotations --cases 20000

Each case is a small source in one of the formats that ``convert`` reads, after a few mutations of
its JSON or its bytes, made from the seed and the case's number alone, so ``--first NUMBER
--cases 1`` repeats one.
"""

from __future__ import annotations

import atexit
import contextlib
import io
import json
import random
import shutil
import sys
import tempfile
import time
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from detr_gradio.cli import main as command
from detr_gradio.data_sets.checking import check_data_set
from tests.data_sets import test_convert_round_trip as sources
from tests.support import fuzzing

KINDS = {
    "coco": {"stuff": True},
    "coco polygons": {"stuff": True, "polygons": True},
    **{name: {} for name in ("labelme", "label-studio", "cvat", "semantic")},
}

# What JSON can hold and annotations should not.
VALUES = [
    *(None, True, -1, 0, 3, 2.5, 2**70, 10**400, 1e308, float("nan"), float("inf")),
    *("", "x", "\ud800", "\0", "../../x", "/etc/passwd", "é" * 300, "0" * 50, "<b>"),
    *([], {}, [[]], [None], {"a": 1}, [1, 2, 3, 4, 5, 6], [[0, 0], [1e9, 1], [4, 4]]),
    {"size": [48, 64], "counts": [3072]},
]
_SIGNS = b'0123456789-<>"&;,[]{}'


@cache
def valid() -> Path:
    """A folder with the pictures in ``images/``, and each source in a folder of its kind."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-annotations-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    sources.write_pictures(folder / "images")
    for name, options in KINDS.items():
        sources.export(name.split()[0], folder / name, **options)
    return folder


def mutated(chance: random.Random, node: Any, share: float) -> Any:
    """Return JSON of which about a share of the parts is something else, gone, or there twice."""
    if chance.random() < share:
        return deepcopy(chance.choice(VALUES))
    if isinstance(node, dict):
        return {
            chance.choice(["id", f"{key}x"]) if chance.random() < share / 2 else key: mutated(
                chance, value, share
            )
            for key, value in node.items()
            if chance.random() > share / 2
        }
    if isinstance(node, list):
        fewer = share if len(node) < 200 else share / 20
        found = [mutated(chance, value, fewer) for value in node]
        return [*found, deepcopy(found[0])] if found and chance.random() < share else found
    return node


def write_case(seed: int, number: int, root: Path) -> Path:
    """Write the source of one case and return it."""
    chance = random.Random(f"{seed} {number}")
    source = root / "source"
    shutil.copytree(valid() / chance.choice(list(KINDS)), source)
    file = chance.choice(sorted(path for path in source.rglob("*") if path.is_file()))
    if file.suffix == ".json" and chance.random() < 0.8:
        document = mutated(chance, json.loads(file.read_bytes()), chance.choice([0.003, 0.02, 0.1]))
        file.write_text(json.dumps(document))
        return source
    data = bytearray(file.read_bytes())
    for _ in range(chance.choice([1, 3, 20])):
        odd = chance.randrange(256) if chance.random() < 0.7 else chance.choice(_SIGNS)
        data[chance.randrange(len(data))] = odd
    file.write_bytes(data[: chance.randrange(len(data))] if chance.random() < 0.2 else data)
    return source


def verdict(source: Path, root: Path) -> str:
    """What becomes of a case: what the command says of it, or what is wrong."""
    told, error = io.StringIO(), io.StringIO()
    words = ["convert", source, "--output", root / "out", "--images", valid() / "images", "--json"]
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(error):
            status = command(list(map(str, words)))
        if status == 2:
            return "one sentence" if error.getvalue().count("\n") == 1 else "MANY LINES"
        document = json.loads(told.getvalue())
        if not any(split["images"] for split in document["splits"]):
            return "nothing left"
        if faults := check_data_set(root / "out").faults:
            return f"UNFIT {faults[0].kind}"
    except BaseException as escaped:
        return f"ESCAPED {type(escaped).__name__}"
    else:
        return "a part left out" if status else "a data set"


def fuzz(cases: int, seed: int = 0, first: int = 0) -> dict:
    """Run cases and count what came out; returns what ``fuzzing.run_cases`` does."""

    def verdict_of(number: int) -> tuple[str, float]:
        root = Path(tempfile.mkdtemp(prefix="fuzz-annotations-"))
        try:
            source = write_case(seed, number, root)
            started = time.process_time()
            return verdict(source, root), time.process_time() - started
        finally:
            shutil.rmtree(root, ignore_errors=True)

    valid()
    return fuzzing.run_cases(verdict_of, cases, first, batch=200)


def main() -> int:
    """Run from the command line; the exit code is 1 where anything is at fault."""
    options = fuzzing.command_line(__doc__, cases=2_000).parse_args()
    return fuzzing.report(fuzz(options.cases, options.seed, options.first), options.json)


if __name__ == "__main__":
    sys.exit(main())
