"""Break the code on purpose and see whether the tests notice.

    python -m tests.mutants --count 16 --seed 1

cosmic-ray makes mutants: copies of a module with one number, operator, condition or decorator
changed. A sample of them, drawn by the seed, is tested one by one in a copy of the project, each
by the tests that mirror its module (those of its folder, where it has none of its own). Results
are written down at once in ``build/mutants.jsonl``: a run that was stopped goes on where it was,
and what has changed since, module or tests, is tested again.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import hashlib
import io
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOMS = ("images", "result", "evaluation", "video/tracking", "video/motion")
LEAST_KILLED = 0.9
MAX_BYTES = 8 * 2**30  # of address space: a mutant may ask for any amount
RESULTS = Path("build/mutants.jsonl")
# Forked from one that has loaded what takes long, so that a mutant takes a tenth of a second.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["__main__", "cv2", "hotcoco", "hypothesis", "numpy", "PIL.Image"])
Mutant = tuple[Path, str, int]  # module, operator, and which of the places that it fits


def modules(rooms: list[str]) -> list[Path]:
    """Return the modules of some rooms; a room may be a single one."""
    paths = [Path("detr_gradio") / room for room in rooms]
    found = [sorted(p.glob("*.py")) if p.is_dir() else [p.with_suffix(".py")] for p in paths]
    return [module for room in found for module in room if module.stem != "__init__"]


def sample(module: Path, count: int, seed: int) -> list[Mutant]:
    """Draw mutants of a module that are Python and do something else than it does."""
    text = module.read_text("utf-8")
    nodes = list(ast_nodes(get_ast(text)))
    mutants = []
    for name in operator_names():
        operator = get_operator(name)
        if not operator.arguments():  # the others need variables to be named
            places = sum(len([*operator().mutation_positions(node)]) for node in nodes)
            mutants += [(module, name, place) for place in range(places)]
    random.Random(f"{seed} {module}").shuffle(mutants)
    # Annotations of types, for one, do nothing.
    different = (m for m in mutants if code(mutated(m)) not in (None, code(text)))
    return list(itertools.islice(different, count))


def mutated(mutant: Mutant) -> str:
    """Return the text of a mutant, or of its module where cosmic-ray can't make it."""
    module, name, place = mutant
    text = module.read_text("utf-8")
    try:
        return mutate_code(text, get_operator(name)(), place)
    except AttributeError:  # it replaces no exception with a dot in its name
        return text


def code(text: str) -> str | None:
    """Return what a module does, without annotations of types; None where it is not Python."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        for name in {"annotation", "returns"} & set(node._fields):
            setattr(node, name, None)
    return ast.dump(tree)


def mirror(module: Path) -> list[Path]:
    """Return the tests of a module: its own ones, or where it has none those of its folder."""
    folder = Path("tests") / module.relative_to("detr_gradio").parent
    own = [folder / f"test_{module.name}", *sorted(folder.glob(f"test_{module.stem}_*.py"))]
    return own if own[0].exists() else sorted(folder.glob("test_*.py"))


def passes(tests: list[Path], seconds: float) -> bool:
    """Whether tests pass within some time, in a process that has nothing of the project loaded."""
    process = PROCESSES.Process(target=_exit_with, args=([*map(str, tests)],))
    process.start()
    process.join(seconds)
    process.kill()  # one that waits or counts for ever
    process.join()
    return process.exitcode == 0


def _exit_with(tests: list[str]) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        sys.exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))


def main() -> int:
    """Test a sample of mutants, and say which ones survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rooms", nargs="*", default=ROOMS, help="such as result or video/motion")
    parser.add_argument("--count", type=int, default=16, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.touch()
    results = RESULTS.resolve()
    known = {r["key"]: r["survived"] for r in map(json.loads, results.read_text().splitlines())}
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))
    # No plugins, which these tests don't need; and Hypothesis takes the same examples every time.
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "CI": "1"}
    seconds: dict[Path, float] = {}  # that the tests of a module take when nothing is broken
    survivors = []
    with tempfile.TemporaryDirectory() as copy:
        unneeded = shutil.ignore_patterns(".*", "build", "*.pyc")
        shutil.copytree(".", copy, ignore=unneeded, dirs_exist_ok=True)
        os.chdir(copy)
        sys.path[0] = copy
        chosen = [
            mutant
            for module in modules(arguments.rooms)
            for mutant in sample(module, arguments.count, arguments.seed)
        ]
        for number, mutant in enumerate(chosen, 1):
            module, name, place = mutant
            original, tests = module.read_text("utf-8"), mirror(module)
            digest = hashlib.sha256(b"".join(s.read_bytes() for s in [module, *tests])).hexdigest()
            key = f"{module} {name} {place} {digest[:16]}"
            if key not in known:
                if module not in seconds:
                    begun = time.monotonic()
                    if not passes(tests, 300):
                        parser.error(f"{tests[0]} fails where nothing is broken.")
                    seconds[module] = time.monotonic() - begun
                module.write_text(mutated(mutant), "utf-8")
                # Python takes compiled code of the same second and size for that of this text.
                os.utime(module, (number, number))
                known[key] = passes(tests, 10 + 5 * seconds[module])
                module.write_text(original, "utf-8")
                with results.open("a") as file:
                    file.write(json.dumps({"key": key, "survived": known[key]}) + "\n")
            if known[key]:
                survivors.append(mutant)
                lines = original.splitlines(), mutated(mutant).splitlines()
                print(f"\n{number}: {name.split('/')[1]} {place}")
                diff = difflib.unified_diff(*lines, str(module), "", n=0, lineterm="")
                print("\n".join(diff), flush=True)
    killed = len(chosen) - len(survivors)
    print(f"\n{killed} of {len(chosen)} mutants killed, {killed / len(chosen):.1%}")
    for module in sorted({mutant[0] for mutant in chosen}):
        here = [m for m in chosen if m[0] == module]
        lost = [m for m in survivors if m[0] == module]
        print(f"  {len(here) - len(lost):3} of {len(here):3}  {module}")
    return 0 if killed >= LEAST_KILLED * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
