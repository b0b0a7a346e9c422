"""Ctrl-C between two steps, and never within what belongs together."""

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts_wait() -> Generator[None]:
    """Let signals that stop the program wait until the block is done."""
    if threading.current_thread() is not threading.main_thread():  # signals reach that one alone
        yield
        return
    came: list[int] = []
    before = [signal.signal(each, lambda number, _: came.append(number)) for each in _SIGNALS]
    try:
        yield
    finally:
        for each, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(each, handler)
        for number in came[:1]:
            signal.raise_signal(number)
