"""Connections: how many at once, and how long one may say nothing.

uvicorn waits without end for a request's headers, and takes connections until there is no
descriptor left: 1,100 that sent half a line, or that listened to events, had nobody answered,
health included.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import ClassVar

from uvicorn.protocols.http.h11_impl import H11Protocol

from .addresses import sender_at

HEADER_SECONDS = 10.0
"""From the connection, or the first byte after an answer, to the end of a request's headers."""

RESERVED = 200
"""Descriptors for files, models and what the libraries open."""

WANTED = 16_384
"""Descriptors that are asked for, where the system allows so many."""


def descriptors() -> int:
    """Return how many files and connections this process may open, after asking for more."""
    try:
        import resource  # noqa: PLC0415 - not on Windows
    except ImportError:
        return 512
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return max(wanted, soft)


class BoundedConnection(H11Protocol):
    """A connection that is closed where another one needs its place.

    The longest idle one goes first. Where all are at work, it is the oldest of the address that has
    the most.
    """

    most = 0  # set by ``bound``
    # By address, the oldest one first.
    _open: ClassVar[dict[str, OrderedDict[BoundedConnection, None]]] = {}
    # Without a request, the oldest one first.
    _idle: ClassVar[OrderedDict[BoundedConnection, None]] = OrderedDict()

    @classmethod
    def bound(cls) -> type[BoundedConnection]:
        """Return the class, bounded by what the process may open."""
        cls.most = max(16, descriptors() - RESERVED)
        return cls

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, in place of another one if need be."""
        super().connection_made(transport)
        self._peer = sender_at(self.client[0]) if self.client else ""
        self._open.setdefault(self._peer, OrderedDict())[self] = None
        self._timer: asyncio.TimerHandle | None = None
        if sum(map(len, self._open.values())) > self.most:
            busiest = max(self._open.values(), key=len)
            leaving = next(iter(self._idle or busiest))
            leaving.transport.abort()
            leaving._leave()
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take the next bytes."""
        super().data_received(data)
        if self.cycle and not self.cycle.response_complete:
            self._stop_waiting()
        else:
            self._wait()

    def on_response_complete(self) -> None:
        """Keep a connection for the next request, for a while."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._idle[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Let a connection go."""
        self._leave()
        super().connection_lost(exc)

    def _leave(self) -> None:
        self._stop_waiting()
        near = self._open.get(self._peer, OrderedDict())
        near.pop(self, None)
        if not near:
            self._open.pop(self._peer, None)

    def _wait(self) -> None:
        self._idle[self] = None
        if self._timer is None:
            self._timer = self.loop.call_later(HEADER_SECONDS, self.transport.abort)

    def _stop_waiting(self) -> None:
        self._idle.pop(self, None)
        if self._timer:
            self._timer.cancel()
            self._timer = None
