"""What answers without the network: settings, the viewer, downloads."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import gradio as gr

from ..messages import UserError
from ..result.exports import segment_rle
from ..result.options import MIN_THRESHOLD, THRESHOLD
from ..service import SegmentationRequest
from .address import for_browser
from .i18n import TEXTS, text
from .panel.controls import MAX_THRESHOLD, default_details, within
from .panel.downloads import TAKE_FILE, make_file
from .panel.result_panel import error_value, panel_value
from .segmenting import Segmenting
from .workspace import (
    DOWNLOAD,
    EVERY_ONE,
    LIVE,
    QUICK,
    QUIET,
    Updates,
    Workspace,
    known_view,
    problem,
    require_view,
)

logger = logging.getLogger(__name__)


def connect_reactions(workspace: Workspace) -> None:
    """Connect the settings and the viewer; the tabs connect themselves."""
    controls, panel = workspace.controls, workspace.panel

    # Functions and no partials: Gradio finds the event by the annotation.
    # The method that the page says, and not that of the view: it may be changing at this moment.
    def set_threshold(
        view: SegmentationRequest | None,
        shown: dict | None,
        language: str,
        method: str,
        event: gr.EventData,
    ) -> Updates:
        threshold = within(event.threshold, MIN_THRESHOLD, MAX_THRESHOLD, THRESHOLD)
        return {
            **_refine(workspace, view, shown, language, threshold=threshold, method=method),
            controls.threshold: threshold,
        }

    def set_method(
        view: SegmentationRequest | None, shown: dict | None, language: str, method: str | None
    ) -> Updates:
        if method is None:  # a correction is to stay
            now = known_view(view, shown)
            return {controls.method: now.method if now else gr.skip()}
        return _refine(workspace, view, shown, language, method=method)

    Segmenting(workspace).segment_on(controls.segment.click)
    if panel.welcome_cards:
        Segmenting(workspace).choose_example_on(panel.welcome_cards.choose)
    known = [workspace.view, workspace.shown, workspace.language, controls.method]
    refined = [workspace.view, workspace.shown, panel.viewer, panel.status]
    panel.viewer.threshold_change(
        set_threshold, known, [*refined, controls.threshold], **EVERY_ONE, **QUICK, **QUIET
    )
    controls.method.input(
        set_method,
        known,
        [*refined, controls.method],
        js="""async (...known) =>
          (await window.detr.mayReplace()) ? known : [...known.slice(0, -1), null]""",
        **EVERY_ONE,
        **QUICK,
        **QUIET,
    )
    for setting in (controls.checkpoint, controls.detail):
        Segmenting(workspace).compare_on(setting.change)
    panel.viewer.segment_select(
        _selected, None, workspace.selected, queue=False, **QUIET, **EVERY_ONE
    )
    # In the browser: an answer of the server could overwrite a detail that is set meanwhile.
    controls.checkpoint.input(
        None,
        controls.checkpoint,
        controls.detail,
        js=f"(name) => ({json.dumps(default_details(workspace.service))})[name]",
    )
    controls.copy_link.click(
        None,
        [*controls.settings, workspace.example],
        None,
        js=f"""(checkpoint, threshold, detail, method, example) => window.detr.copyLink(
            {{ checkpoint, threshold, detail, method, example: example || null }},
            {json.dumps(TEXTS["link_copied"])})
        """,
    )
    for kind, button in panel.downloads.buttons.items():
        _download_on(workspace, button.click, partial(_make, workspace, kind))

    def cut_out(
        view: SegmentationRequest | None,
        shown: dict | None,
        _selected: int | None,
        language: str,
        _stuff: bool,
        _polygons: bool,
        event: gr.EventData,
    ) -> str:
        return _make(workspace, "cutout", view, shown, event.id, language)

    _download_on(workspace, panel.viewer.segment_cutout, cut_out)

    def copy_mask(
        view: SegmentationRequest | None, shown: dict | None, language: str, event: gr.EventData
    ) -> str:
        return _mask(workspace, known_view(view, shown), event.id, language)

    mask = gr.Textbox(visible=False)
    panel.viewer.segment_rle(
        copy_mask,
        [workspace.view, workspace.shown, workspace.language],
        mask,
        js="(...given) => (window.detr.copyMask(), given)",
        **EVERY_ONE,
        **QUICK,
        **QUIET,
    ).success(None, mask, None, js="(mask) => window.detr.keepMask(mask)")


def _refine(
    workspace: Workspace,
    view: SegmentationRequest | None,
    shown: dict | None,
    language: str,
    **changes: float | str,
) -> Updates:
    if view == LIVE or not (view or shown):
        return {workspace.panel.status: gr.skip()}  # the next picture will have it
    try:
        view = replace(require_view(view, shown), correction="", **changes)
        value = panel_value(workspace.service.outcome(view), language, view)
    except UserError as error:
        return {workspace.panel.status: error_value(error)}
    return {
        workspace.view: view,
        workspace.shown: for_browser(view),
        workspace.panel.viewer: value,
        workspace.panel.status: "",
    }


def _download_on(workspace: Workspace, trigger: Callable, make: Callable) -> None:
    downloads = workspace.panel.downloads
    asked = [workspace.view, workspace.shown, workspace.selected, workspace.language]
    trigger(
        make,
        [*asked, downloads.stuff, downloads.polygons],
        downloads.file,
        js="async (...asked) => (await window.detr.correctionSent(), asked)",
        **DOWNLOAD,
        **QUIET,
    ).success(None, downloads.file, None, js=TAKE_FILE)


def _make(  # noqa: PLR0917 - Gradio's inputs
    workspace: Workspace,
    kind: str,
    view: SegmentationRequest | None,
    shown: dict | None,
    selected: int | None,
    language: str,
    stuff: bool = False,
    polygons: bool = False,
) -> str:
    if kind == "cutout" and not selected:
        raise problem(text("select_first", language))
    try:
        view = require_view(view, shown)
        outcome = workspace.service.outcome(view)
        return make_file(
            kind,
            outcome,
            name=view.name,
            language=language,
            segment_id=selected,
            stuff=stuff,
            polygons=polygons,
        )
    except UserError as error:
        raise problem(error.message(language)) from None
    except Exception as error:
        logger.exception("A download could not be made")
        raise problem(text("unexpected", language)) from error


def _mask(
    workspace: Workspace, view: SegmentationRequest | None, segment_id: object, language: str
) -> str:
    try:
        result = workspace.service.outcome(require_view(view)).result
    except UserError as error:
        raise problem(error.message(language)) from None
    return json.dumps(segment_rle(result, segment_id if isinstance(segment_id, int) else 0))


def _selected(event: gr.EventData) -> int | None:
    """Return the id of a segment; of whatever else is sent nothing is kept."""
    return event.id if isinstance(event.id, int) else None
