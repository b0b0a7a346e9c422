"""What a person makes of a result, taken from the browser: from then on it is the result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gradio as gr

from ..isolation.priority import give_way
from ..messages import UserError
from ..service import SegmentationRequest
from .address import for_browser
from .files import is_served
from .panel.result_panel import error_value, panel_value
from .viewer.correction import correction_value
from .workspace import EVERY_ONE, QUIET, Updates, Workspace, require_view

CORRECTION: dict[str, Any] = {"concurrency_id": "correction", "concurrency_limit": 1}
"""One at a time: the map of a large picture in full takes some hundred megabytes on its way."""


def connect_correcting(workspace: Workspace) -> None:
    """Connect the viewer's corrections."""
    viewer = workspace.panel.viewer
    known = [workspace.view, workspace.shown, workspace.language]
    changed = [workspace.view, workspace.shown, viewer, workspace.panel.status]

    def start(view: SegmentationRequest | None, shown: dict | None, language: str) -> Updates:
        give_way()
        try:
            return _start(workspace, require_view(view, shown), language)
        except UserError as error:
            return {workspace.panel.status: error_value(error)}

    def change(
        view: SegmentationRequest | None, shown: dict | None, language: str, event: gr.EventData
    ) -> Updates:
        give_way()
        try:
            view = require_view(view, shown)
            return _change(workspace, view, language, event.path, done=event.done is True)
        except UserError as error:
            return {workspace.panel.status: error_value(error)}

    viewer.correction_start(start, known, changed, **EVERY_ONE, **CORRECTION, **QUIET)
    viewer.correction_change(change, known, changed, **EVERY_ONE, **CORRECTION, **QUIET).then(
        None,
        [workspace.shown, workspace.example],
        None,
        js="(request, example) => window.detr.corrected({ ...request, example })",
    )


def _start(workspace: Workspace, view: SegmentationRequest, language: str) -> Updates:
    network = outcome = workspace.service.outcome(replace(view, correction=""))
    status = ""
    try:
        if view.correction:
            outcome = workspace.service.outcome(view)
    except UserError as error:
        view = replace(view, correction="")
        status = error_value(error)
    value = panel_value(outcome, language, view)
    value["correct"] = correction_value(network.result, outcome.result, language)
    return {
        workspace.view: view,
        workspace.shown: for_browser(view),
        workspace.panel.viewer: value,
        workspace.panel.status: status,
    }


def _change(
    workspace: Workspace, view: SegmentationRequest, language: str, path: object, *, done: bool
) -> Updates:
    if path is not None and not (isinstance(path, str) and is_served(path)):
        raise UserError("correction_unfit")
    view = replace(view, correction=path or "")
    outcome = workspace.service.outcome(view)  # or it is refused
    updates = {
        workspace.view: view,
        workspace.shown: for_browser(view),
        workspace.panel.status: "",
    }
    if done:
        updates[workspace.panel.viewer] = panel_value(outcome, language, view)
    return updates
