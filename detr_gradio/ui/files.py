"""Files that the server makes for the page, where Gradio serves what it keeps.

Gradio documents the folder (``GRADIO_TEMP_DIR``), but promises none of its functions for files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path


def folder() -> Path:
    """Return the folder that is served."""
    usual = Path(tempfile.gettempdir(), "gradio")
    return Path(os.environ.get("GRADIO_TEMP_DIR") or usual).resolve()


def is_served(path: str | None) -> bool:
    """Return whether a path, that anybody may have sent, is in the folder that is served."""
    return bool(path) and "\0" not in path and Path(path).resolve().is_relative_to(folder())


def serve_bytes(content: bytes, name: str) -> str:
    """Return the path of a file that is served; of the same content and name always the same.

    Raises:
        OSError: the disk is full or read-only.
    """
    path = folder() / hashlib.sha256(content).hexdigest() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written elsewhere: nobody is to get half a file. And it counts as new again.
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)
    return str(path)


def serve_file(path: Path) -> str:
    """Move a file to where it is served, and return its path.

    Raises:
        OSError: the disk is full or read-only.
    """
    folder().mkdir(parents=True, exist_ok=True)
    return shutil.move(path, tempfile.mkdtemp(dir=folder()))


def working_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder to make files in; what a server leaves there that is killed is swept.

    Raises:
        OSError: the disk is full or read-only.
    """
    folder().mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(dir=folder())
