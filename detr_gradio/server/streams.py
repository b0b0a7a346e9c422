"""Streams of events: how many may be open, of one address and in all.

Each visitor's page has two of them, for as long as it is open; each costs a connection and a task.
"""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import ClassVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from .addresses import SHARED, sender_of

MAX_STREAMS = 4_000
"""Of all visitors."""

MAX_OF_ADDRESS = 400
"""Of one sender; a proxy of this machine that doesn't say for whom it asks is not counted."""


class BoundedStream:
    """A route whose answers last.

    Args:
        app: the route.
    """

    open: ClassVar[Counter[str]] = Counter()

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        sender = sender_of(Request(scope))
        own = 0 if sender in SHARED else self.open[sender]
        if own >= MAX_OF_ADDRESS or self.open.total() >= MAX_STREAMS:
            raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "10"})
        self.open[sender] += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.open[sender] -= 1
            if not self.open[sender]:
                del self.open[sender]
