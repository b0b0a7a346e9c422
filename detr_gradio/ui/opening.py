"""Opening the page: what its address asks for, and the checkpoint's state until it is settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import gradio as gr

from ..checkpoints.catalogue import CATALOGUE
from ..model.detail import MAX_DETAIL, MIN_DETAIL
from ..result.options import METHODS, MIN_THRESHOLD, THRESHOLD
from ..service import shown_name
from .i18n import text
from .panel.controls import MAX_THRESHOLD, checkpoint_choices, within
from .panel.header import header_value
from .panel.result_panel import notice_value
from .workspace import QUICK, QUIET, Updates, Workspace, request_from


def connect_opening(workspace: Workspace, load: Callable) -> None:
    """Set the page up as its address asks, when it is opened."""
    controls, panel = workspace.controls, workspace.panel
    # A page that is opened without a picture takes no place in the queue for the network.
    first = gr.State(None)
    load(
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
    workspace.first_on(first.change, first)
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
    shown = request_from(address.get("shown")) if isinstance(address, dict) else None
    address = _known(address)
    if shown:
        address |= asdict(shown)
    language = "es" if address.get("language") == "es" else "en"
    checkpoint, _ = workspace.service.current()
    if address.get("checkpoint") in CATALOGUE:
        checkpoint = CATALOGUE[address["checkpoint"]]
    controls = workspace.controls
    return {
        first: shown or str(address.get("example") or "") or None,
        **_chosen_tab(workspace, address.get("tab")),
        workspace.language: language,
        **{tab: gr.update(label=text(key, language)) for tab, key in workspace.tabs},
        controls.threshold: within(
            address.get("threshold"), MIN_THRESHOLD, MAX_THRESHOLD, THRESHOLD
        ),
        controls.detail: int(
            within(address.get("detail"), MIN_DETAIL, MAX_DETAIL, checkpoint.default_detail)
        ),
        controls.method: address["method"] if address.get("method") in METHODS else METHODS[0],
        **_refresh(workspace, shown_name(checkpoint), language),
    }


def _known(address: object) -> dict[str, Any]:
    """Return what the page's address may ask for; nothing else and nothing long."""
    given = address if isinstance(address, dict) else {}
    names = "checkpoint", "threshold", "detail", "method", "example", "tab", "language"
    return {
        name: value
        for name, value in given.items()
        if name in names and isinstance(value, str) and len(value) < 200
    }


def _chosen_tab(workspace: Workspace, name: object) -> Updates:
    tabs = {tab.id for tab, _ in workspace.tabs}
    return {workspace.strip: gr.update(selected=name) if name in tabs else gr.skip()}


def _refresh(workspace: Workspace, chosen: str, language: str) -> Updates:
    """Tell the checkpoint's state; look again until it is loaded or known to be missing."""
    service = workspace.service
    checkpoint, missed = service.current()
    settled = missed is not None or service.state(checkpoint) == "loaded"
    if missed and chosen == shown_name(service.preferred):
        chosen = checkpoint.name
    return {
        workspace.header: header_value(workspace.service),
        workspace.panel.notice: notice_value(workspace.service),
        workspace.controls.checkpoint: gr.update(
            choices=checkpoint_choices(workspace.service, language), value=chosen
        ),
        workspace.timer: gr.update(active=not settled),
        **(
            {cards: value(workspace.service) for cards, value in workspace.cards} if settled else {}
        ),
    }
