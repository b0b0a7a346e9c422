"""Where the pictures of a source are on the disk: within its folders and nowhere else."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from pathlib import Path

from ..images.kinds import SUFFIXES
from .sources.finding import OpenSource

_UPLOAD = re.compile(r"^[0-9a-f]{8}-")  # what Label Studio puts before the names of uploads
_MAX_BYTES = 200  # of a file's name, of 255 that file systems take


@dataclass(frozen=True)
class PictureFile:
    """A picture on the disk.

    Attributes:
        path: where it is.
        name: its path within the folder where it was found, with "/" between folders.
    """

    path: Path
    name: str


class PictureFiles:
    """Finds pictures by the names that annotations have for them.

    Args:
        found: the source whose pictures they are.
    """

    def __init__(self, found: OpenSource) -> None:
        self._beside, self._by_stem = found.beside, found.by_stem
        self._by_path: dict[str, PictureFile] = {}
        by_name: dict[str, list[PictureFile]] = {}
        masks = found.beside if found.by_stem else None  # PNG files that are no pictures
        for folder in found.folders:
            for path in sorted(folder.rglob("*")):
                is_mask = path.suffix.lower() == ".png" and masks in path.parents
                if path.suffix.lower() not in SUFFIXES or (is_mask and masks not in folder.parents):
                    continue
                file = PictureFile(path, path.relative_to(folder).as_posix())
                self._by_path.setdefault(self._key(file.name), file)
                by_name.setdefault(self._key(path.name), []).append(file)
        self._by_name = {name: files[0] for name, files in by_name.items() if len(files) == 1}

    def find(self, name: str) -> PictureFile | None:
        """Return the file of a picture: by its path, else by its name where one alone has it.

        No path leads out of the folders.
        """
        path = within(name)
        if path is None:
            return None
        last = self._key(posixpath.basename(path))
        return (
            self._by_path.get(self._key(path))
            or (None if self._by_stem else self._exactly(path))
            or self._by_name.get(last)
            or self._by_name.get(_UPLOAD.sub("", last))
        )

    def _exactly(self, path: str) -> PictureFile | None:
        try:
            file = PictureFile(self._beside / path, path)
            return file if file.path.is_file() else None
        except (OSError, ValueError):  # a name that no file can have
            return None

    def _key(self, path: str) -> str:
        return posixpath.splitext(path)[0] if self._by_stem else path


def within(name: str) -> str | None:
    """Return a path within a folder, as near as can be to what annotations call a picture.

    Of an absolute path and of one that leads out, the last part; None where nothing is left.
    """
    path = posixpath.normpath(name.replace("\\", "/"))
    if path.startswith(("/", "../")) or ":" in path.partition("/")[0]:
        path = posixpath.basename(path)
    return None if path in ("", ".", "..") or "\0" in path else path


def new_name(name: str) -> str:
    """Return a path for a picture's copy that every system and reader of JSON takes."""
    path = (within(name) or "picture").encode("utf-8", "replace").decode()
    path = re.sub(r'[\x00-\x1f\x7f<>:"|?*\\]', "_", path)
    folder, last = posixpath.split(path)
    stem, suffix = posixpath.splitext(last)
    stem = stem.encode()[:_MAX_BYTES].decode("utf-8", "ignore")
    return posixpath.join(folder, stem + suffix[:10])
