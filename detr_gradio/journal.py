"""A list of JSON objects in a file, one a line, from which a run that was stopped goes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


class JsonlJournal:
    """Objects are appended one by one; what a crash cut off in the middle is left out.

    Attributes:
        entries: the objects that the file holds, oldest first.

    Raises:
        OSError: the file can't be read.
    """

    def __init__(self, path: Path):
        self._path = path
        text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        self.entries = [entry for entry in map(_parse, text.splitlines()) if entry is not None]
        # What is appended begins on a line of its own.
        self._separator = "" if not text or text.endswith("\n") else "\n"

    def append(self, entry: dict[str, Any]) -> None:
        """Write an object at the end of the file.

        Raises:
            OSError: the file can't be written.
        """
        self.entries.append(entry)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(f"{self._separator}{json.dumps(entry)}\n")
        self._separator = ""


def _parse(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
