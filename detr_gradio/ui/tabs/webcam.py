"""The tab of the visitor's own camera: one picture, or a live view."""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import gradio as gr

from ...checkpoints.catalogue import CATALOGUE
from ...images import ImageError
from ...limits import limits
from ...messages import UserError
from ...service import SegmentationRequest
from ...service.zerogpu import ON_ZEROGPU
from ..i18n import label
from ..markup import bilingual
from ..panel.picture_input import PictureInput
from ..panel.result_panel import error_value, panel_value
from ..scripts import bundle
from ..segmenting import Segmenting
from ..workspace import LIVE, QUIET, Updates, Workspace

LIVE_DETAIL = 320
"""Shorter side of live frames for the network, for checkpoints made for larger pictures."""

STREAM_EVERY = 0.15
"""Seconds between the frames that the browser offers; the server takes the newest."""

_CAMERA = {"video": {"width": {"ideal": 640}, "height": {"ideal": 480}}}


class FrameInput(gr.Image):
    """A streaming camera whose value is the bytes of the frame; no frame becomes a file."""

    is_template = True  # the browser's part is that of gr.Image

    def preprocess(self, payload) -> bytes | None:  # ty: ignore[incompatible-method-override]  # the value is of another type
        """Return the JPEG or PNG that the browser sent."""
        if payload is None or not payload.url:
            return None
        try:
            return base64.b64decode(payload.url.partition(",")[2], validate=True)
        except binascii.Error:
            return b""  # reported as an empty picture


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("webcam") as tab:
        mode = gr.Radio(
            [(label("snapshot"), "snapshot"), (label("live"), "live")],
            value="snapshot",
            label=label("webcam_mode"),
            show_label=False,
            container=False,
            elem_id="webcam-mode",
        )
        note = gr.HTML(
            _notes(),
            js_on_load=bundle("ui/tabs/camera_note.js"),
            apply_default_css=False,
            elem_id="camera-note",
        )
        with gr.Column(elem_classes="camera") as snapshot_side:
            camera = PictureInput(
                type="filepath",
                label=label("snapshot"),
                sources=["webcam"],
                webcam_options=gr.WebcamOptions(mirror=False),
                buttons=[],
                height=280,
                elem_id="camera",
                elem_classes="access-camera",
            )
            gr.HTML(_hint("snapshot_hint"), apply_default_css=False)
        with gr.Column(visible=False, elem_classes="camera") as live_side:
            live = FrameInput(
                label=label("live"),
                sources=["webcam"],
                streaming=True,
                webcam_options=gr.WebcamOptions(mirror=False, constraints=_CAMERA),
                buttons=[],
                height=280,
                elem_id="live-camera",
                elem_classes="access-camera",
            )
            detail = gr.Slider(
                128,
                800,
                LIVE_DETAIL,
                step=32,
                label=label("live_detail"),
                info=label("live_detail_info"),
                elem_id="live-detail",
            )
            rate = gr.HTML("", elem_id="live-rate", apply_default_css=False)
            gr.HTML(
                _hint("live_hint", seconds=round(limits().webcam_seconds)), apply_default_css=False
            )
            if ON_ZEROGPU:
                gr.HTML(_hint("live_gpu"), apply_default_css=False)
        clock = gr.State(None)
        # Before its tab has been on show, Gradio takes the label of the radio for its value.
        latest = gr.State("snapshot")
    sides = {"snapshot": snapshot_side, "live": live_side}

    def show_side(chosen: str) -> Updates:
        shown = {side: gr.update(visible=name == chosen) for name, side in sides.items()}
        return {**shown, latest: chosen}

    def hide_sides() -> Updates:
        return {side: gr.update(visible=False) for side in sides.values()}

    at_once: dict[str, Any] = {"outputs": [*sides.values(), latest], "queue": False, **QUIET}
    mode.change(show_side, mode, **at_once)
    Segmenting(workspace).segment_on(camera.input, camera)
    turn = _stream(workspace, live, detail, rate, clock)
    # Taken from the page and put back, a camera that was gone can be asked for again; its turn,
    # for which others wait, is over.
    note.gone(hide_sides, None, **at_once, cancels=[turn]).then(show_side, latest, **at_once)
    # Nor does it go on behind another tab.
    note.left(hide_sides, None, **at_once, cancels=[turn])
    tab.select(show_side, latest, **at_once)


def _stream(
    workspace: Workspace, live: FrameInput, detail: gr.Slider, rate: gr.HTML, clock: gr.State
) -> gr.events.Dependency:
    controls, panel = workspace.controls, workspace.panel
    return live.stream(
        _segment_frame(workspace, rate, clock),
        [
            live,
            detail,
            controls.checkpoint,
            controls.threshold,
            controls.method,
            workspace.language,
            clock,
        ],
        [
            panel.viewer,
            panel.status,
            workspace.view,
            workspace.shown,
            workspace.example,
            rate,
            clock,
        ],
        stream_every=STREAM_EVERY,
        time_limit=round(limits().webcam_seconds),
        concurrency_id="live",
        concurrency_limit=1,
        **QUIET,
    )


def _segment_frame(workspace: Workspace, rate: gr.HTML, clock: gr.State) -> Callable[..., Any]:
    panel = workspace.panel

    def segment_frame(  # noqa: PLR0917 - the order of the event's inputs
        frame: bytes | None,
        detail: float,
        checkpoint: str,
        threshold: float,
        method: str,
        language: str,
        last: tuple[float, float] | None,
    ) -> Updates | None:
        """Segment the newest frame and tell the rate; a frame that fails is skipped."""
        if frame is None:
            return gr.skip()
        own = CATALOGUE[checkpoint].default_detail if checkpoint in CATALOGUE else LIVE_DETAIL
        view = SegmentationRequest(
            "", "webcam", checkpoint, threshold, min(int(detail), max(own, 64)), method
        )
        start = time.perf_counter()
        try:
            outcome = workspace.service.segment_frame(frame, view)
            value = panel_value(outcome, language)
        except ImageError:
            return gr.skip()
        except UserError as error:
            return {panel.status: error_value(error)}
        end = time.perf_counter()
        between = _smoothed(last, end)
        sentence = bilingual(
            "live_rate",
            rate=f"{1 / between:.1f}" if between else "–",
            milliseconds=f"{1000 * (end - start):.0f}",
        )
        return {
            panel.viewer: value,
            panel.status: "",
            workspace.view: LIVE,
            workspace.shown: asdict(LIVE),
            workspace.example: "",
            rate: f'<p class="rate">{sentence}</p>',
            clock: (end, between),
        }

    return segment_frame


def _smoothed(clock: tuple[float, float] | None, now: float) -> float:
    """Seconds between frames, as a moving average; 0 for the first frame."""
    if clock is None or now - clock[0] > 5:
        return 0.0
    before, average = clock
    return 0.7 * average + 0.3 * (now - before) if average else now - before


def _hint(key: str, **values: object) -> str:
    return f'<p class="hint">{bilingual(key, **values)}</p>'


def _notes() -> str:
    return "".join(
        f'<p class="status error" role="alert" data-reason="{reason}" hidden>'
        f"{bilingual(f'camera_{reason}')}</p>"
        for reason in ("refused", "missing", "busy", "gone", "insecure")
    )
