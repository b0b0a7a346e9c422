"""The tab of example pictures, each with its credits."""

from __future__ import annotations

import gradio as gr

from ..markup import bilingual
from ..panel.examples import ExampleCards, cards_value, examples
from ..workspace import Workspace


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    shown = list(examples().values())
    with workspace.tab("gallery"):
        gr.HTML(f"<p>{bilingual('gallery_hint')}</p>", apply_default_css=False)
        cards = ExampleCards(cards_value(shown), elem_id="gallery-cards")
    workspace.choose_example_on(cards.choose)
