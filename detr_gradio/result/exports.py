"""Files of a result, in formats that other tools read.

COCO panoptic (https://cocodataset.org/#format-data): a PNG whose pixels are segment ids, written as
R + 256 G + 65536 B, and a JSON file beside it. Masks one by one: COCO's compressed run lengths.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

import numpy as np
from pycocotools import mask as coco_mask

from .categories import KIND_NAMES, Categories
from .formats.source import hand_made_mark
from .palette import to_hex
from .panoptic import PanopticResult
from .render import segment_colors
from .tables import table_csv

_CSV_HEADERS = {
    "id": {"en": "segment", "es": "segmento"},
    "name": {"en": "name", "es": "nombre"},
    "number": {"en": "number", "es": "número"},
    "kind": {"en": "kind", "es": "tipo"},
    "score": {"en": "confidence", "es": "confianza"},
    "area": {"en": "pixels", "es": "píxeles"},
    "area_fraction": {"en": "share of the image", "es": "parte de la imagen"},
    "x": {"en": "x", "es": "x"},
    "y": {"en": "y", "es": "y"},
    "width": {"en": "width", "es": "ancho"},
    "height": {"en": "height", "es": "alto"},
    "color": {"en": "colour", "es": "color"},
    "category_id": {"en": "{source} id", "es": "id de {source}"},
    "category": {"en": "{source} name", "es": "nombre en {source}"},
    "hand_made": {"en": "by hand", "es": "a mano"},
}


def coco_panoptic(
    result: PanopticResult, image_id: int, file_name: str
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return a result as COCO panoptic writes it.

    Args:
        result: of one image.
        image_id: COCO's id of the image.
        file_name: of the image; the PNG gets the same one with the ending ".png".

    Returns:
        (H, W, 3) uint8 RGB array with the ids, 0 for void; the entry of ``annotations``.
    """
    segments = [
        {
            "id": segment.id,
            "category_id": segment.category_id,
            "area": segment.area,
            "bbox": list(segment.bbox),
            "iscrowd": 0,
            **hand_made_mark(segment),
        }
        for segment in result.segments
    ]
    annotation = {
        "image_id": image_id,
        "file_name": PurePath(file_name).with_suffix(".png").name,
        "segments_info": segments,
    }
    return ids_to_rgb(result.segment_ids), annotation


def ids_to_rgb(ids: np.ndarray) -> np.ndarray:
    """Return (H, W) ids below 2^24 as (H, W, 3) uint8 R + 256 G + 65536 B."""
    parts = np.ascontiguousarray(ids, "<i4").view(np.uint8).reshape(*ids.shape, 4)
    return parts[:, :, :3].copy()


def coco_image(result: PanopticResult, image_id: int, file_name: str) -> dict[str, Any]:
    """Return the entry of ``images`` for a result."""
    height, width = result.segment_ids.shape
    return {"id": image_id, "file_name": file_name, "width": width, "height": height}


def coco_dataset(
    images: Iterable[dict[str, Any]],
    annotations: Iterable[dict[str, Any]],
    categories: Categories,
    description: str = "Panoptic segmentation by DETR",
) -> dict[str, Any]:
    """Return a complete COCO panoptic JSON document with all categories of a table."""
    listed = [
        {
            "id": category.id,
            "name": category.name,
            "supercategory": category.supercategory,
            "isthing": int(category.is_thing),
            "color": list(category.source_color),
        }
        for category in categories.table
    ]
    return {
        "info": {"description": description},
        "licenses": [],
        "images": list(images),
        "annotations": list(annotations),
        "categories": listed,
    }


def coco_document(
    result: PanopticResult, image_id: int, *, image_name: str, png_name: str
) -> dict[str, Any]:
    """Return the COCO panoptic JSON document of one image.

    Args:
        result: of the image.
        image_id: COCO's id of the image.
        image_name: of the image's file.
        png_name: of the file with the picture that ``coco_panoptic`` returns.
    """
    _, annotation = coco_panoptic(result, image_id, png_name)
    return coco_dataset([coco_image(result, image_id, image_name)], [annotation], result.categories)


def segments_json(result: PanopticResult) -> dict[str, Any]:
    """Return everything about a result as one JSON document.

    Masks are COCO's compressed run lengths: ``pycocotools.mask.decode(segment["rle"])`` reads them.
    """
    height, width = result.segment_ids.shape
    segments = [
        {
            "id": segment.id,
            "category_id": segment.category_id,
            "category": segment.category.name,
            "label": segment.label,
            "number": segment.number,
            "is_thing": segment.is_thing,
            "score": round(segment.score, 4),
            "area": segment.area,
            "area_fraction": round(segment.area_fraction, 6),
            "bbox": list(segment.bbox),
            "query": segment.query,
            **hand_made_mark(segment),
            "rle": rle,
        }
        for segment, rle in zip(result.segments, segment_rles(result), strict=True)
    ]
    return {
        "width": width,
        "height": height,
        "checkpoint": result.checkpoint,
        "threshold": result.threshold,
        "method": result.method,
        "timings": {name: round(seconds, 4) for name, seconds in result.timings.items()},
        "void_area": result.void_area,
        "segments": segments,
    }


def segment_rle(result: PanopticResult, segment_id: int) -> dict[str, Any]:
    """Return the mask of a segment as COCO's compressed run lengths: ``size`` and ``counts``.

    ``pycocotools.mask.decode`` reads them; nothing where there is no such segment.
    """
    return _mask_rle(_columns(result), segment_id)


def segment_rles(result: PanopticResult) -> list[dict[str, Any]]:
    """Return the masks of all segments, in their order, each as ``segment_rle`` does."""
    columns = _columns(result)
    return [_mask_rle(columns, segment.id) for segment in result.segments]


def _columns(result: PanopticResult) -> np.ndarray:
    # Run lengths go down the columns; one transposition serves all masks.
    return np.ascontiguousarray(result.segment_ids.T)


def _mask_rle(columns: np.ndarray, segment_id: int) -> dict[str, Any]:
    rle = coco_mask.encode((columns == segment_id).view(np.uint8).T)
    return {"size": rle["size"], "counts": rle["counts"].decode("ascii")}


def legend_rows(result: PanopticResult, language: str = "en") -> list[dict[str, Any]]:
    """Return one row a segment, largest first: id, name, number, kind, score, area and so on.

    ``name`` ("car 1") and ``kind`` are in the language ("en" or "es"); ``color`` is "#rrggbb";
    ``hand_made`` is 1 where a person has changed or drawn the segment, else 0.
    """
    colors = segment_colors(result)
    return [
        {
            "id": segment.id,
            "name": segment.name(language),
            "number": segment.number,
            "kind": _in_language(KIND_NAMES["thing" if segment.is_thing else "stuff"], language),
            "score": round(segment.score, 4),
            "area": segment.area,
            "area_fraction": round(segment.area_fraction, 6),
            **dict(zip(("x", "y", "width", "height"), segment.bbox, strict=True)),
            "color": to_hex(colors[segment.id]),
            "category_id": segment.category_id,
            "category": segment.category.name,
            "hand_made": int(segment.hand_made),
        }
        for segment in result.segments
    ]


def legend_csv(result: PanopticResult, language: str = "en") -> str:
    """Return the legend as a table with a header in the language, lines ended by CR LF."""
    source = result.categories.source_in(language)
    header = [_in_language(titles, language) for titles in _CSV_HEADERS.values()]
    header = [title.format(source=source) for title in header]
    rows = legend_rows(result, language)
    return table_csv(header, ([row[key] for key in _CSV_HEADERS] for row in rows))


def _in_language(texts: dict[str, str], language: str) -> str:
    return texts.get(language, texts["en"])
