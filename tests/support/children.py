"""The processes that this one has started; Linux only."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def child_with(words: str) -> int:
    """Number of a child of this process that has these words in its command line.

    Raises:
        LookupError: there is none.
    """
    for child in children_with(words):
        return child
    raise LookupError(words)


def children_with(words: str) -> list[int]:
    """Numbers of the children of this process that have these words in their command lines."""
    found: list[int] = []
    for file in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # that thread has ended meanwhile
            found += [
                int(child) for child in file.read_text().split() if words in command_of(child)
            ]
    return found


def command_of(process: int | str) -> str:
    """Command line of a process; empty for one that has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text(errors="replace")
    except OSError:  # it has ended meanwhile
        return ""


def peak_memory(process: int | str = "self") -> int:
    """Most bytes that a process has had resident; 0 for one that has ended.

    Not ``ru_maxrss``: a process that another one has started counts that one's memory as its own.
    """
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return 1024 * int(line.split()[1])
    return 0
