"""Requests begin one by one, in turns among addresses.

Gradio works a few milliseconds on the beginning of each request, all in the server's one loop: 500
streams of events at once, of one address, kept everybody else waiting for a second.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from .addresses import sender_of


class InTurns:
    """Lets one request begin in each round of the loop: the next address's first one.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp):
        self.app = app
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] == "http":
            await self._turn(sender_of(Request(scope)))
        await self.app(scope, receive, send)

    async def _turn(self, sender: str) -> None:
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._next, loop)
        turn = loop.create_future()
        self._waiting.setdefault(sender, deque()).append(turn)
        await turn

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        sender, line = next(iter(self._waiting.items()))
        turn = line.popleft()
        if line:
            self._waiting.move_to_end(sender)
        else:
            del self._waiting[sender]
        if self._waiting:
            loop.call_soon(self._next, loop)
        if not turn.cancelled():
            turn.set_result(None)
