"""An image component that hands on the file as it came."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from ..files import is_served, serve_bytes


class PictureInput(gr.Image):
    """A ``gr.Image`` whose value is the path of the uploaded file, untouched.

    Gradio would decode the file before the app sees it, stumble over damaged ones and change
    others (16-bit, transparency, GIF); ``images.load_image`` knows them all, and its sentences.
    No constructor of its own: Gradio sends the browser what the constructor's signature names.
    """

    is_template = True  # the browser's part is that of gr.Image

    def preprocess(self, payload) -> str | None:
        """Return the path of the file in Gradio's cache; None for a file that isn't there.

        Gradio itself looks only where what was sent calls itself a file: any other place on the
        server could be named without that.
        """
        return payload.path if payload and is_served(payload.path) else None


def box_value(path: str) -> str:
    """Return the file that the box shows of a picture; of an example a copy that is served."""
    if is_served(path):
        return path
    return serve_bytes(Path(path).read_bytes(), Path(path).name)
