"""What was made from which picture, so that nothing is made twice and nothing overwritten."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from ..journal import JsonlJournal
from ..result.formats import FORMATS

FILE_OF = {
    "overlay": "{name}_overlay.png",
    "panoptic": "{name}_panoptic.png",
    "json": "{name}.json",
    "csv": "{name}.csv",
    # What a data set in one file is put together from lies out of sight.
    **{
        kind: f".parts/{kind}/{{name}}{PurePath(f.file).suffix}" if f.join else f.file
        for kind, f in FORMATS.items()
    },
}
"""Path of a file of a kind below the folder of results."""

SHARED = {path for f in FORMATS.values() for path in (f.table, f.data_set) if path}
"""Paths of the files that belong to all pictures of a folder."""

# No picture's files may be called like these, or lie in them.
_RESERVED = {path.split("/")[0].split(".")[0] for path in SHARED} | {
    path.split("/")[0] for path in FILE_OF.values() if "/" in path
}


def fingerprint(path: Path, parameters: Mapping[str, object]) -> str:
    """Return what tells whether a result is still good: a digest of a file and the parameters.

    Raises:
        OSError: the file can't be read.
    """
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    with path.open("rb") as file:
        while block := file.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def write_atomically(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file, from its bytes or pieces of them, so that it is there in full or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        dir=path.parent, prefix=".", suffix=".part", delete=False
    ) as file:
        temporary = Path(file.name)
        try:
            for piece in [content] if isinstance(content, bytes) else content:
                file.write(piece)
            file.close()
            # Temporary files are for their owner alone; results get the usual permissions.
            umask = os.umask(0)
            os.umask(umask)
            temporary.chmod(0o666 & ~umask)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


class ResultFolder:
    """A folder of results and its journal: the last line of a picture counts.

    Pictures are told apart by their path relative to the folder, so that both can move together.
    """

    FILE = "detr-panoptic.jsonl"

    def __init__(self, folder: Path):
        self.folder = folder
        self._entries: dict[str, dict] = {}
        self._shared: set[str] = set()
        self._journal = JsonlJournal(folder / self.FILE)
        for entry in self._journal.entries:
            picture, name, made = (entry.get(key) for key in ("picture", "name", "made"))
            if isinstance(entry.get("shared"), str):
                self._shared.add(entry["shared"])
            # Whoever sent the folder may have written this: no name leads out of it.
            if isinstance(picture, str) and _is_below(name) and isinstance(made, dict):
                self._entries[picture] = {"name": name, "made": made}
        self._taken = {entry["name"].casefold() for entry in self._entries.values()}
        self._longest_name = _longest_name(folder)

    def name_for(self, picture: Path, wanted: str) -> str:
        """Return the name of a picture's results: the recorded one, or a free one like wanted."""
        entry = self._entries.get(self._key(picture))
        if entry:
            return entry["name"]
        name, number = self._fitting(wanted, ""), 1
        while name.casefold() in self._taken or any(
            self.path(name, kind).exists() for kind in FILE_OF
        ):
            number += 1
            name = self._fitting(wanted, f"-{number}")
        # Some file systems take Beach and beach for the same.
        self._taken.add(name.casefold())
        self._entries[self._key(picture)] = {"name": name, "made": {}}
        return name

    def path(self, name: str, kind: str) -> Path:
        """Return where a file of a kind, one of ``FILE_OF``, belongs."""
        # The file's name is UTF-8 whatever the locale says.
        return self.folder / os.fsdecode(FILE_OF[kind].format(name=name).encode())

    def files(self) -> set[str]:
        """Return the real paths of all files that were made, and of the journal."""
        return {
            os.path.realpath(self.folder / self.FILE),
            *(
                os.path.realpath(self.path(entry["name"], kind))
                for entry in self._entries.values()
                for kind in entry["made"]
                if kind in FILE_OF
            ),
        }

    def _fitting(self, wanted: str, ending: str) -> str:
        """Return a name with an ending, so short that the file system takes all files of it."""
        if wanted.split("/", maxsplit=1)[0].casefold() in _RESERVED:
            wanted = f"_{wanted}"
        folder, slash, name = wanted.rpartition("/")
        longest = max(len(path.split("/")[-1].format(name="")) for path in FILE_OF.values())
        room = self._longest_name - len(ending) - longest
        name = name.encode()[:room].decode("utf-8", "ignore")
        return f"{folder}{slash}{name}{ending}"

    def is_made(self, picture: Path, kind: str, mark: str) -> bool:
        """Whether a file of a kind is there, made with the same fingerprint."""
        entry = self._entries.get(self._key(picture))
        return (
            entry is not None
            and entry["made"].get(kind) == mark
            and self.path(entry["name"], kind).is_file()
        )

    def add(self, picture: Path, kinds: list[str], mark: str) -> None:
        """Note that files of these kinds were made."""
        entry = self._entries[self._key(picture)]
        entry["made"].update(dict.fromkeys(kinds, mark))
        self._journal.append({"picture": self._key(picture), **entry})

    def claim(self, path: str) -> Path:
        """Return where a file of ``SHARED`` belongs, and note that it is ours.

        Raises:
            FileExistsError: there is one that is not.
        """
        if path not in self._shared:
            if (self.folder / path).exists():
                raise FileExistsError(path)
            self._journal.append({"shared": path})
            self._shared.add(path)
        return self.folder / path

    def _key(self, picture: Path) -> str:
        path = os.path.relpath(picture.resolve(), self.folder.resolve())
        # The same in each locale: bytes that are not UTF-8 become lone surrogates.
        return Path(os.fsencode(path).decode("utf-8", "surrogateescape")).as_posix()


def _is_below(name: object) -> bool:
    """Whether it is a path that stays in its folder, and text."""
    if not isinstance(name, str) or name != name.encode(errors="replace").decode():
        return False
    return "\0" not in name and not {"", ".."} & set(name.split("/"))


def _longest_name(folder: Path) -> int:
    """Return how many bytes a file's name may have in a folder: 255 nearly everywhere."""
    try:
        return os.pathconf(folder, "PC_NAME_MAX")
    except (AttributeError, OSError, ValueError):  # Windows; a folder that isn't there yet
        return 255
