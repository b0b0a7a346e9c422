"""Who goes first where the processors are busy: what answers, then what computes."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress

COMPUTING = 5
"""Niceness of threads that compute for a visitor: the server's loop goes before them."""

APART = 10
"""Niceness of processes for files that may be hostile, and for videos."""


def give_way(niceness: int = COMPUTING) -> None:
    """Let the present thread, and those that it starts, go after others; on Linux alone.

    Elsewhere niceness belongs to the process. It can't be taken back.

    Args:
        niceness: 0 is usual, 19 the last.
    """
    if sys.platform != "linux":
        return
    thread = threading.get_native_id()
    with suppress(OSError):  # a container may forbid it
        if os.getpriority(os.PRIO_PROCESS, thread) < niceness:
            os.setpriority(os.PRIO_PROCESS, thread, niceness)
