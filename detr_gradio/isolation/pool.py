"""Processes that are kept for the next work."""

from __future__ import annotations

import os
import threading
from typing import Any

from ..messages import UserError
from .channel import Buffer, Message
from .process import IsolatedProcess


class IsolatedPool:
    """Processes that are kept for many short works, each an answer to one message.

    Args:
        target: as of ``IsolatedProcess``; the function answers each message with one.
        size: most processes, and so works at a time. Each starts when it is first needed.
    """

    def __init__(self, target: str, size: int):
        self._target, self._size = target, size
        self._reset()
        if hasattr(os, "register_at_fork"):  # a forked child must not talk to them as well
            os.register_at_fork(after_in_child=self._forget)

    def run(self, header: dict[str, Any], *buffers: Buffer, timeout: float) -> Message:
        """Return the answer to a message; waits for a process first.

        Args and errors as of ``IsolatedProcess.send`` and ``receive``.
        """
        with self._turns:
            process = self._take()
            try:
                process.send(header, *buffers, timeout=timeout)
                answer = process.receive(timeout)
            except UserError:
                self._idle.append(process)
                raise
            except BaseException:
                process.close()
                raise
            self._idle.append(process)
            return answer

    def _take(self) -> IsolatedProcess:
        while True:
            try:
                process = self._idle.pop()
            except IndexError:
                return IsolatedProcess(self._target)
            if process.is_running:
                return process
            process.close()

    def _reset(self) -> None:
        self._idle: list[IsolatedProcess] = []
        self._turns = threading.BoundedSemaphore(self._size)

    def _forget(self) -> None:
        for process in self._idle:
            process.forget()
        self._reset()
