"""The tab of pictures that people bring: drop, paste or choose."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from ...service import SegmentationRequest
from ..panel.picture_input import box_value
from ..segmenting import Segmenting
from ..workspace import QUIET, Workspace


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("image") as tab:
        workspace.picture.render()
    # While another tab is on show, the browser may take no notice of what the box is to show.
    tab.select(_shown_in_box, workspace.asked, workspace.picture, queue=False, **QUIET)
    Segmenting(workspace).segment_on(workspace.picture.upload, workspace.picture)


def _shown_in_box(asked: SegmentationRequest | None) -> dict:
    if asked is None or not Path(asked.picture).is_file():
        return gr.skip()
    return gr.update(value=box_value(asked.picture))
