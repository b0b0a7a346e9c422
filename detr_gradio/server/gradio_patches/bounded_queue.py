"""The queue of a server that is open to the world: bounded, and fair to whoever waits.

Gradio 6.31 counts all that wait together, so that a full queue of pictures would refuse a new
threshold as well. It keeps answers for ever that nobody takes, and its only loop ends where
somebody waits who has been forgotten, since thousands came meanwhile.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any, Literal

import anyio.to_thread
import gradio as gr
from gradio.data_classes import PredictBodyInternal
from gradio.exceptions import Error
from gradio.queueing import Event, EventQueue, Queue
from gradio.route_utils import get_fn
from gradio.server_messages import EventMessage, ProcessCompletedMessage
from gradio.utils import error_payload
from gradio_client.utils import is_http_url_like
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ...images.cost import is_costly
from ...messages import message
from ...ui.files import is_served
from ...ui.i18n import language_of, text
from ...ui.workspace import NETWORK
from ..addresses import SHARED, sender_of
from ..bodies import BODY_BYTES, JSON_BYTES

COSTLY = "costly"
"""The line of pictures that take seconds, one at a time, so that ordinary ones don't wait for them;
the network's passes are one at a time all the same."""

EVEN = 5.0
"""Seconds of work by which visitors may differ and still count as having had as much."""

HALF_LIFE = 60.0
"""Seconds after which the work that a visitor has had counts half."""

MAX_UNREAD = 600
"""Messages that are kept for visitors who have not read them yet; a picture gives about four."""


class BoundedQueue(Queue):
    """A queue in which each kind of work waits for itself.

    Args:
        demo: the page; its own queue is replaced.
        size: how many may wait for each kind of work: the network, a camera, what is quick.
        concurrency: how many events of other kinds are worked on at once.
        at_once: pictures that the network takes at a time.
    """

    def __init__(self, demo: gr.Blocks, size: int, concurrency: int, at_once: int = 1):
        super().__init__(
            live_updates=True,
            concurrency_count=demo.max_threads,
            update_intervals=1,
            max_size=None,
            blocks=demo,
            default_concurrency_limit=concurrency,
        )
        self.size = size
        self._used: dict[str, tuple[float, float]] = {}  # by visitor: seconds of work, and when
        for fn in demo.fns.values():
            if fn.concurrency_id == NETWORK["concurrency_id"]:
                fn.concurrency_limit = at_once
        self.ANALYTICS_MAX_EVENTS = 0  # for a page that is not served
        demo._queue = self

    async def push(
        self, body: PredictBodyInternal, request: Request, username: str | None
    ) -> tuple[
        bool,
        str | list[dict[str, Any]],
        Literal["success", "error", "queue_full", "validator_error"],
    ]:
        """Let an event wait, as Gradio's queue does.

        Raises:
            HTTPException: 503, too many wait already.
        """
        if body.fn_index is None:
            return await super().push(body, request, username)  # which says so
        fn = get_fn(self.blocks, None, body)
        if fn.connection != "stream" and request.scope.get(BODY_BYTES, 0) > JSON_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)  # it holds no frame
        if has_address(body.data):
            language = language_of(request.headers.get("accept-language"))
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, message("image_address", language))
        costly = fn.concurrency_id == NETWORK["concurrency_id"] and await _is_costly(body)
        line = self.event_queue_per_concurrency_id.get(COSTLY if costly else fn.concurrency_id)
        if line and self._is_full(line, body.session_hash, request):
            language = language_of(request.headers.get("accept-language"))
            raise HTTPException(
                HTTPStatus.SERVICE_UNAVAILABLE,
                text("queue_full", language, size=len(line.queue)),
                {"Retry-After": str(self._retry_after_seconds(line))},
            )
        self._forget()
        stateless = body.session_hash is None and fn.api_visibility == "public"
        pushed = await super().push(body, request, username)
        if costly:
            self._put_aside(self.event_ids_to_events[str(pushed[1])])
        self._put_in_turn()
        if stateless:
            body.session_hash = None  # a program takes no visitor's place
        return pushed

    def send_message(self, event: Event, event_message: EventMessage) -> None:
        """Tell an event's visitor something, unless the visitor is forgotten."""
        if event.session_hash in self.pending_messages_per_session:
            super().send_message(event, event_message)

    async def process_events(self, events: list[Event], *args: Any, **kwargs: Any) -> None:
        """Work on events. A live turn ends when its time is over, whatever the browser sends.

        Gradio counts only the time that it computes, and waits for each next frame as long as a
        whole turn may last.
        """
        limit, began = events[0].fn.time_limit if events[0].streaming else None, time.monotonic()
        loop = asyncio.get_running_loop()
        end = None if limit is None else loop.call_later(limit, _end_turn, events)
        try:
            await super().process_events(events, *args, **kwargs)
        finally:
            if end:
                end.cancel()
            for event in events:
                self._charge(_visitor(event), time.monotonic() - began)
            self._put_in_turn()

    def compute_analytics_summary(self, records: list[dict]) -> dict:  # noqa: ARG002 - as Gradio's
        """Return nothing: the table that Gradio makes of all events after each is not shown."""
        return self.cached_event_analytics_summary

    def _is_full(self, line: EventQueue, session: str | None, request: Request) -> bool:
        """Return whether all places are taken, or all that one visitor may have."""
        own = sum(event.session_hash == session for event in line.queue)
        sender = sender_of(request)
        near = sum(sender_of(event.request) == sender for event in line.queue)
        shared = sender in SHARED
        return (
            len(line.queue) >= self.size
            or own >= max(2, self.size // 4)
            or (not shared and near >= max(2, self.size * 3 // 4))
        )

    def _charge(self, visitor: str, seconds: float) -> None:
        """Note that a visitor has had some seconds of work."""
        now = time.monotonic()
        used = {visitor: (self._seconds_used(visitor) + seconds, now)}
        self._used = {
            who: had for who, had in (self._used | used).items() if now - had[1] < 10 * HALF_LIFE
        }

    def _seconds_used(self, visitor: str) -> float:
        seconds, at = self._used.get(visitor, (0.0, 0.0))
        return seconds * 0.5 ** ((time.monotonic() - at) / HALF_LIFE)

    def _put_aside(self, event: Event) -> None:
        """Let an event that has just joined a line wait in that of costly ones instead."""
        lines = self.event_queue_per_concurrency_id
        lines[event.concurrency_id].queue.remove(event)
        event.concurrency_id = COSTLY
        lines.setdefault(COSTLY, EventQueue(COSTLY, 1)).queue.append(event)
        self.broadcast_estimations(COSTLY)

    def _put_in_turn(self) -> None:
        """Let those go first who have had least work of late.

        Whoever sends one small picture does not wait for the large ones of others. Among those
        who have had about as much, who came first goes first.
        """
        for name, line in self.event_queue_per_concurrency_id.items():
            before = list(line.queue)
            line.queue.sort(key=lambda event: self._seconds_used(_visitor(event)) // EVEN)
            if line.queue != before:
                self.broadcast_estimations(name)

    def busy(self) -> bool:
        """Return whether anything is under way."""
        return any(self.active_jobs)

    async def dismiss_waiting(self) -> None:
        """Tell all who wait that the server ends."""
        async with self.delete_lock:
            for line in self.event_queue_per_concurrency_id.values():
                events = list(line.queue)
                line.queue.clear()
                self._dismiss(events)

    async def dismiss_active(self) -> None:
        """Tell all whose work is under way that the server ends."""
        for events in self.active_jobs:
            self._dismiss(events or ())

    def _dismiss(self, events: Iterable[Event]) -> None:
        for event in events:
            language = language_of(event.request.headers.get("accept-language"))
            refusal = error_payload(Error(text("stopped_server", language), title=""), False)
            self.send_message(
                event, ProcessCompletedMessage(output=refusal, title="", success=False)
            )

    def _retry_after_seconds(self, line: EventQueue) -> int:
        """Return the whole seconds in which about half of those who wait will have had a turn."""
        each = statistics.mean(self.process_time_per_fn[event.fn].avg_time for event in line.queue)
        return max(1, round(each * len(line.queue) / 2 / (line.concurrency_limit or 1)))

    def _forget(self) -> None:
        """Drop what nobody reads, from those who leave most unread, and what is long over."""
        messages, events = self.pending_messages_per_session, self.pending_event_ids_session
        unread = {session: waiting.qsize() for session, waiting in messages.items()}
        total = sum(unread.values())
        while total > MAX_UNREAD:
            session = max(unread, key=unread.__getitem__)  # of several, who came first
            total -= unread.pop(session)
            del messages[session]
        for session in [each for each in events if not events[each] or each not in messages]:
            del events[session]
            messages.pop(session, None)


def has_address(value: Any) -> bool:
    """Return whether a file among parameters has an address, which Gradio would fetch.

    It does so (``processing_utils.async_move_files_to_cache``) without a bound on what comes once
    unpacked: 1.9 MB of gzip became 4.8 GB of memory.
    """
    if isinstance(value, dict):
        return is_http_url_like(value.get("path")) or any(map(has_address, value.values()))
    return isinstance(value, list) and any(map(has_address, value))


async def _is_costly(body: PredictBodyInternal) -> bool:
    """Return whether a picture that an event names takes seconds."""
    paths = [path for path in _named([body.data, body.event_data]) if is_served(path)]
    return await anyio.to_thread.run_sync(lambda: any(map(is_costly, paths)))


def _named(value: Any) -> Iterator[str]:
    """Yield the paths of pictures among parameters: of files, and of the request on show."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            for name in value.keys() & {"path", "picture"}:
                if isinstance(value[name], str):
                    yield value[name]
            left += value.values()
        elif isinstance(value, list):
            left += value


def _visitor(event: Event) -> str:
    """Return whose an event is: its address, or its session where all have one address."""
    sender = sender_of(event.request)
    return str(event.session_hash) if sender in SHARED else sender


def _end_turn(events: list[Event]) -> None:
    """Close streams as Gradio's own route for it does."""
    for event in events:
        event.closed = True
        event.signal.set()
