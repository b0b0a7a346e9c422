"""The settings that all tabs share: checkpoint, threshold, detail, method, start and stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from ...checkpoints.catalogue import CATALOGUE, Checkpoint
from ...messages import LANGUAGES
from ...model.detail import MAX_DETAIL, MIN_DETAIL
from ...result.options import METHODS, THRESHOLD
from ...service import Service, shown_name
from ..i18n import label
from ..markup import bilingual
from .header import checkpoint_label

MAX_THRESHOLD = 0.99  # nothing is surer


class BoundedSlider(gr.Slider):
    """A ``gr.Slider`` that takes the nearest number it has for one beyond, and never complains.

    Who types 480 has typed 4 and 48 on the way.
    """

    is_template = True  # the browser's part is that of gr.Slider

    def preprocess(self, payload: float | None) -> float:
        """Return the number; the one of the beginning for an emptied field."""
        value = self.value if payload is None else payload
        return super().preprocess(max(self.minimum, min(self.maximum, value)))


@dataclass(frozen=True)
class Controls:
    """The components, and what a segmenting event reads from them.

    The threshold is set in the viewer, and kept here for the next picture. ``segment`` brings a
    picture that was made with other settings up to date.
    """

    checkpoint: gr.Dropdown
    threshold: gr.Number
    detail: gr.Slider
    method: gr.Radio
    segment: gr.Button
    stop: gr.Button
    copy_link: gr.Button

    @property
    def settings(self) -> list[gr.components.Component]:
        """Checkpoint, threshold, detail, method: the inputs of events, in this order."""
        return [self.checkpoint, self.threshold, self.detail, self.method]


def build_controls(service: Service) -> Controls:
    """Build the settings in the present context."""
    checkpoint = service.preferred
    threshold = gr.Number(THRESHOLD, visible=False)
    with gr.Accordion(label("controls"), open=False, elem_id="settings"):
        detail = BoundedSlider(
            MIN_DETAIL,
            MAX_DETAIL,
            checkpoint.default_detail,
            step=16,
            label=label("detail"),
            info=label("detail_info"),
            elem_id="detail",
        )
        chosen = gr.Dropdown(
            [(entry.title, name) for name, entry in _entries(service).items()],
            value=shown_name(checkpoint),
            label=label("checkpoint"),
            info=label("checkpoint_info"),
            filterable=False,
            elem_id="checkpoint",
        )
        method = gr.Radio(
            [(label(f"method_{name}"), name) for name in METHODS],
            value="paper",
            label=label("method"),
            info=label("method_info"),
            elem_id="method",
        )
    copy_link = gr.Button(label("copy_link"), size="sm", elem_id="copy-link")
    gr.HTML('<p id="copied" role="status"></p>', apply_default_css=False, elem_id="copied-note")
    # Last, in a room of its own: what comes and goes moves nothing.
    with gr.Column(elem_id="again"):
        gr.HTML(
            f'<p class="hint" role="status">{bilingual("older_settings")}</p>',
            apply_default_css=False,
            elem_id="older",
        )
        segment = gr.Button(
            label("segment_again"), variant="primary", elem_id="segment", visible=False
        )
        stop = gr.Button(label("stop"), variant="stop", elem_id="stop", visible=False)
    return Controls(chosen, threshold, detail, method, segment, stop, copy_link)


def checkpoint_choices(service: Service, language: str) -> list[tuple[str, str]]:
    """Return the checkpoints with their quality and state, for the dropdown."""
    language = language if language in LANGUAGES else "en"
    return [
        (checkpoint_label(service, entry, language), name)
        for name, entry in _entries(service).items()
    ]


def default_details(service: Service) -> dict[str, int]:
    """Return the detail of each checkpoint that may be chosen, before anybody sets another."""
    return {name: entry.default_detail for name, entry in _entries(service).items()}


def _entries(service: Service) -> dict[str, Checkpoint]:
    """Return the catalogue, and the operator's own checkpoint where it is another one."""
    return {**CATALOGUE, shown_name(service.preferred): service.preferred}


def within(value: Any, least: float, most: float, default: float) -> float:
    """Return a number within bounds, whatever somebody has sent for it; else the default."""
    try:
        return max(least, min(most, float(value)))
    except (TypeError, ValueError):
        return default
