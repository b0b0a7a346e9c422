"""The tab of pictures that people bring: drop, paste or choose."""

from __future__ import annotations

import gradio as gr

from .i18n import label
from .picture_input import PictureInput
from .workspace import Workspace


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with gr.Tab(label("tab_image"), id="image", elem_id="tab-image"):
        picture = PictureInput(
            label=label("picture"),
            sources=["upload", "clipboard"],
            buttons=[],
            height=240,
            elem_id="picture",
        )
    workspace.segment_on(picture.upload, picture)
    picture.upload(lambda: "", None, workspace.example, queue=False, api_visibility="private")
