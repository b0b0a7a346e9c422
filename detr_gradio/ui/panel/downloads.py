"""Downloads, made when they are asked for."""

from __future__ import annotations

import io
import json
import logging
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
import numpy as np

from ...isolation.priority import give_way
from ...messages import UserError
from ...result import exports, render
from ...result.archive import safe_name, write_zip
from ...result.formats import FORMATS, ExportSource, export_files
from ...result.pictures import encode_picture
from ...result.tables import CSV_ENCODING
from ...service import Outcome
from ..files import serve_file, working_folder
from ..i18n import label
from ..markup import bilingual

logger = logging.getLogger(__name__)

GROUPS = {
    "look": ("overlay", "legend", "cutout"),
    "train": ("coco_png", "coco_json", "coco", "yolo", "semantic"),
    "annotate": ("label-studio", "labelme", "cvat"),
    "else": ("geojson", "zip"),
}
"""What can be downloaded, by who reads it."""

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
    """The buttons by kind, their two options, and the hidden component that holds a file."""

    buttons: dict[str, gr.Button]
    stuff: gr.Checkbox
    polygons: gr.Checkbox
    file: gr.File


def build_downloads() -> Downloads:
    """Build the buttons in the present context."""
    buttons = {}
    stuff = polygons = gr.Checkbox(render=False)
    for group, kinds in GROUPS.items():
        with gr.Column(elem_classes="download-group"):
            gr.HTML(f"<p>{bilingual(f'downloads_{group}')}</p>", apply_default_css=False)
            with gr.Row(elem_classes="download-buttons"):
                for kind in kinds:
                    words = label(f"download_{kind.replace('-', '_')}")
                    buttons[kind] = gr.Button(words, size="sm", elem_id=f"download-{kind}")
            if group == "train":
                with gr.Row(elem_classes="download-options"):
                    stuff = gr.Checkbox(
                        label=label("export_stuff"), container=False, elem_id="export-stuff"
                    )
                    polygons = gr.Checkbox(
                        label=label("export_polygons"), container=False, elem_id="export-polygons"
                    )
    return Downloads(buttons, stuff, polygons, gr.File(visible=False))


def make_file(
    kind: str,
    outcome: Outcome,
    *,
    name: str,
    language: str,
    segment_id: int | None = None,
    stuff: bool = False,
    polygons: bool = False,
) -> str:
    """Write one download and return its path.

    Args:
        kind: one of ``GROUPS``; "cutout" needs a segment.
        outcome: what is shown.
        name: of the picture; unusual characters are replaced.
        language: of labels, "en" or "es".
        segment_id: the selected segment.
        stuff: whether formats for things hold stuff too.
        polygons: whether COCO instances are polygons.

    Raises:
        UserError: the disk is full or read-only.
    """
    give_way()
    name = safe_name(name)
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
            lambda path: write_zip(path, image, result, name, language),
        ),
    }
    if kind in FORMATS:
        file_name, content = _export(kind, name, outcome, stuff=stuff, polygons=polygons)
        writers[kind] = file_name, lambda path: path.write_bytes(content)
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


def _export(
    kind: str, name: str, outcome: Outcome, *, stuff: bool, polygons: bool
) -> tuple[str, bytes]:
    """Return the name and the content of a file in a format; several are one zip file."""
    picture = f"{name}.jpg"
    files = export_files(
        ExportSource(outcome.result, picture, outcome.image, stuff=stuff, polygons=polygons),
        kind,
        name,
    )
    if len(files) == 1:
        ((path, content),) = files.items()
        return f"{name}_{kind}{Path(path).suffix}" if "/" in path else path, content
    if kind == "yolo":
        files[f"yolo/images/{picture}"] = encode_picture(picture, outcome.image)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path.removeprefix(f"{kind}/"), content)
    return f"{name}_{kind}.zip", buffer.getvalue()
