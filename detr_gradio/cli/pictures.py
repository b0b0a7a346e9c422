"""Which pictures a command line means."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..evaluation.files import result_pictures
from ..images.kinds import SUFFIXES
from .result_folder import ResultFolder


@dataclass(frozen=True)
class Picture:
    """A picture to work on.

    Attributes:
        path: where it is; it may be missing.
        name: what its results are to be called: its file's name without suffix, below a folder
            that was named with the subfolders between, such as "may/beach". It is UTF-8.
    """

    path: Path
    name: str


def find_pictures(arguments: Iterable[str], leave_out: Path) -> tuple[list[Picture], int]:
    """Return the pictures of files, folders and patterns, each one once.

    What an earlier run made, in any folder, is no picture to segment unless it is named itself.

    Args:
        arguments: as typed. What does not exist and is no pattern is returned as well, and so
            are subfolders that can't be read, to be reported where they are opened.
        leave_out: a folder, that of the results: as a subfolder it is passed over.

    Returns:
        The pictures; how many results of earlier runs were left out.
    """
    found: dict[str, Picture] = {}
    own = set()
    results = cache(_results)
    for argument in arguments:
        named = os.path.realpath(argument)
        for path, name in _expand(argument, leave_out):
            real = os.path.realpath(path)
            # The diary of its folder, or of one above, names what a run wrote.
            if real != named and any(real in results(str(f)) for f in Path(real).parents):
                own.add(real)
            else:
                found.setdefault(real, Picture(path, readable(name)))
    return list(found.values()), len(own - set(found))


def _results(folder: str) -> set[str]:
    try:
        segmented = ResultFolder(Path(folder)).files()
    except OSError:  # its diary can't be read
        segmented = set()
    return segmented | result_pictures(Path(folder))


def readable(name: str) -> str:
    """Return a file's name with � for bytes that are not UTF-8: JSON can't hold those."""
    return os.fsencode(name).decode("utf-8", "replace")


def _expand(argument: str, leave_out: Path) -> Iterator[tuple[Path, str]]:
    path = Path(argument)
    if path.is_dir():
        yield from _walk(path, leave_out)
    elif path.exists() or not glob.has_magic(argument):
        yield path, path.stem
    else:
        # A shell expands patterns itself, unless they are quoted or it is Windows'.
        for match in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - any root
            if Path(match).is_file():
                yield Path(match), Path(match).stem


def _walk(folder: Path, leave_out: Path) -> Iterator[tuple[Path, str]]:
    left_out = os.path.realpath(leave_out)
    refused: list[Path] = []
    for parent, folders, files in os.walk(
        folder, onerror=lambda error: refused.append(Path(error.filename))
    ):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(Path(parent, name)) != left_out
        )
        for name in sorted(files):
            path = Path(parent, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield path, path.relative_to(folder).with_suffix("").as_posix()
    for path in refused:
        yield path, path.name
