"""Work in a thread of its own, so that an event can tell what it is doing and be stopped."""

from __future__ import annotations

import contextvars
import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from ..isolation.priority import give_way

Result = TypeVar("Result")
_END = ("end", {})


class Job(Generic[Result]):
    """A function at work; it is told a callback for its stages.

    Args:
        work: called with ``stage(name, values)``, in a thread that shares the caller's context.
    """

    def __init__(self, work: Callable[[Callable[[str, dict], None]], Result]):
        self._stages: queue.SimpleQueue[tuple[str, dict]] = queue.SimpleQueue()
        self._result: Result  # once the work is done
        self._error: BaseException | None = None
        # The context holds whose request this is, which a lent GPU asks for.
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._run, work), daemon=True)
        thread.start()

    def _run(self, work: Callable[[Callable[[str, dict], None]], Result]) -> None:
        give_way()
        try:
            self._result = work(lambda name, values: self._stages.put((name, values)))
        except BaseException as error:
            self._error = error
        self._stages.put(_END)

    def stages(self) -> Iterator[tuple[str, dict]]:
        """Yield each stage when it begins, until the work is done; skips those overtaken."""
        while True:
            stage = self._stages.get()
            while stage is not _END and not self._stages.empty():
                stage = self._stages.get()
            if stage is _END:
                return
            yield stage

    def result(self) -> Result:
        """Return what the work returned, once ``stages`` has ended; raise what it raised."""
        if self._error is not None:
            raise self._error
        return self._result
