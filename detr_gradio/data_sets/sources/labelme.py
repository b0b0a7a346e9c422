"""LabelMe (https://labelme.io/docs): a JSON file for each picture, with shapes and masks."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np
from PIL import Image

from ..remarks import Remark
from . import masks
from .annotated import AnnotatedPicture, Label, Region, Size, Source, size_of
from .files import load_json

VOID = ("__ignore__", "_background_")
"""Labels that stand for nothing, by LabelMe's own examples."""

_DRAWN = {"polygon": "polygon", "oriented_rectangle": "polygon"}


def read_labelme(files: list[Path], folder: Path) -> Source:
    """Read LabelMe's files.

    Shapes lie over each other as they were drawn, as in LabelMe's own label pictures. Shapes of
    one label and group are one segment.

    Args:
        files: one for each picture.
        folder: that they are named from.
    """
    return Source(_pictures(files, folder), upright=True)


def _pictures(files: list[Path], folder: Path) -> Iterator[AnnotatedPicture | Remark]:
    for path in files:
        name = path.relative_to(folder).as_posix()
        try:
            document = load_json(path)
        except ValueError as error:
            yield Remark("file_unreadable", name, {"said": str(error)[:80]})
            continue
        if isinstance(document, dict) and isinstance(document.get("shapes"), list):
            yield _picture(document, path, folder)


def _picture(document: Mapping[str, Any], path: Path, folder: Path) -> AnnotatedPicture:
    said = document.get("imagePath")
    # A Windows path has both separators; what it is relative to is the file's own folder.
    said = PureWindowsPath(said).as_posix() if isinstance(said, str) else path.stem
    name = (path.parent.relative_to(folder) / said).as_posix()
    shapes = [shape for shape in document["shapes"] if isinstance(shape, dict)]
    return AnnotatedPicture(
        name=name,
        regions=lambda size: _regions(shapes, name, size),
        size=size_of(document.get("imageWidth"), document.get("imageHeight")),
        content=_content(document.get("imageData")),
    )


def _content(data: Any) -> bytes | None:
    try:
        return base64.b64decode(data) if data else None
    except (TypeError, ValueError):
        return None


def _regions(
    shapes: Sequence[Mapping[str, Any]], name: str, size: Size
) -> Iterator[Region | Remark]:
    for shape in shapes:
        said = shape.get("label")
        if not isinstance(said, str) or not said.strip():
            yield Remark("region_category", name, {"said": repr(said)[:60]})
            continue
        try:
            rle = _rle(shape, size)
        except masks.MaskError as error:
            yield Remark(error.kind, name, {"said": said})
            continue
        group = shape.get("group_id")
        label = None if said in VOID else Label(said)
        yield Region(label, rle, group=group if isinstance(group, int) else None)


def _rle(shape: Mapping[str, Any], size: Size) -> dict[str, Any]:
    kind, points = shape.get("shape_type") or "polygon", shape.get("points")
    try:
        if kind == "mask":
            return _mask(points, shape["mask"], size)
        if kind in ("rectangle", "circle", *_DRAWN):
            return masks.drawn(_DRAWN.get(kind, kind), points, size)  # ty: ignore[invalid-argument-type]
    except masks.MaskError:
        raise
    except Exception as error:  # Pillow meets any bytes with any error
        raise masks.MaskError("region_points") from error
    raise masks.MaskError("region_no_area")


def _mask(points: Any, encoded: str, size: Size) -> dict[str, Any]:
    left, top, right, bottom = (int(number) for point in points for number in point)
    if not (0 <= left <= right < size[0] and 0 <= top <= bottom < size[1]):
        raise masks.MaskError("region_size")
    with Image.open(io.BytesIO(base64.b64decode(encoded)), formats=("PNG",)) as picture:
        if picture.size != (right + 1 - left, bottom + 1 - top):
            raise masks.MaskError("region_size")
        box = np.asarray(picture.convert("L")) > 0
    return masks.placed(box, left, top, size)
