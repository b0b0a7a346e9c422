"""The tab of example pictures, each with its credits."""

from __future__ import annotations

import gradio as gr

from ...checkpoints.catalogue import TOY_SCENES
from ...service import Service
from ..markup import bilingual
from ..panel.examples import ExampleCards, cards_value, examples
from ..segmenting import Segmenting
from ..workspace import Workspace


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("gallery"):
        gr.HTML(f"<p>{bilingual('gallery_hint')}</p>", apply_default_css=False)
        cards = ExampleCards(gallery_value(workspace.service), elem_id="gallery-cards")
    workspace.cards.append((cards, gallery_value))
    Segmenting(workspace).choose_example_on(cards.choose)


def gallery_value(service: Service) -> str:
    """Return the thumbnails of all examples, those that suit the checkpoint at work first."""
    at_work = service.expected().name
    shown = sorted(examples().values(), key=lambda each: at_work == TOY_SCENES != each.checkpoint)
    return cards_value(shown, at_work=at_work)
