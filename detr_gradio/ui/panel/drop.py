"""Pictures dropped or pasted anywhere on the page."""

from __future__ import annotations

import json

import gradio as gr

from ..markup import bilingual
from ..scripts import bundle
from ..segmenting import Segmenting
from ..workspace import Workspace
from .result_panel import stage_value


def build(workspace: Workspace) -> None:
    """Build the sign that lies over the page while something is dragged, and connect it."""
    failed = f'<div class="status error" role="alert">{bilingual("upload_failed")}</div>'
    said = {"uploading": stage_value("upload", {}), "failed": failed}
    script = bundle("ui/panel/drop.js").replace("TEXTS", json.dumps(said))
    sign = gr.HTML(
        f"<p>{bilingual('drop_here')}</p>",
        js_on_load=script,
        apply_default_css=False,
        elem_id="drop",
    )
    Segmenting(workspace).add_on(sign.picture)
