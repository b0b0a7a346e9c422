"""Memory that is free goes back to the system, and lies in few places until then.

The GNU C library keeps it, in pieces, apart for each thread: after 2,000 pictures of several sizes
(``python -m benchmarks.soak``) the server held 1.86 GB, 27% more than after 200, while what was in
use stayed the same.
"""

from __future__ import annotations

import ctypes
import threading
import time
from functools import cache

EVERY = 30.0
"""Seconds from one time to the next."""

_ARENAS = 2  # as many threads as work at once; more only scatter what is free
_M_ARENA_MAX = -8  # malloc.h


@cache
def keep_giving_back() -> None:
    """Give it back from now on, in a thread of its own; one is enough for a process."""
    if give_back():
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
        threading.Thread(target=_go_on, name="free-memory", daemon=True).start()


def give_back() -> bool:
    """Give free memory back to the system; returns whether this C library can."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # musl, macOS, Windows
        return False
    trim(0)
    return True


def _go_on() -> None:
    while True:
        time.sleep(EVERY)
        give_back()
