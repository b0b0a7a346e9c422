"""The tab of pictures that people bring: drop, paste or choose."""

from __future__ import annotations

from ..workspace import Workspace


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("image"):
        workspace.picture.render()
    workspace.segment_on(workspace.picture.upload, workspace.picture)
