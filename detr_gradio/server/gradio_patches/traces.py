"""Gradio's traces become lines of the log.

Gradio 6.31 prints a trace of each request that it can't use (``traceback.print_exc`` in
``queueing``, ``route_utils`` and ``routes``), with file names, addresses and texts of the visitor
in it, over lines that anybody can forge: 1 MB for 300 requests.

Nothing else reaches it: no handler of ``logging`` and no ``sys.excepthook`` is asked, for the error
is caught; ``gr.Error(print_exception=False)`` is for our own errors alone, these are Gradio's; and
a stderr of our own would have to guess which lines of all threads are a trace.
"""

from __future__ import annotations

import logging

from gradio import queueing, route_utils, routes

MODULES = queueing, route_utils, routes

logger = logging.getLogger(__name__)


def log_traces() -> None:
    """Let Gradio log from now on."""
    for module in MODULES:
        module.traceback = _Traces  # ty: ignore[invalid-assignment]  # Gradio's own is replaced


class _Traces:
    """Stands for the module ``traceback``."""

    @staticmethod
    def print_exc() -> None:
        """Log the present exception, as an event that its sender was told of already."""
        logger.info("Gradio refused a request", exc_info=True)
