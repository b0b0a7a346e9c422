"""Downloads, made when they are asked for."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
import numpy as np

from ...messages import UserError
from ...result import exports, render
from ...result.pictures import encode_picture
from ...result.tables import CSV_ENCODING
from ...service import Outcome
from ..files import serve_file, working_folder
from ..i18n import label

logger = logging.getLogger(__name__)

KINDS = ("overlay", "coco_png", "coco_json", "legend", "cutout", "zip")

# The browser takes the file by itself once the server has made it.
TAKE_FILE = """(file) => {
  if (!file) return;
  const link = Object.assign(document.createElement("a"), {
    href: file.url, download: file.orig_name,
  });
  document.body.append(link);
  link.click();
  link.remove();
}"""


@dataclass(frozen=True)
class Downloads:
    """The buttons by kind, and the hidden component that holds the file that was made."""

    buttons: dict[str, gr.Button]
    file: gr.File


def build_downloads() -> Downloads:
    """Build the buttons in the present context."""
    with gr.Row(elem_classes="download-buttons"):
        buttons = {
            kind: gr.Button(label(f"download_{kind}"), size="sm", elem_id=f"download-{kind}")
            for kind in KINDS
        }
    return Downloads(buttons, gr.File(visible=False))


def make_file(
    kind: str,
    outcome: Outcome,
    *,
    name: str,
    language: str,
    segment_id: int | None = None,
) -> str:
    """Write one download and return its path.

    Args:
        kind: one of ``KINDS``; "cutout" needs a segment.
        outcome: what is shown.
        name: of the picture; unusual characters are replaced.
        language: of labels, "en" or "es".
        segment_id: the selected segment.

    Raises:
        UserError: the disk is full or read-only.
    """
    name = exports.safe_name(name)
    image, result = outcome.image, outcome.result
    png_name = f"{name}_panoptic.png"
    names = {"image_name": f"{name}.jpg", "png_name": png_name}
    writers: dict[str, tuple[str, Callable[[Path], object]]] = {
        "overlay": (
            f"{name}_overlay.png",
            lambda path: _save(render.overlay(image, result, language=language), path),
        ),
        "coco_png": (
            png_name,
            lambda path: _save(exports.coco_panoptic(result, 1, png_name)[0], path),
        ),
        "coco_json": (
            f"{name}_panoptic.json",
            lambda path: path.write_text(
                json.dumps(exports.coco_document(result, 1, **names)), encoding="utf-8"
            ),
        ),
        "legend": (
            f"{name}_legend.csv",
            lambda path: path.write_bytes(
                exports.legend_csv(result, language).encode(CSV_ENCODING)
            ),
        ),
        "cutout": (
            f"{name}_segment_{segment_id}.png",
            lambda path: _save(render.cutout(image, result, segment_id or 0), path),
        ),
        "zip": (
            f"{name}.zip",
            lambda path: exports.write_zip(path, image, result, name, language),
        ),
    }
    file_name, write = writers[kind]
    try:
        with working_folder() as folder:
            path = Path(folder) / file_name
            write(path)
            return serve_file(path)
    except OSError as error:
        logger.warning("A download could not be written: %s", error.strerror or error)
        raise UserError("server_disk") from error


def _save(array: np.ndarray, path: Path) -> None:
    path.write_bytes(encode_picture(path.name, array))
