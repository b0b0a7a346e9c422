"""One process, seen from the side that starts it."""

from __future__ import annotations

import atexit
import os
import signal
import struct
import subprocess
import sys
import threading
from io import FileIO
from pathlib import Path
from typing import Any, Literal, cast

from ..messages import UserError
from .channel import Buffer, Channel, Message

_START = (
    "import sys; target, *sys.path[:] = sys.argv[1:]; "
    "from detr_gradio.isolation.child import work; work(target)"
)
# An interpreter's own path begins with "", which is elsewhere once it has changed its folder.
_PACKAGES = str(Path(__file__).resolve().parents[2])
_START_SECONDS = 60.0  # on a busy machine
# Each thread of OpenBLAS, and each arena of the C library, would claim memory within the bounds.
_LEAN = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}

_there: set[IsolatedProcess] = set()
_all_ended = threading.Event()


class IsolationError(Exception):
    """The process has ended, or refused, without an answer.

    Attributes:
        reason: "memory" or "time" ran out, or a "crash".
    """

    def __init__(self, reason: Literal["memory", "time", "crash"]):
        super().__init__(reason)
        self.reason = reason


class IsolatedProcess:
    """A process that runs one function of the package. A context manager; leaving it ends it.

    It ends with this process, however that ends. It ignores SIGINT and SIGTERM, so that the work
    of a server that is being stopped can be finished.

    Args:
        target: "module:function". The function takes a ``Channel`` to here, and should call
            ``bound_resources`` first. Its module should import neither torch nor Gradio.

    Attributes:
        pid: the process's number.

    Raises:
        IsolationError: it did not start.
    """

    def __init__(self, target: str):
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, target, *sys.path, _PACKAGES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, **_LEAN},
            start_new_session=True,  # Ctrl-C in a terminal is for the server
        )
        self.pid = self._process.pid
        self._pipes = cast("list[FileIO]", [self._process.stdout, self._process.stdin])
        self._channel = Channel(*self._pipes)
        self._expired = False
        _there.add(self)
        if _all_ended.is_set():
            self.close()
            raise IsolationError("crash")
        self.receive(_START_SECONDS)  # it says that it is ready

    def __enter__(self) -> IsolatedProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def send(self, header: dict[str, Any], *buffers: Buffer, timeout: float) -> None:
        """Send a message to the function.

        Args:
            header: whatever JSON can hold.
            buffers: bytes or C-contiguous arrays.
            timeout: seconds after which the process is ended.

        Raises:
            IsolationError: the process has ended, now or before.
        """
        self._within(timeout, lambda: self._channel.send(header, *buffers))

    def receive(self, timeout: float) -> Message:
        """Return the function's next message: its header, and its buffers as uint8 arrays.

        Args:
            timeout: seconds after which the process is ended.

        Raises:
            UserError: the function raised one.
            IsolationError: the process has ended, now or before, or lacked memory.
        """
        header, buffers = self._within(timeout, self._channel.receive)
        if "error" in header:
            raise UserError(header["error"], **header["values"])
        if "stopped" in header:
            raise IsolationError(header["stopped"])
        return header, buffers

    def close(self) -> None:
        """End the process, whatever it is doing, and close this side of its pipes."""
        self.end()
        self.forget()

    def end(self) -> None:
        """End the process, whatever it is doing; whoever waits for it gets an error."""
        self._process.kill()
        self._process.wait()

    def forget(self) -> None:
        """Close this side of its pipes alone."""
        _there.discard(self)
        for pipe in self._pipes:
            pipe.close()

    def _within(self, timeout: float, work):
        # A pipe can't be waited for with a limit everywhere, but what writes into it can be ended.
        timer = threading.Timer(timeout, self._expire)
        timer.daemon = True
        timer.start()
        try:
            return work()
        except (OSError, EOFError, ValueError, struct.error):
            raise IsolationError(self._why_ended()) from None
        finally:
            timer.cancel()
            timer.join()

    def _expire(self) -> None:
        self._expired = True
        self._process.kill()

    def _why_ended(self) -> Literal["memory", "time", "crash"]:
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:  # what it says is no message
            self._process.kill()
            self._process.wait()
            return "crash"
        if self._expired or code == -getattr(signal, "SIGXCPU", 0):
            return "time"
        # Nobody but the system's memory killer sends this one.
        return "memory" if code == -getattr(signal, "SIGKILL", 0) else "crash"


def end_all() -> None:
    """End all processes, whatever they are doing, and start none any more.

    They see by themselves when this process has ended, unless they are stuck.
    """
    _all_ended.set()
    for process in list(_there):
        process.end()


atexit.register(end_all)
if hasattr(os, "register_at_fork"):  # a forked child must not end them as well
    os.register_at_fork(after_in_child=_there.clear)
