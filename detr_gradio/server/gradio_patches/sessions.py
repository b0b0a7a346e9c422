"""What the server keeps in memory of each visitor: the states of the page, and little more.

Gradio 6.31 (``state_holder.SessionState``) keeps the values of all components as well, and
describes the whole page anew for each visitor. Only its deep links need that, which write it to the
disk for whoever asks, and this page has none. It also keeps a component of the visitor's own for
each that an event changes, of which it needs no more than the choices that it allows.

Measured with tracemalloc over 60 visitors who open the page and segment a picture: 1,083 kB each
with Gradio's class, 33 kB with this one. ``state_session_capacity`` alone is no way out: the 2,000
visitors that it allows would take 2.2 GB, and with 100 the next one would make the page of somebody
who is there forget its picture.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import blocks, route_utils, state_holder


def install_lean_sessions() -> None:
    """Let Gradio's server make ``Session`` from now on."""
    for module in (blocks, route_utils, state_holder):
        module.SessionState = Session  # ty: ignore[invalid-assignment]  # Gradio's own is replaced


class Session(state_holder.SessionState):
    """The states of one visitor, and the components whose choices are the visitor's own.

    Args:
        demo: the page.
    """

    def __init__(self, demo: gr.Blocks):
        # All of the page that Gradio's states need.
        page: Any = SimpleNamespace(default_config=demo.default_config, blocks={})
        super().__init__(page)
        self._latest: tuple[int, blocks.Block] | None = None

    def __getitem__(self, key: int) -> Any:
        if self._latest and self._latest[0] == key:
            return self._latest[1]
        return super().__getitem__(key)

    def __setitem__(self, key: int, value: Any) -> None:
        if isinstance(value, blocks.Block) and not hasattr(value, "choices"):
            self._latest = key, value  # Gradio looks at once for what it has put in
            return
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass
