"""The end of the server: what is under way is finished, and whoever waits is told.

Without this, SIGTERM ends the process in the middle of a picture, and a container's first process
does not even hear it.
"""

from __future__ import annotations

import asyncio
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import TimeoutError  # noqa: A004 - until Python 3.11 not the built-in one
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..isolation import end_all
from ..ui.i18n import language_of, text
from .files import claim

if TYPE_CHECKING:
    from .running import RunningApp

GRACE = 7.0
"""Seconds for what is under way; container engines kill after ten."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_DELIVERY = 1.5  # for the last answers to reach their clients, and the files that they name
_LAST_RESORT = 9.5  # whatever hangs then


class Shutdown:
    """Ends a server on SIGTERM or Ctrl-C.

    Attributes:
        asked: set once the server is to end; from then on it takes no new work.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()

    def listen(self) -> None:
        """Hear signals from now on; called from the main thread."""
        for number in _SIGNALS:
            signal.signal(number, self._hear)

    def wait(self, app: RunningApp, language: str) -> None:
        """Return once the server has ended by itself; a signal ends the process, as in ``finish``.

        A second signal ends the process at once.

        Args:
            app: what is served.
            language: in which the terminal is told.
        """
        while app.is_running and not self.asked.wait(0.2):
            pass
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        if self.asked.is_set():
            print(text("stopping", language), flush=True)
            self.finish(app)

    def finish(self, app: RunningApp, grace: float = GRACE) -> NoReturn:
        """Take no new work, finish what is under way, tell the others, and end the process.

        The process ends with status 0, or 1 where that takes too long.

        Args:
            app: what is served.
            grace: seconds for what is under way.
        """
        self.asked.set()
        # Not a thread of Python's: none runs where native code holds the interpreter's lock.
        nowhere = Path(os.devnull).open("w", encoding="ascii")  # noqa: SIM115 - until then
        faulthandler.dump_traceback_later(_LAST_RESORT, exit=True, file=nowhere)
        queue, start = app.queue, time.monotonic()
        busy = queue.busy()
        self._run(app, queue.dismiss_waiting())
        while queue.busy() and time.monotonic() - start < grace:
            time.sleep(0.05)
        self._run(app, queue.dismiss_active())
        end_all()  # a decoder that is stuck doesn't see that the server has gone
        time.sleep(_DELIVERY if busy else 0.1)
        app.close()
        claim().remove()
        # The interpreter's own end takes seconds where the machine is busy, and aborts where a
        # thread is within torch.
        os._exit(0)

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.asked.set()

    def _run(self, app: RunningApp, work: Coroutine[Any, Any, None]) -> None:
        # Where the loop is so busy that it can't, the end comes all the same.
        with suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(work, app.loop).result(_DELIVERY)


class NoNewWork:
    """A route where work begins, until the server is to end.

    Args:
        app: the route.
        shutdown: of the server.
    """

    def __init__(self, app: ASGIApp, shutdown: Shutdown):
        self.app = app
        self.shutdown = shutdown

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        answer: ASGIApp = self.app
        if self.shutdown.asked.is_set():
            language = language_of(Request(scope).headers.get("accept-language"))
            content = {"detail": text("stopped_server", language)}
            answer = JSONResponse(content, 503, {"Retry-After": "10"})
        await answer(scope, receive, send)
