"""Everything about a result in one zip file."""

from __future__ import annotations

import json
import re
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import PurePath

import numpy as np

from .export_readme import readme
from .exports import coco_document, coco_panoptic, legend_csv, segments_json
from .formats import FORMATS, ExportSource, export_files
from .panoptic import PanopticResult
from .pictures import encode_picture
from .render import cutout, overlay, panoptic_map
from .tables import CSV_ENCODING

_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|(com|lpt)[\d¹²³])$")  # names that Windows keeps


def safe_name(name: str) -> str:
    """Return a name for files, without folders, ending or anything that a file system dislikes.

    At most 60 letters, digits, "-" and "_"; "picture" where nothing is left.
    """
    stem = PurePath(name.replace("\\", "/")).stem
    stem = re.sub(r"[^\w-]+", "_", unicodedata.normalize("NFC", stem)).strip("_-")[:60]
    return f"{stem}_" if _RESERVED.match(stem) else stem or "picture"


def write_zip(
    path: str | PurePath, image: np.ndarray, result: PanopticResult, name: str, language: str = "en"
) -> None:
    """Write everything about a result into one zip file.

    Args:
        path: of the zip file; one that exists is replaced.
        image: (H, W, 3) uint8 RGB, the image of the result.
        result: what was found in it.
        name: of the image; files in the zip are named after it.
        language: "en" or "es", of the labels, the legend and the README.

    Raises:
        OSError: the file cannot be written.
    """
    name = safe_name(name)
    png_name = f"{name}_panoptic.png"
    document = coco_document(result, 1, image_name=f"{name}.jpg", png_name=png_name)
    # Made one after the other: large ones take as much memory as the picture.
    pictures: dict[str, Callable[[], np.ndarray]] = {
        f"{name}_overlay.jpg": lambda: overlay(image, result, language=language),
        f"{name}.jpg": lambda: image,
        f"{name}_map.png": lambda: panoptic_map(result),
        png_name: lambda: coco_panoptic(result, 1, png_name)[0],
    }
    texts = {
        f"{name}_panoptic.json": json.dumps(document),
        f"{name}_segments.json": json.dumps(segments_json(result), indent=1),
        f"{name}_legend.csv": legend_csv(result, language).encode(CSV_ENCODING),
        "README.txt": readme(result, name, language),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file_name, text in texts.items():
            archive.writestr(file_name, text)
        for file_name, make in pictures.items():
            archive.writestr(file_name, encode_picture(file_name, make()), zipfile.ZIP_STORED)
        # Everything: stuff too. The picture is beside them, so that no format holds it once more.
        for kind in FORMATS:
            place = "../" if kind == "labelme" else ""
            source = ExportSource(result, f"{place}{name}.jpg", stuff=True)
            for file_name, content in export_files(source, kind, name).items():
                archive.writestr(file_name, content)
        for segment in result.segments:
            file_name = f"{segment.id:03}_{safe_name(segment.name(language))}.png"
            mask = result.mask(segment.id).view(np.uint8) * 255
            both = {"cutouts": cutout(image, result, segment.id), "masks": mask}
            for folder, picture in both.items():
                encoded = encode_picture(file_name, picture)
                archive.writestr(f"{folder}/{file_name}", encoded, zipfile.ZIP_STORED)
