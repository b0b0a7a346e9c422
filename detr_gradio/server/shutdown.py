"""The end of the server: what is under way is finished, and whoever waits is told.

Without this, SIGTERM ends the process in the middle of a picture, and a container's first process
does not even hear it.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Coroutine, Iterable
from concurrent.futures import TimeoutError  # noqa: A004 - until Python 3.11 not the built-in one
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from gradio.exceptions import Error
from gradio.server_messages import ProcessCompletedMessage
from gradio.tunneling import CURRENT_TUNNELS
from gradio.utils import error_payload

from ..ui.i18n import language_of, text

if TYPE_CHECKING:
    import gradio as gr
    from gradio.queueing import Event, Queue

GRACE = 7.0
"""Seconds for what is under way; container engines kill after ten."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_DELIVERY = 1.5  # for the last answers to reach their clients, and the files that they name
_LAST_RESORT = 9.5  # whatever hangs then


class Shutdown:
    """Ends a server on SIGTERM or Ctrl-C.

    Attributes:
        asked: set once the server is to end; from then on it takes no new work.
        loop: the server's event loop, known from its first request on.
    """

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.loop: asyncio.AbstractEventLoop | None = None

    def listen(self) -> None:
        """Hear signals from now on; called from the main thread."""
        for number in _SIGNALS:
            signal.signal(number, self._hear)

    def wait(self, demo: gr.Blocks, language: str) -> None:
        """Return once a signal has come, or the server has ended by itself, and all is told.

        A second signal ends the process at once.

        Args:
            demo: the page; it is being served.
            language: in which the terminal is told.
        """
        while demo.is_running and not self.asked.wait(0.2):
            pass
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        if self.asked.is_set():
            print(text("stopping", language), flush=True)
            self.finish(demo)

    def finish(self, demo: gr.Blocks, grace: float = GRACE) -> None:
        """Take no new work, finish what is under way, tell the others, and close the server.

        The process ends without further ado where a thread of it can't be waited for.

        Args:
            demo: the page; it is being served.
            grace: seconds for what is under way.
        """
        self.asked.set()
        resort = threading.Timer(_LAST_RESORT, os._exit, [0])
        resort.daemon = True
        resort.start()
        queue, start = demo._queue, time.monotonic()
        busy = any(queue.active_jobs)
        self._run(_dismiss_waiting(queue))
        while any(queue.active_jobs) and time.monotonic() - start < grace:
            time.sleep(0.05)
        self._run(_dismiss_active(queue))
        time.sleep(_DELIVERY if busy else 0.1)
        demo.close(verbose=False)
        for tunnel in CURRENT_TUNNELS:
            tunnel.kill()

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.asked.set()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        if self.loop is None:
            work.close()  # nobody has come yet
        else:
            # Where the loop is so busy that it can't, the end comes all the same.
            with suppress(TimeoutError):
                asyncio.run_coroutine_threadsafe(work, self.loop).result(_DELIVERY)


async def _dismiss_waiting(queue: Queue) -> None:
    async with queue.delete_lock:
        for waiting in queue.event_queue_per_concurrency_id.values():
            events = list(waiting.queue)
            waiting.queue.clear()
            _dismiss(queue, events)


async def _dismiss_active(queue: Queue) -> None:
    for events in queue.active_jobs:
        _dismiss(queue, events or ())


def _dismiss(queue: Queue, events: Iterable[Event]) -> None:
    for event in events:
        sentence = text("stopped_server", language_of(event.request.headers.get("accept-language")))
        refusal = error_payload(Error(sentence, title=""), show_error=False)
        queue.send_message(event, ProcessCompletedMessage(output=refusal, title="", success=False))
