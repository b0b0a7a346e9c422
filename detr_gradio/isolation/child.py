"""The side of the new process: its bounds and its life."""

from __future__ import annotations

import importlib
import os
import signal
import threading
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path

from .channel import Channel
from .priority import APART, give_way

try:
    import resource
except ImportError:  # Windows: processes of their own, without limits
    resource = None


def bound_resources(*, memory: int, processor_seconds: float, open_files: int = 64) -> None:
    """Bound what this process may take from now on; what the system can't bound stays free.

    Args:
        memory: bytes of address space beyond what it has.
        processor_seconds: of all its threads; then SIGXCPU ends it.
        open_files: in all.
    """
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: open_files,
        resource.RLIMIT_CPU: int(usage.ru_utime + usage.ru_stime + processor_seconds) + 1,
    }
    with suppress(OSError):  # macOS has no /proc, and doesn't mind this limit anyway
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        wanted[resource.RLIMIT_AS] = pages * resource.getpagesize() + memory
    for kind, value in wanted.items():
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            value = min(value, most)  # noqa: PLW2901
        resource.setrlimit(kind, (value, most))


def work(target: str) -> None:
    """Run in the new process: its whole life."""
    give_way(APART)
    for name in ("SIGINT", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    channel = Channel(FileIO(os.dup(0)), FileIO(os.dup(1), "w"))
    module, name = target.split(":")
    function = getattr(importlib.import_module(module), name)
    # From here on nothing that a library prints goes between the messages, or into the log.
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    try:
        channel.send({})
        function(channel)
    except EOFError:  # the other side has closed
        pass
    except Exception as error:
        channel.answer_error(error)


def _end_with(parent: int) -> None:
    # Not Linux's PR_SET_PDEATHSIG: it tells of the end of the thread that started this process.
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)
