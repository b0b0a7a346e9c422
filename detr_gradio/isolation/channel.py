"""Messages between two processes: JSON and raw bytes over pipes."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from io import FileIO
from typing import Any, TypeAlias

import numpy as np

from ..messages import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

Buffer: TypeAlias = "bytes | bytearray | memoryview | np.ndarray"
Message: TypeAlias = "tuple[dict[str, Any], list[np.ndarray]]"

_PIPE_BYTES = 2**20  # what Linux lets everybody ask for, in place of 64 kB
_MAX_MESSAGE_BYTES = 2**31


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
