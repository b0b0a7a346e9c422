"""CVAT for images 1.1: one XML file.

https://docs.cvat.ai/docs/manual/advanced/formats/format-cvat
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

import numpy as np

from ..palette import to_hex
from .source import ExportSource, label_names, xml_text


def cvat_file(source: ExportSource) -> bytes:
    """Return the XML file of one picture. Exact: each segment is the mask in its box."""
    width, height = source.size
    names = {id_: xml_text(name) for id_, name in label_names(source.categories).items()}
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    labels = ET.SubElement(ET.SubElement(ET.SubElement(root, "meta"), "task"), "labels")
    for category in source.categories:
        label = ET.SubElement(labels, "label")
        ET.SubElement(label, "name").text = names[category.id]
        ET.SubElement(label, "color").text = to_hex(category.color)
        ET.SubElement(label, "attributes")
    image = ET.SubElement(
        root, "image", id="0", name=xml_text(source.file_name), width=str(width), height=str(height)
    )
    for segment in source.result.segments:
        left, top, box_width, box_height = map(str, segment.bbox)
        ET.SubElement(
            image,
            "mask",
            label=names[segment.category_id],
            source="manual" if segment.hand_made else "auto",
            occluded="0",
            rle=", ".join(map(str, _run_lengths(source.crop(segment)))),
            left=left,
            top=top,
            width=box_width,
            height=box_height,
            z_order="0",
        )
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def join_cvat_files(files: Iterable[bytes]) -> Iterator[bytes]:
    """Yield, in pieces, one XML file of those of several pictures, numbered from 0 on."""
    for number, file in enumerate(files):
        root = ET.fromstring(file)
        image = root.find("image")
        assert image is not None
        if number == 0:
            root.remove(image)
            head = ET.tostring(root, encoding="utf-8", xml_declaration=True)
            yield head.removesuffix(b"</annotations>")
        image.set("id", str(number))
        yield ET.tostring(image, encoding="utf-8")
    yield b"</annotations>"


def _run_lengths(mask: np.ndarray) -> list[int]:
    """Return how long the runs of a mask are, row by row, out of it and in it by turns."""
    flat = np.concatenate([[False], mask.ravel()])
    starts = np.flatnonzero(flat[1:] != flat[:-1])
    return np.diff(np.concatenate([[0], starts, [mask.size]])).tolist()
