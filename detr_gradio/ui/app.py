"""The page: tabs on top, one set of settings and one result panel for all of them."""

from __future__ import annotations

from typing import Any

import gradio as gr

from ..service import Service
from .address import for_browser
from .api import build_api
from .correcting import connect_correcting
from .i18n import PageLanguage, label
from .opening import connect_opening
from .panel import drop, why
from .panel.controls import build_controls
from .panel.first_result import REQUEST as FIRST
from .panel.header import Header, header_value
from .panel.picture_input import PictureInput
from .panel.result_panel import build_result_panel, welcome_value
from .reactions import connect_reactions
from .segmenting import Segmenting
from .tabs import gallery as gallery_tab
from .tabs import image as image_tab
from .tabs import learn
from .tabs import video as video_tab
from .tabs import webcam as webcam_tab
from .workspace import Workspace

TABS = (image_tab, webcam_tab, gallery_tab, video_tab, learn)
"""Modules with a ``build(workspace)``, in the order of their tabs."""


def build_demo(service: Service | None = None) -> gr.Blocks:
    """Return the page. Nothing is loaded yet; ``Service.warm_up`` does so in the background.

    Args:
        service: what segments; the checkpoints of the catalogue if not given.
    """
    service = service or Service()
    with gr.Blocks(
        title="DETR Panoptic",
        analytics_enabled=False,
        fill_width=True,
    ) as demo:
        header = Header(header_value(service), elem_id="header")
        state: dict[str, Any] = {
            "language": PageLanguage("en", visible=False),
            "view": gr.State(None),
            "asked": gr.State(None),
            "picture": PictureInput(
                type="filepath",
                label=label("picture"),
                sources=["upload", "clipboard"],
                buttons=[],
                height=240,
                elem_id="picture",
                render=False,
            ),
            "selected": gr.State(None),
            "shown": gr.JSON(for_browser(FIRST), visible=False),
            "example": gr.Textbox(visible=False),
            "address": gr.JSON(visible=False),
            "timer": gr.Timer(2.0),
        }
        with gr.Column(elem_id="workspace"):
            tabs = gr.Tabs(elem_id="tabs")
            with gr.Column(elem_id="side"):
                controls = build_controls(service)
            with gr.Column(elem_id="result"):
                panel = build_result_panel(service)
        workspace = Workspace(service, header, controls, panel, strip=tabs, **state)
        if panel.welcome_cards:
            workspace.cards.append((panel.welcome_cards, welcome_value))
        drop.build(workspace)
        with tabs:
            for tab in TABS:
                tab.build(workspace)
        with panel.shown:
            why.build(workspace)
        connect_reactions(workspace)
        connect_correcting(workspace)
        connect_opening(workspace, demo.load)
        Segmenting(workspace).connect_stop()
        build_api(service)
    # Without the queue nothing is bounded: programs join it as the page does.
    demo.queue(api_open=False)
    return demo
