"""Label Studio's JSON export (https://labelstud.io/guide/export): a list of tasks."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import numpy as np
from PIL import Image

from ..remarks import Remark
from . import masks
from .annotated import AnnotatedPicture, Label, Region, Size, Source, size_of

Entry = Mapping[str, Any]
_SHAPES = ("brush", "bitmask", "polygon", "rectangle", "ellipse")
_DATA = "data:image/"


def read_label_studio(tasks: list[Any], file: str) -> Source:
    """Read an export with all annotations ("JSON", not "JSON-MIN").

    Of several annotations of a task the ground truth counts, else the last that was not cancelled;
    where there is none, the last prediction. Regions lie over each other in their order.

    Args:
        tasks: contents of the file.
        file: its name.
    """
    return Source(_pictures(tasks, file), upright=True)


def _pictures(tasks: list[Any], file: str) -> Iterator[AnnotatedPicture | Remark]:
    for task in tasks:
        data = task.get("data") if isinstance(task, dict) else None
        address = _address(data) if isinstance(data, dict) else None
        if address is None:
            yield Remark("picture_entry", file, {"said": repr(task)[:60]})
            continue
        content = None
        if address.startswith(_DATA):
            content = _decoded(address)
            name = f"task-{task.get('id', '')}.{address[len(_DATA) :].split(';')[0][:4]}"
        else:
            name = file_of(address)
        results, remarks = _results(task, name)
        yield AnnotatedPicture(
            name=name,
            regions=lambda size, name=name, results=results: _regions(results, name, size),
            size=_size(results),
            content=content,
            remarks=tuple(remarks),
        )


def file_of(address: str) -> str:
    """Return the path that an address of Label Studio's means: "a/b.jpg" for "...?d=a%2Fb.jpg"."""
    parts = urlsplit(address)
    return parse_qs(parts.query).get("d", [unquote(parts.path)])[0]


def _address(data: Entry) -> str | None:
    """Return the address of a task's picture: that of the usual name, else the first text."""
    texts = [data.get(key) for key in ("image", "img", "picture", *data)]
    return next((text for text in texts if isinstance(text, str) and text), None)


def _decoded(address: str) -> bytes | None:
    try:
        return base64.b64decode(address.partition(",")[2])
    except ValueError:
        return None


def _results(task: Entry, name: str) -> tuple[list[Entry], list[Remark]]:
    remarks = []
    done = [a for a in _entries(task.get("annotations")) if not a.get("was_cancelled")]
    chosen = [a for a in done if a.get("ground_truth")] or done
    if len(chosen) > 1:
        remarks.append(Remark("annotations_several", name, {"count": len(chosen)}))
    if not done:
        chosen = _entries(task.get("predictions"))
        if chosen:
            remarks.append(Remark("predictions", name))
    return (_entries(chosen[-1].get("result")) if chosen else []), remarks


def _entries(listed: Any) -> list[Entry]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _size(results: list[Entry]) -> Size | None:
    for result in results:
        size = size_of(result.get("original_width"), result.get("original_height"))
        if size is not None:
            return size
    return None


def _regions(results: list[Entry], name: str, size: Size) -> Iterator[Region | Remark]:
    """Yield the regions; a shape and its labels may be two results of one id."""
    labels: dict[Any, list] = {}
    for result in results:
        labels.setdefault(str(result.get("id")), []).extend(_labels(result))
    for result in results:
        value = result.get("value")
        kind = str(result.get("type")).lower().removesuffix("labels")
        if not isinstance(value, dict) or kind in ("", "choices", "textarea", "rating"):
            continue
        named = labels[str(result.get("id"))]
        if not named or not isinstance(named[0], str) or not named[0].strip():
            yield Remark("region_category", name, {"said": repr(named[:1])[:60]})
            continue
        try:
            yield Region(Label(named[0]), _rle(kind, value, result, size))
        except masks.MaskError as error:
            yield Remark(error.kind, name, {"said": named[0]})


def _labels(result: Entry) -> list:
    value, kind = result.get("value"), result.get("type")
    said = value.get(kind) if isinstance(value, dict) and isinstance(kind, str) else None
    is_shape = str(kind).lower().endswith("labels")
    return said if is_shape and isinstance(said, list) else []


def _rle(kind: str, value: Entry, result: Entry, size: Size) -> dict[str, Any]:
    if kind not in _SHAPES:
        raise masks.MaskError("region_no_area")
    if [result.get("original_width"), result.get("original_height")] != list(size):
        raise masks.MaskError("region_size")
    if result.get("image_rotation"):
        raise masks.MaskError("region_turned")
    try:
        if kind == "brush":
            return masks.encode(decode_brush(value["rle"], size))
        if kind == "bitmask":
            return _bitmask(value["imageDataURL"], size)
        return masks.polygons([_ring(kind, value, size)], size)
    except masks.MaskError:
        raise
    except Exception as error:  # Pillow meets any bytes with any error
        raise masks.MaskError("region_points") from error


def _ring(kind: str, value: Entry, size: Size) -> list[float]:
    """Return the points of a shape in pixels; they are written in percent of the picture."""
    horizontal, vertical = size[0] / 100, size[1] / 100
    if kind == "polygon":
        return [n for x, y in value["points"] for n in (x * horizontal, y * vertical)]
    sides = ("width", "height") if kind == "rectangle" else ("radiusX", "radiusY")
    x, width = value["x"] * horizontal, value[sides[0]] * horizontal
    y, height = value["y"] * vertical, value[sides[1]] * vertical
    shape = masks.rectangle if kind == "rectangle" else masks.ellipse
    return shape(x, y, width, height, value.get("rotation") or 0)


def _bitmask(address: str, size: Size) -> dict[str, Any]:
    with Image.open(io.BytesIO(_decoded(address) or b""), formats=("PNG",)) as picture:
        if picture.size != size:
            raise masks.MaskError("region_size")
        channels = picture.convert("RGBA")
    return masks.encode(np.asarray(channels.getchannel("A")) > 0)


def decode_brush(data: list[int], size: Size) -> np.ndarray:
    """Return the mask that Label Studio's run lengths mean: (H, W) bool.

    The format is that of ``result.formats.label_studio.brush_rle``; alpha says what is in it.

    Args:
        data: bytes, 0..255.
        size: of the picture.

    Raises:
        MaskError: they are not as many pixels as the picture has.
    """
    if not isinstance(data, list):
        raise masks.MaskError("region_runs")
    width, height = size
    content, at = bytes(data), 0

    def take(count: int) -> int:
        nonlocal at
        begin, at = at, at + count
        if at > 8 * len(content):
            raise masks.MaskError("region_runs")
        last = -(-at // 8)
        number = int.from_bytes(content[begin // 8 : last], "big")
        return number >> (8 * last - at) & ((1 << count) - 1)

    if take(32) != 4 * width * height:
        raise masks.MaskError("region_size")
    word, sizes = take(5) + 1, [0, 0, 0, 0]
    sizes = [take(4) + 1 for _ in sizes]
    samples = np.zeros(4 * width * height, np.uint8)
    done = 0
    while done < len(samples):
        run = take(1)
        count = take(sizes[take(2)]) + 1
        if done + count > len(samples):
            raise masks.MaskError("region_runs")
        if run:
            samples[done : done + count] = take(word) > 0
        else:
            samples[done : done + count] = [take(word) > 0 for _ in range(count)]
        done += count
    return samples[3::4].reshape(height, width).astype(bool)
