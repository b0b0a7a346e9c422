"""The log of the server: a JSON object a line on stderr, without pictures, names or addresses.

What belongs to the same request has the same ``request``: the number that Gradio gave the caller
with the answer to its POST.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import datetime, timezone
from pathlib import Path

from .gradio_patches.numbers import event_number

MAX_A_MINUTE = 20
"""Lines with the same warning or error."""

_KINDS = 1_000
_LONGEST = 1_000  # characters of an event
_REPEATING = ("mcp", "root")  # the package mcp says in its warnings what it was sent

logger = logging.getLogger(__name__)


def start_log(level: str) -> None:
    """Write the log from now on; Gradio's traces become lines of it.

    Args:
        level: one of ``settings.LOG_LEVELS``, for this program; libraries are heard from
            "warning" on.
    """
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, _Stderr)]:
        root.removeHandler(handler)
    handler = _Stderr()
    handler.setFormatter(JsonLines())
    handler.addFilter(Throttle())
    root.addHandler(handler)
    logging.getLogger("detr_gradio").setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


class Throttle(logging.Filter):
    """Lets a warning or error through so many times a minute, and then says how many were left out.

    The same ones are those of the same place in the code, since a library's may differ in what a
    visitor has sent. 1,100 connections at 1,024 descriptors wrote 104 MB in a minute.
    """

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int], tuple[int, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        if record.levelno < logging.WARNING:
            return True
        minute, kind = int(record.created // 60), (record.pathname, record.lineno)
        before, count = self._seen.get(kind, (minute, 0))
        left_out = count - MAX_A_MINUTE
        if before != minute:
            if left_out > 0:
                record.fields = {**getattr(record, "fields", {}), "left_out": left_out}
            count = 0
        if kind in self._seen or len(self._seen) < _KINDS:
            self._seen[kind] = minute, count + 1
        return count < MAX_A_MINUTE


class _Stderr(logging.StreamHandler):
    """Writes to what is stderr at the moment."""

    @property
    def stream(self):
        return sys.stderr

    @stream.setter
    def stream(self, _stream) -> None:
        pass


class JsonLines(logging.Formatter):
    """Makes a line of a record: time, level, logger, request, event, its fields, its error.

    An error is its class and the places it came through. Its message and the values around it are
    left out: they repeat what a visitor sent.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat("T", "seconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": event_number(),
            "event": _event(record),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1]:
            line.update(_described(record.exc_info[1]))
        return json.dumps({name: value for name, value in line.items() if value is not None})


def _event(record: logging.LogRecord) -> str:
    """Return what happened, or where, if the words may be a visitor's."""
    if record.name.partition(".")[0] in _REPEATING:
        return _place(record.pathname, record.lineno, record.funcName)
    return record.getMessage()[:_LONGEST]


def _place(path: str, line: int | None, function: str) -> str:
    return f"{'/'.join(Path(path).parts[-2:])}:{line} {function}"


def _described(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)[-5:]
    places = [_place(frame.filename, frame.lineno, frame.name) for frame in frames]
    return {"error": type(error).__name__, "through": places}
