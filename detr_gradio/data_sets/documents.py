"""The JSON file of a data set: what is wrong in it, and what of it can be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ..checkpoints.categories import is_entry
from ..result.categories import clean_name
from .faults import Fault

Entry = dict[str, Any]
LISTS = ("images", "annotations", "categories")
"""What a file in one of COCO's formats has."""

_TOLD = 60  # characters of what was said


@dataclass(frozen=True)
class Document:
    """The good part of a COCO panoptic file.

    Attributes:
        images: entries whose ids are their own.
        annotations: by image id.
        categories: by id.
    """

    images: list[Entry]
    annotations: dict[int, Entry]
    categories: dict[int, Entry]


def check_document(content: Any, file: str) -> tuple[Document | None, list[Fault]]:
    """Return the usable part of a file's contents, None where there is none; and its faults."""
    for key in LISTS:
        if not isinstance(content, dict) or not isinstance(content.get(key), list):
            return None, [Fault("not_panoptic", file, {"said": key})]
    faults: list[Fault] = []
    categories = _categories(content["categories"], file, faults)
    images = _images(content["images"], file, faults)
    annotations = _annotations(content["annotations"], images, file, faults)
    return Document(list(images.values()), annotations, categories), faults


def _categories(listed: list, file: str, faults: list[Fault]) -> dict[int, Entry]:
    categories: dict[int, Entry] = {}
    named: dict[tuple, int] = {}
    for entry in listed:
        category_id = entry.get("id") if isinstance(entry, dict) else None
        if type(category_id) is not int:
            faults.append(Fault("category_id", file, {"said": _told(category_id)}))
            continue
        if category_id in categories:
            faults.append(Fault("category_twice", file, {"id": category_id}))
            continue
        categories[category_id] = entry
        name, kind = entry.get("name"), entry.get("isthing")
        named_well = isinstance(name, str) and bool(name) and clean_name(name) == name
        if not named_well:
            faults.append(Fault("category_name", file, {"id": category_id}))
        if kind not in (0, 1):
            faults.append(Fault("category_kind", file, {"id": category_id}))
        elif named_well and (other := named.setdefault((name, kind), category_id)) != category_id:
            values = {"id": category_id, "other": other, "said": name}
            faults.append(Fault("category_name_twice", file, values))
        elif named_well and not is_entry(entry):  # it becomes one of the checkpoint's
            faults.append(Fault("category_entry", file, {"id": category_id}))
    return categories


def _images(listed: list, file: str, faults: list[Fault]) -> dict[int, Entry]:
    images: dict[int, Entry] = {}
    files: dict[str, int] = {}
    if not listed:
        faults.append(Fault("no_images", file))
    for entry in listed:
        image_id = entry.get("id") if isinstance(entry, dict) else None
        if type(image_id) is not int or image_id < 0:
            faults.append(Fault("image_id", file, {"said": _told(image_id)}))
        elif image_id in images:
            faults.append(Fault("image_twice", file, {"id": image_id}))
        elif not _is_name(entry.get("file_name")):
            faults.append(Fault("name", file, {"said": _told(entry.get("file_name"))}))
        else:
            images[image_id] = entry
            other = files.setdefault(entry["file_name"], image_id)
            if other != image_id:
                values = {"id": other, "other": image_id}
                faults.append(Fault("name_twice", entry["file_name"], values))
    return images


def _annotations(
    listed: list, images: dict[int, Entry], file: str, faults: list[Fault]
) -> dict[int, Entry]:
    annotations: dict[int, Entry] = {}
    files: dict[str, int] = {}
    for entry in listed:
        image_id = entry.get("image_id") if isinstance(entry, dict) else None
        if type(image_id) is not int or image_id not in images:
            faults.append(Fault("annotation_no_image", file, {"id": _told(image_id)}))
        elif image_id in annotations:
            faults.append(Fault("annotation_twice", file, {"id": image_id}))
        elif not _is_name(entry.get("file_name")):
            faults.append(Fault("name", file, {"said": _told(entry.get("file_name"))}))
            annotations[image_id] = {}
        else:
            other = files.setdefault(entry["file_name"], image_id)
            if other != image_id:
                values = {"id": other, "other": image_id}
                faults.append(Fault("png_twice", entry["file_name"], values))
            infos = entry.get("segments_info")
            infos = infos if isinstance(infos, list) else []
            good = [info for info in infos if _is_segment(info)]
            faults += [
                Fault("segment_entry", entry["file_name"], {"said": _told(info)})
                for info in infos
                if not _is_segment(info)
            ]
            if not infos:
                faults.append(Fault("no_segments", entry["file_name"]))
            annotations[image_id] = {**entry, "segments_info": good}
    missing = [image_id for image_id in images if image_id not in annotations]
    faults += [Fault("image_no_annotation", file, {"id": image_id}) for image_id in missing]
    return {image_id: entry for image_id, entry in annotations.items() if entry}


def _is_segment(info: Any) -> bool:
    """Whether it has what a segment is told by, of the right kinds, whatever the values."""
    if not isinstance(info, dict):
        return False
    box = info.get("bbox")
    numbers: Iterable[object] = [info.get("area"), *(box if isinstance(box, list) else [])]
    return (
        all(type(info.get(key)) is int for key in ("id", "category_id"))
        and isinstance(box, list)
        and len(box) == 4
        and all(type(number) in (int, float) for number in numbers)
    )


def _is_name(name: object) -> bool:
    """Whether it is the name of a file within a folder."""
    if not isinstance(name, str) or not name or "\0" in name or "\\" in name:
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts


def _told(value: object) -> str:
    return repr(value)[:_TOLD]
