"""Gradio's names of files that are gone.

Gradio 6.31 notes every file that it makes in sets of the page and its components
(``Blocks.temp_file_sets``), and forgets it only when it deletes the file itself (``delete_cache``):
where that collides with a visitor, never again. ``server/files.py`` deletes in its place.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr


def forget_deleted(demo: gr.Blocks) -> None:
    """Drop the names of files of a page that are no longer there."""
    for names in demo.temp_file_sets:
        names -= {name for name in names.copy() if not Path(name).exists()}
