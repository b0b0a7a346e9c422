"""Work in a process of its own: a fault of a native decoder ends that process and nothing else.

The pools of multiprocessing, concurrent.futures and pebble fork a server full of threads, or import
its main module again, which builds the page with torch; and none bounds memory. Messages are JSON
and raw bytes, not pickles, which a decoder that was taken over could use to run code here.
"""

from __future__ import annotations

import atexit
import importlib
import json
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from .messages import UserError

try:
    import fcntl
    import resource
except ImportError:  # Windows: processes of their own, without limits
    fcntl = resource = None

Buffer: TypeAlias = "bytes | bytearray | memoryview | np.ndarray"
Message: TypeAlias = "tuple[dict[str, Any], list[np.ndarray]]"

_START = (
    "import sys; target, *sys.path[:] = sys.argv[1:]; "
    "from detr_gradio.isolation import _work; _work(target)"
)
# An interpreter's own path begins with "", which is elsewhere once it has changed its folder.
_PACKAGES = str(Path(__file__).resolve().parents[1])
_START_SECONDS = 60.0  # on a busy machine
# Each thread of OpenBLAS, and each arena of the C library, would claim memory within the bounds.
_LEAN = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
_PIPE_BYTES = 2**20  # what Linux lets everybody ask for, in place of 64 kB
_MAX_MESSAGE_BYTES = 2**31


class IsolationError(Exception):
    """The process has ended, or refused, without an answer.

    Attributes:
        reason: "memory" or "time" ran out, or a "crash".
    """

    def __init__(self, reason: Literal["memory", "time", "crash"]):
        super().__init__(reason)
        self.reason = reason


class Channel:
    """Messages between two processes: a JSON object, and any number of buffers behind it."""

    def __init__(self, source: FileIO, sink: FileIO):
        self._source, self._sink = source, sink
        if fcntl is not None and hasattr(fcntl, "F_SETPIPE_SZ"):
            with suppress(OSError):  # the user's other pipes have taken what each user may
                fcntl.fcntl(sink, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def send(self, header: dict[str, Any], *buffers: Buffer) -> None:
        """Send a message; buffers are bytes or C-contiguous arrays.

        Raises:
            OSError: nobody listens.
        """
        views = [
            (buffer.data if isinstance(buffer, np.ndarray) else memoryview(buffer)).cast("B")
            for buffer in buffers
        ]
        head = json.dumps([header, [len(view) for view in views]], default=str).encode()
        for part in (struct.pack("<I", len(head)), head, *views):
            rest = memoryview(part)
            while rest:
                rest = rest[self._sink.write(rest) :]

    def receive(self) -> Message:
        """Return the next message; its buffers are uint8 arrays that nobody shares.

        Raises:
            EOFError: nobody sends any more.
            ValueError: this is no message.
        """
        (size,) = struct.unpack("<I", self._read(4).data)
        header, sizes = json.loads(self._read(size).tobytes())
        return header, [self._read(size) for size in sizes]

    def answer_error(self, error: BaseException) -> None:
        """Send a ``UserError``, or that memory ran out, for the other side to raise.

        Raises:
            BaseException: the error itself, if it is another one.
        """
        if isinstance(error, UserError):
            self.send({"error": error.key, "values": error.values})
        elif isinstance(error, MemoryError):
            self.send({"stopped": "memory"})
        else:
            raise error

    def _read(self, size: int) -> np.ndarray:
        if not 0 <= size <= _MAX_MESSAGE_BYTES:
            raise ValueError("not a message")
        data = np.empty(size, np.uint8)
        rest = data.data
        while rest:
            count = self._source.readinto(rest)
            if not count:
                raise EOFError
            rest = rest[count:]
        return data


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
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Close this side of its pipes alone."""
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


class IsolatedPool:
    """Processes that are kept for many short works, each an answer to one message.

    Args:
        target: as of ``IsolatedProcess``; the function answers each message with one.
        size: most processes, and so works at a time. Each starts when it is first needed.
    """

    def __init__(self, target: str, size: int):
        self._target, self._size = target, size
        self._reset()
        atexit.register(self._close)
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

    def _close(self) -> None:
        while self._idle:
            self._idle.pop().close()


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


def _work(target: str) -> None:
    """Run in the new process: its whole life."""
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
