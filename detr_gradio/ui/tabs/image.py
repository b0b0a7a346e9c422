"""The tab of pictures that people bring: drop, paste or choose."""

from __future__ import annotations

from ..i18n import label
from ..panel.picture_input import PictureInput
from ..workspace import Workspace


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("image"):
        picture = PictureInput(
            type="filepath",
            label=label("picture"),
            sources=["upload", "clipboard"],
            buttons=[],
            height=240,
            elem_id="picture",
        )
    workspace.segment_on(picture.upload, picture)
