"""The header: name, state of the checkpoint, language, dark or light."""

from __future__ import annotations

import json
from html import escape

import gradio as gr

from ...checkpoints.catalogue import Checkpoint
from ...messages import LANGUAGES
from ...service import Service
from ..i18n import text
from ..markup import bilingual
from ..scripts import bundle

_MARK = (
    '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">'
    '<path class="sky" d="M2 2h28v12c-6 3-9-3-15 0S6 16 2 13z"/>'
    '<path class="ground" d="M2 15c4 3 7 1 13-1s9 4 15 2v14H2z"/>'
    '<circle class="figure" cx="20" cy="17" r="5.5"/></svg>'
)


# A form that closes its dialog, whose answer is the value of the button.
_LANGUAGE_ENDS = (
    f'<form method="dialog"><p>{bilingual("language_ends")}</p>'
    f'<button value="go" class="choose">{bilingual("language_go_on")}</button>'
    f'<button value="">{bilingual("language_stay")}</button></form>'
)


class Header(gr.HTML):
    """The header line.

    Args:
        value: what ``header_value`` returns.
        **kwargs: other arguments of ``gr.HTML``.
    """

    def __init__(self, value: str | None = None, **kwargs):
        script = bundle("ui/panel/header.js").replace("TEXTS", json.dumps(_LANGUAGE_ENDS))
        super().__init__(value, js_on_load=script, apply_default_css=False, **kwargs)


def header_value(service: Service) -> str:
    """Return the header's HTML for the present state of the app's own checkpoint."""
    checkpoint, missed = service.current()
    state = "stand_in" if missed else service.state(checkpoint)
    quality = f" · PQ {checkpoint.pq:.1f}" if checkpoint.pq else ""
    return f"""
<header>
  <h1>{_MARK}<span>DETR Panoptic</span></h1>
  <p class="tagline">{bilingual("tagline")}</p>
  <p class="checkpoint-state" data-state="{state}" role="status">
    <i aria-hidden="true"></i><span>{escape(checkpoint.title)}{quality} ·
    {_state_words(checkpoint, state)}</span>
  </p>
  <div class="switches" role="group" {_names("language")}>
    <button type="button" data-language="en" lang="en" title="English">EN</button>
    <button type="button" data-language="es" lang="es" title="Español">ES</button>
  </div>
  <button type="button" class="theme-switch" data-theme-switch {_names("dark_or_light")}>
    <svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="7.5"/>
    <path d="M10 2.5a7.5 7.5 0 0 1 0 15z"/></svg>
  </button>
</header>"""


def checkpoint_label(service: Service, checkpoint: Checkpoint, language: str) -> str:
    """Return a checkpoint with its quality and state, on one line."""
    state = service.state(checkpoint)
    parts = [checkpoint.title]
    if checkpoint.pq:
        parts.append(f"PQ {checkpoint.pq:.1f}")
    size = round(checkpoint.size_mb or 0)
    parts.append(text(f"state_{_text_state(state)}", language, size=size))
    return " · ".join(parts)


def _state_words(checkpoint: Checkpoint, state: str) -> str:
    return bilingual(f"state_{_text_state(state)}", size=round(checkpoint.size_mb or 0))


def _text_state(state: str) -> str:
    return "ready" if state == "loaded" else state


def _names(key: str) -> str:
    # header.js puts in the one of the page's language.
    return " ".join(f'data-name-{code}="{escape(text(key, code))}"' for code in LANGUAGES)
