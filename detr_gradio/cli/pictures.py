"""Which pictures a command line means."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = {".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif"}
SUFFIXES |= {".tiff", ".webp"}
"""Which files of a folder are taken for pictures. A file that is named itself may have any."""


@dataclass(frozen=True)
class Picture:
    """A picture to work on.

    Attributes:
        path: where it is; it may be missing.
        name: what its results are to be called: its file's name without suffix, below a folder
            that was named with the subfolders between, such as "may/beach".
    """

    path: Path
    name: str


def find_pictures(arguments: Iterable[str], leave_out: Path) -> list[Picture]:
    """Return the pictures of files, folders and patterns, each one once.

    Args:
        arguments: as typed. What does not exist and is no pattern is returned as well, to be
            reported where it is opened.
        leave_out: a folder, that of the results, in which no pictures are looked for.
    """
    found: dict[str, Picture] = {}
    for argument in arguments:
        for picture in _expand(argument, leave_out):
            found.setdefault(os.path.realpath(picture.path), picture)
    return list(found.values())


def _expand(argument: str, leave_out: Path) -> Iterator[Picture]:
    path = Path(argument)
    if path.is_dir():
        yield from _walk(path, leave_out)
    elif path.exists() or not glob.has_magic(argument):
        yield Picture(path, path.stem)
    else:
        # A shell expands patterns itself, unless they are quoted or it is Windows'.
        for match in sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - any root
            if Path(match).is_file():
                yield Picture(Path(match), Path(match).stem)


def _walk(folder: Path, leave_out: Path) -> Iterator[Picture]:
    left_out = os.path.realpath(leave_out)
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and os.path.realpath(Path(parent, name)) != left_out
        )
        for name in sorted(files):
            path = Path(parent, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield Picture(path, path.relative_to(folder).with_suffix("").as_posix())
