"""The result panel that all tabs share: status, viewer with legend, downloads."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

import gradio as gr

from ...checkpoints.catalogue import TOY_SCENES, Checkpoint
from ...checkpoints.categories import categories_of
from ...checkpoints.hub import CATEGORIES
from ...messages import LANGUAGES, UserError
from ...service import Outcome, SegmentationRequest, Service
from ..address import for_browser
from ..i18n import TEXTS, label
from ..markup import bilingual, bilingual_error
from ..scripts import bundle
from ..viewer import ACTIONS, PanopticViewer, viewer_value
from .downloads import Downloads, build_downloads
from .examples import ExampleCards, cards_value, example_name, suited_examples
from .first_result import first_value, is_first

logger = logging.getLogger(__name__)

WELCOME_EXAMPLES = 3

LIVE_ACTIONS = tuple(action for action in ACTIONS if action != "correct")
"""Of a frame of the camera, which is gone at once."""


@dataclass(frozen=True)
class ResultPanel:
    """The components of the panel."""

    status: gr.HTML
    notice: gr.HTML
    welcome_cards: ExampleCards | None
    shown: gr.Column
    viewer: PanopticViewer
    downloads: Downloads


def build_result_panel(service: Service) -> ResultPanel:
    """Build the panel in the present context."""
    notice = gr.HTML(notice_value(service), elem_id="notice", apply_default_css=False)
    status = gr.HTML("", elem_id="status", js_on_load=_waiting_script(), apply_default_css=False)
    first = welcome_value(service)
    # The styles show it as long as the viewer has the first result.
    with gr.Column(elem_id="welcome"):
        gr.HTML(invitation(), apply_default_css=False, elem_id="invitation")
        cards = ExampleCards(first, elem_id="welcome-cards") if first else None
    with gr.Column(elem_id="shown") as shown:
        viewer = PanopticViewer(first_value(), elem_id="viewer")
        with gr.Accordion(label("downloads"), open=False, elem_id="downloads"):
            downloads = build_downloads()
    return ResultPanel(status, notice, cards, shown, viewer, downloads)


def invitation() -> str:
    """Return what stands beside the first result: what it is, and how to have one's own."""
    return (
        f"<p>{bilingual('first_result')}</p>"
        f"<p><b>{bilingual('now_yours')}</b> {bilingual('now_yours_how')}</p>"
        f'<button type="button" class="choose" data-choose>{bilingual("choose_picture")}</button>'
    )


def _waiting_script() -> str:
    keys = ("queue_position", "about_seconds", "connection_lost", "connection_gone")
    texts = {code: {key: TEXTS[key][code] for key in keys} for code in LANGUAGES}
    return bundle("ui/panel/waiting.js").replace("TEXTS", json.dumps(texts))


def welcome_value(service: Service) -> str:
    """Return thumbnails of three pictures that suit the checkpoint at work; "" without examples."""
    shown = suited_examples(service.expected().name)[:WELCOME_EXAMPLES]
    return cards_value(shown, with_credits=False) if shown else ""


def panel_value(
    outcome: Outcome, language: str, request: SegmentationRequest | None = None
) -> dict:
    """Return the viewer's value for a segmented picture.

    Args:
        outcome: what is shown.
        language: "en" or "es".
        request: what shows it again; None for a live frame, of which no file is made.

    Raises:
        UserError: the disk is full or read-only.
    """
    try:
        value = viewer_value(
            outcome.image,
            outcome.result,
            language,
            title=outcome.checkpoint.title,
            actions=ACTIONS if request else LIVE_ACTIONS,
            as_file=request is not None,
        )
    except OSError as error:
        logger.warning("A picture could not be written: %s", error.strerror or error)
        raise UserError("server_disk") from error
    if request is None:
        return value
    value["request"] = {**for_browser(request), "example": example_name(request.picture)}
    if is_first(request) and not request.correction:
        value["opening"] = True
    return value


def notice_value(service: Service) -> str:
    """Return the notice that a stand-in is at work, and why, or that kinds are unknown; or ""."""
    checkpoint, missed = service.current()
    if missed is None:
        return _kinds_notice(checkpoint)
    if checkpoint.name != TOY_SCENES:
        return ""
    sentence = bilingual("stand_in", wanted=service.preferred.title, used=checkpoint.title)
    return (
        f'<details class="notice"><summary>{sentence} <u>{bilingual("stand_in_why")}</u></summary>'
        f"<p>{bilingual_error(missed)}</p></details>"
    )


def _kinds_notice(checkpoint: Checkpoint) -> str:
    """Return the notice that nothing says which categories are things; nothing where it is said."""
    try:
        if categories_of(checkpoint).kinds_known:
            return ""
    except UserError:  # whoever brings a picture is told
        return ""
    error = UserError("categories_kinds_unknown", title=checkpoint.title, file=CATEGORIES)
    return f'<p class="notice">{bilingual_error(error)}</p>'


def stage_value(stage: str, values: dict) -> str:
    """Return the status line of work under way."""
    seconds = values.get("seconds")
    sentence = bilingual(
        f"stage_{stage}", **{key: values[key] for key in values if key != "seconds"}
    )
    if seconds and seconds >= 0.5:
        sentence += f" · {bilingual('about_seconds', seconds=_seconds(seconds))}"
    if stage == "download" and values.get("total"):
        share = values["done"] / values["total"]
        bar = f'<b class="bar"><i style="width:{share:.0%}"></i></b>'
    elif seconds:
        bar = f'<b class="bar timed"><i style="animation-duration:{seconds:.1f}s"></i></b>'
    else:
        bar = '<b class="bar endless"><i></i></b>'
    return f'<div class="status running" data-stage="{stage}" role="status">{sentence}{bar}</div>'


def error_value(error: UserError | None) -> str:
    """Return the status line of a problem; None stands for one that nobody foresaw."""
    if error and error.key in ("image_missing", "image_forgotten"):
        # The page sends its own copy, if it has one.
        return f'<div class="status error" role="alert" data-gone>{bilingual("picture_gone")}</div>'
    sentence = bilingual_error(error) if error else bilingual("unexpected")
    return f'<div class="status error" role="alert">{sentence}</div>'


def lowered_value(asked: SegmentationRequest, used: SegmentationRequest) -> str:
    """Return the status line of a picture that was segmented with less detail than asked for."""
    sentence = bilingual("detail_lowered", asked=asked.detail, used=used.detail)
    return f'<div class="status lowered" role="status">{sentence}</div>'


def restored_value(*, sent_again: bool = False) -> str:
    """Return the status line of a page that shows again what it showed.

    Args:
        sent_again: whether the browser had to send its copy; else the page was loaded anew.
    """
    sentence = bilingual("sent_again" if sent_again else "restored")
    return f'<div class="status restored" role="status">{sentence}</div>'


def stopped_value() -> str:
    """Return the status line after Stop."""
    return f'<div class="status stopped" role="status">{bilingual("stopped")}</div>'


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}"
