"""Opening the page: what its address asks for, and the checkpoint's state until it is settled."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import gradio as gr

from ..service import Service, shown_name
from .address import read_address
from .i18n import text
from .panel.controls import checkpoint_choices
from .panel.header import header_value
from .panel.result_panel import notice_value
from .segmenting import Segmenting
from .workspace import QUICK, QUIET, Updates, Workspace


def connect_opening(workspace: Workspace, load: Callable) -> None:
    """Set the page up as its address asks, when it is opened."""
    controls, panel = workspace.controls, workspace.panel
    # A page that is opened without a picture takes no place in the queue for the network.
    first = gr.State(None)
    opened = load(
        partial(_open, workspace, first),
        workspace.address,
        [
            first,
            workspace.strip,
            workspace.language,
            workspace.header,
            panel.notice,
            *controls.settings,
            workspace.timer,
            *[cards for cards, _ in workspace.cards],
            *[tab for tab, _ in workspace.tabs],
        ],
        js="() => [window.detr.address()]",
        **QUICK,
        **QUIET,
    )
    opened.then(None, None, None, js="() => window.detr.opened()")
    Segmenting(workspace).first_on(first.change, first)
    workspace.timer.tick(
        partial(_refresh, workspace),
        [workspace.controls.checkpoint, workspace.language],
        [
            workspace.header,
            panel.notice,
            controls.checkpoint,
            workspace.timer,
            *[cards for cards, _ in workspace.cards],
        ],
        **QUICK,
        **QUIET,
    )


def _open(workspace: Workspace, first: gr.State, address: dict | None) -> Updates:
    """Take language and settings from the address; what it gets wrong keeps its default.

    A page that is loaded anew shows what it showed, with its settings.
    """
    asked = read_address(workspace.service, address)
    language, controls = asked.language, workspace.controls
    return {
        first: asked.first,
        **_chosen_tab(workspace, asked.tab),
        workspace.language: language,
        **{tab: gr.update(label=text(key, language)) for tab, key in workspace.tabs},
        controls.threshold: asked.threshold,
        controls.detail: asked.detail,
        controls.method: asked.method,
        **_state(workspace, asked.checkpoint, language),
        # The page has those that suited when the server started.
        **{
            cards: now
            for cards, value in workspace.cards
            if (now := value(workspace.service)) != cards.value
        },
    }


def _chosen_tab(workspace: Workspace, name: object) -> Updates:
    tabs = {tab.id for tab, _ in workspace.tabs}
    return {workspace.strip: gr.update(selected=name) if name in tabs else gr.skip()}


def _refresh(workspace: Workspace, chosen: str, language: str) -> Updates:
    """Tell the checkpoint's state; look again until it is loaded or known to be missing."""
    updates = _state(workspace, chosen, language)
    if not _settled(workspace.service):
        return updates
    return updates | {cards: value(workspace.service) for cards, value in workspace.cards}


def _state(workspace: Workspace, chosen: str, language: str) -> Updates:
    service = workspace.service
    checkpoint, missed = service.current()
    if missed and chosen == shown_name(service.preferred):
        chosen = checkpoint.name
    return {
        workspace.header: header_value(service),
        workspace.panel.notice: notice_value(service),
        workspace.controls.checkpoint: gr.update(
            choices=checkpoint_choices(service, language), value=chosen
        ),
        workspace.timer: gr.update(active=not _settled(service)),
    }


def _settled(service: Service) -> bool:
    checkpoint, missed = service.current()
    return missed is not None or service.state(checkpoint) == "loaded"
