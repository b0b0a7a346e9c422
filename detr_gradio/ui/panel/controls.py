"""The settings that all tabs share: checkpoint, threshold, detail, method, start and stop."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from ...checkpoints.catalogue import CATALOGUE, Checkpoint
from ...messages import LANGUAGES
from ...model.detail import MAX_DETAIL, MIN_DETAIL
from ...result.options import METHODS, MIN_THRESHOLD, THRESHOLD
from ...service import Service, shown_name
from ..i18n import label
from .header import checkpoint_label

MAX_THRESHOLD = 0.99  # nothing is surer


@dataclass(frozen=True)
class Controls:
    """The components, and what a segmenting event reads from them."""

    checkpoint: gr.Dropdown
    threshold: gr.Slider
    detail: gr.Slider
    method: gr.Radio
    segment: gr.Button
    stop: gr.Button
    copy_link: gr.Button
    folded: gr.Accordion

    @property
    def settings(self) -> list[gr.components.Component]:
        """Checkpoint, threshold, detail, method: the inputs of events, in this order."""
        return [self.checkpoint, self.threshold, self.detail, self.method]


def build_controls(service: Service) -> Controls:
    """Build the settings in the present context."""
    checkpoint = service.preferred
    with gr.Row(elem_classes="actions"):
        segment = gr.Button(label("segment"), variant="primary", elem_id="segment")
        stop = gr.Button(label("stop"), variant="stop", elem_id="stop", interactive=False)
    with gr.Accordion(label("controls"), elem_id="settings") as folded:
        threshold = gr.Slider(
            MIN_THRESHOLD,
            MAX_THRESHOLD,
            THRESHOLD,
            step=0.01,
            label=label("threshold"),
            info=label("threshold_info"),
            elem_id="threshold",
        )
        detail = gr.Slider(
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
    return Controls(chosen, threshold, detail, method, segment, stop, copy_link, folded)


def checkpoint_choices(service: Service, language: str) -> list[tuple[str, str]]:
    """Return the checkpoints with their quality and state, for the dropdown."""
    language = language if language in LANGUAGES else "en"
    return [
        (checkpoint_label(service, entry, language), name)
        for name, entry in _entries(service).items()
    ]


def _entries(service: Service) -> dict[str, Checkpoint]:
    """Return the catalogue, and the operator's own checkpoint where it is another one."""
    return {**CATALOGUE, shown_name(service.preferred): service.preferred}
