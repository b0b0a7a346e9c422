"""CVAT for images 1.1 (https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat): XML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from ...result.palette import from_hex
from ..remarks import Remark
from . import masks
from .annotated import AnnotatedPicture, Label, Region, Size, Source

_SHAPES = ("mask", "polygon", "box", "ellipse")


def read_cvat(path: Path) -> Source:
    """Read a file of images; shapes lie over each other by their z_order, then as they follow.

    Shapes of one label and group are one segment.

    Raises:
        ValueError: it is no such file.
    """
    root = _root(path)
    labels = {}
    for entry in root.findall("meta//label"):
        name = (entry.findtext("name") or "").strip()
        if name:
            labels[name] = Label(name, color=_color(entry.findtext("color") or ""))
    return Source(_pictures(root, labels, path.name), tuple(labels.values()), upright=True)


def _root(path: Path) -> ET.Element:
    try:
        content = path.read_bytes()
        # CVAT writes none, and an entity can stand for more text than there is memory.
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise ValueError("DOCTYPE")
        root = ET.fromstring(content)
    except (OSError, ET.ParseError, LookupError) as error:
        raise ValueError(str(error)) from error
    if root.tag != "annotations":
        raise ValueError(f"<{root.tag[:40]}>")
    return root


def _color(text: str) -> tuple[int, int, int] | None:
    try:
        return from_hex(text)
    except ValueError:
        return None


def _pictures(
    root: ET.Element, labels: dict[str, Label], file: str
) -> Iterator[AnnotatedPicture | Remark]:
    if tracks := len(root.findall("track")):
        yield Remark("tracks", file, {"count": tracks})
    for image in root.findall("image"):
        name = image.get("name") or ""
        yield AnnotatedPicture(
            name=name,
            regions=lambda size, image=image, name=name: _regions(image, labels, name, size),
            size=_size(image),
        )


def _size(image: ET.Element) -> Size | None:
    try:
        return int(image.get("width", "")), int(image.get("height", ""))
    except ValueError:
        return None


def _regions(
    image: ET.Element, labels: dict[str, Label], name: str, size: Size
) -> Iterator[Region | Remark]:
    for shape in sorted(image, key=_z_order):
        said = (shape.get("label") or "").strip()
        if not said:
            yield Remark("region_category", name, {"said": repr(shape.get("label"))})
            continue
        group = shape.get("group_id") or "0"
        try:
            rle = _rle(shape, size)
        except masks.MaskError as error:
            yield Remark(error.kind, name, {"said": said})
            continue
        label = labels.get(said) or Label(said)
        yield Region(label, rle, group=None if group == "0" else group)


def _z_order(shape: ET.Element) -> int:
    try:
        return int(shape.get("z_order") or 0)
    except ValueError:
        return 0


def _rle(shape: ET.Element, size: Size) -> dict[str, Any]:
    if shape.tag not in _SHAPES:
        raise masks.MaskError("region_no_area")
    try:
        if shape.tag == "mask":
            return _mask(shape, size)
        return masks.polygons([_ring(shape)], size)
    except masks.MaskError:
        raise
    except (KeyError, ValueError, OverflowError) as error:
        raise masks.MaskError("region_points") from error


def _ring(shape: ET.Element) -> list[float]:
    said = shape.attrib
    turn = float(said.get("rotation") or 0)
    if shape.tag == "polygon":
        return [float(n) for pair in said["points"].split(";") for n in pair.split(",")]
    if shape.tag == "ellipse":
        return masks.ellipse(*(float(said[key]) for key in ("cx", "cy", "rx", "ry")), turn)
    left, top, right, bottom = (float(said[key]) for key in ("xtl", "ytl", "xbr", "ybr"))
    # CVAT turns a box about its middle.
    width, height = right - left, bottom - top
    corners = masks.rectangle(0, 0, width, height, turn)
    shift_x = (left + right) / 2 - sum(corners[::2]) / 4
    shift_y = (top + bottom) / 2 - sum(corners[1::2]) / 4
    return [n + (shift_y if i % 2 else shift_x) for i, n in enumerate(corners)]


def _mask(shape: ET.Element, size: Size) -> dict[str, Any]:
    """Return a mask, whose run lengths go row by row through its box."""
    left, top, width, height = (
        int(float(shape.attrib[key])) for key in ("left", "top", "width", "height")
    )
    if not (left >= 0 and top >= 0 and 0 < width <= size[0] - left and 0 < height <= size[1] - top):
        raise masks.MaskError("region_size")
    runs = [int(run) for run in shape.attrib["rle"].split(",")]
    if min(runs) < 0:
        raise masks.MaskError("region_runs")
    box = masks.decode(masks.mask_of_runs(runs, (width, height)))
    return masks.placed(box, left, top, size)
