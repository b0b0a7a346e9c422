"""The number of the event at work, which Gradio gave the caller with the answer to its POST.

``gr.Request`` has none, and reaches only functions that ask for it; the log asks from anywhere.
"""

from __future__ import annotations

from gradio.context import LocalContext


def event_number() -> str | None:
    """Return the number; None outside of an event."""
    return LocalContext.event_id.get(None)
