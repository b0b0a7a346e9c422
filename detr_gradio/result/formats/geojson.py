"""Polygons as GeoJSON has them (RFC 7946), but in pixels: for all that reads outlines."""

from __future__ import annotations

import json

import numpy as np

from .outlines import edge_polygons, require_outlines
from .source import ExportSource


def geojson_file(source: ExportSource) -> bytes:
    """Return the file of one picture: one feature a segment, with its parts and their holes.

    Coordinates are pixels from the upper left corner, y downwards; pixel (0, 0) is the square from
    0 to 1. Exact: the pixels inside are those of the segment.

    Raises:
        UserError: it has too many parts.
    """
    require_outlines(source.result.segment_ids)
    features = []
    for segment in source.result.segments:
        corner = np.array(segment.bbox[:2])
        polygons = [
            [_closed(ring + corner) for ring in rings]
            for rings in edge_polygons(source.crop(segment))
        ]
        properties = {
            "id": segment.id,
            "name": segment.name(),
            "category_id": segment.category_id,
            "category": segment.category.name,
            "is_thing": segment.is_thing,
            "score": round(segment.score, 4),
            "hand_made": segment.hand_made,
            "area": segment.area,
            "color": list(segment.category.color),
        }
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "MultiPolygon", "coordinates": polygons},
                "properties": properties,
            }
        )
    width, height = source.size
    document = {
        "type": "FeatureCollection",
        "image": {"file_name": source.file_name, "width": width, "height": height},
        "features": features,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _closed(ring: np.ndarray) -> list[list[int]]:
    return [*ring.tolist(), ring[0].tolist()]
