"""What the server keeps on the disk goes in time, and nothing of it stays behind.

Gradio 6.31 deletes in a thread what others add to meanwhile. Where that collides, it never deletes
again. And each file has a folder of its own, which it leaves.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from pathlib import Path

import gradio as gr
from gradio import route_utils
from gradio.utils import get_upload_folder

logger = logging.getLogger(__name__)


def tidy_kept_files() -> None:
    """Let Gradio's server delete with ``delete_old`` from now on."""
    route_utils.delete_files_created_by_app = delete_old


def delete_old(blocks: gr.Blocks, age: int | None) -> None:
    """Delete old files of visitors, and the folders that have been empty for as long.

    Args:
        blocks: the page that the files belong to.
        age: in seconds, since a file was last changed; None deletes all.
    """
    try:
        staying = set().union(
            *(getattr(block, "keep_in_cache", ()) for block in blocks.blocks.values())
        )
        before = time.time() - (age or 0)
        for names in blocks.temp_file_sets:
            for name in names.copy() - staying:
                if _deleted(Path(name), before):
                    names.discard(name)
        _delete_empty_folders(Path(get_upload_folder()), before)
    except Exception:  # or Gradio would never call again
        logger.exception("Old files could not be deleted")


def _deleted(path: Path, before: float) -> bool:
    """Delete a file that has not changed since; returns whether it is gone."""
    try:
        if path.lstat().st_ctime > before:
            return False
        path.unlink()
    except FileNotFoundError:
        return True
    except OSError as error:
        logger.warning("A file could not be deleted: %s", error.strerror)
        return False
    return True


def _delete_empty_folders(root: Path, before: float) -> None:
    for place, _folders, _files in os.walk(root, topdown=False):
        folder = Path(place)
        with suppress(OSError):  # it isn't empty, or another server was faster
            if folder != root and folder.lstat().st_mtime <= before:
                folder.rmdir()
