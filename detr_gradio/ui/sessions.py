"""What the server keeps in memory of each visitor: the states of the page, and no more.

Gradio 6.31 keeps the values of all components as well, the last picture among them, and describes
the whole page anew for each visitor: 10 ms and 0.2 MB. Only its deep links need that, which write
it to the disk for whoever asks, and this page has none.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr
from gradio import blocks, route_utils, state_holder


def keep_states_alone() -> None:
    """Let Gradio's server make ``Session`` from now on."""
    for module in (blocks, route_utils, state_holder):
        module.SessionState = Session


class Session(state_holder.SessionState):
    """The states of one visitor.

    Args:
        demo: the page.
    """

    def __init__(self, demo: gr.Blocks):
        super().__init__(SimpleNamespace(default_config=demo.default_config, blocks={}))

    def __setitem__(self, key: int, value: Any) -> None:
        super().__setitem__(key, value)
        self.config_values.clear()

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass
