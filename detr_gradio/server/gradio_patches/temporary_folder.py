"""Where Gradio makes a folder for the history of its program editor, which is not served.

Gradio 6.31 makes it for each ``Blocks`` (``App.create_app``), in the folder for temporary files as
it was when Gradio was imported: where that is another user's, no page can be built.
"""

from __future__ import annotations

from pathlib import Path

from gradio import routes


def set_temporary_folder(folder: Path) -> None:
    """Let Gradio make it in a folder from now on."""
    routes.DEFAULT_TEMP_DIR = str(folder)
