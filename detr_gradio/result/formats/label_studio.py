"""Label Studio: pre-annotations (https://labelstud.io/guide/predictions) with brush masks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote
from xml.etree import ElementTree as ET

import numpy as np

from ..palette import to_hex
from ..pictures import encode_picture
from .source import ExportSource, label_names, xml_text

LOCAL_FILES = "/data/local-files/?d="
"""Where Label Studio serves the files of a folder that it was told about."""

_RUN_BITS = 16


def label_studio_task(source: ExportSource) -> bytes:
    """Return the JSON file of one picture: a list with one task and one prediction in it.

    The picture is in it where there is one, as a data URL; else it is named as one of Label
    Studio's local files.
    """
    width, height = source.size
    names = label_names(source.categories)
    regions = [
        {
            "id": str(segment.id),
            "type": "brushlabels",
            "from_name": "label",
            "to_name": "image",
            "original_width": width,
            "original_height": height,
            "image_rotation": 0,
            "score": round(segment.score, 4),
            "origin": "manual" if segment.hand_made else "prediction",
            "value": {
                "format": "rle",
                "rle": brush_rle(source.result.mask(segment.id)),
                "brushlabels": [xml_text(names[segment.category_id])],
            },
        }
        for segment in source.result.segments
    ]
    scores = [segment.score for segment in source.result.segments]
    prediction = {
        "model_version": source.result.checkpoint,
        "score": round(sum(scores) / len(scores), 4) if scores else 0.0,
        "result": regions,
    }
    task = {"data": {"image": _address(source)}, "predictions": [prediction]}
    return json.dumps([task], ensure_ascii=False).encode()


def join_label_studio_tasks(files: Iterable[bytes]) -> Iterator[bytes]:
    """Yield, in pieces, one JSON file of those of several pictures."""
    separator = b"["
    for file in files:
        yield separator + file.strip()[1:-1]
        separator = b",\n"
    yield b"]"


def label_studio_config(source: ExportSource) -> bytes:
    """Return the labelling interface for a project: its labels are those of the tasks."""
    view = ET.Element("View")
    ET.SubElement(view, "Image", name="image", value="$image", zoom="true")
    labels = ET.SubElement(view, "BrushLabels", name="label", toName="image")
    names = label_names(source.categories)
    for category in source.categories:
        ET.SubElement(
            labels, "Label", value=xml_text(names[category.id]), background=to_hex(category.color)
        )
    ET.indent(view)
    return ET.tostring(view, encoding="utf-8")


def brush_rle(mask: np.ndarray) -> list[int]:
    """Return a mask in Label Studio's run lengths.

    The bits of https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack, for the mask as
    an RGBA picture whose four channels are 255 in it and 0 elsewhere. Written here as the
    package that has it, label-studio-sdk, brings 33 others along.

    Args:
        mask: (H, W) bool.

    Returns:
        Bytes, 0..255.
    """
    flat = mask.ravel()
    starts = np.concatenate([[0], np.flatnonzero(flat[1:] != flat[:-1]) + 1])
    lengths = 4 * np.diff(np.append(starts, flat.size))
    # A run has 2^16 samples at most: longer ones are several.
    pieces = -(-lengths // 2**_RUN_BITS)
    samples = np.full(pieces.sum(), 2**_RUN_BITS)
    samples[pieces.cumsum() - 1] = lengths - (pieces - 1) * 2**_RUN_BITS
    values = np.where(flat[starts], 255, 0).repeat(pieces)
    # 1: a run; 11: its length has the fourth of the sizes; length - 1; value.
    runs = (0b111 << _RUN_BITS | samples - 1) << 8 | values
    head = [_bits(np.array([4 * flat.size]), 32), _bits(np.array([8 - 1]), 5)]
    head += [_bits(np.array([size - 1]), 4) for size in (3, 4, 8, _RUN_BITS)]
    return np.packbits(np.concatenate([*head, _bits(runs, 3 + _RUN_BITS + 8)])).tolist()


def _bits(numbers: np.ndarray, size: int) -> np.ndarray:
    """Return the bits of numbers one after the other, the highest first: (N * size,) uint8."""
    words = numbers.astype(">u4").view(np.uint8).reshape(-1, 4)
    return np.unpackbits(words, axis=1)[:, 32 - size :].ravel()


def _address(source: ExportSource) -> str:
    if source.image is None:
        return LOCAL_FILES + quote(source.file_name)
    encoded = base64.b64encode(encode_picture("picture.jpg", source.image)).decode("ascii")
    return f"data:image/jpeg;base64,{encoded}"
