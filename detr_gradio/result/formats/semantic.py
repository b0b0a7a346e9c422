"""A semantic map: a PNG whose pixels are numbers of categories, and the table of these numbers."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ..palette import to_hex
from ..tables import CSV_ENCODING, table_csv
from .source import ExportSource, label_names


def semantic_png(source: ExportSource) -> bytes:
    """Return the map of one picture: 0 is void, and n is the n-th line of ``semantic_table``.

    8 bits with the categories' colours as palette; 16 bits and grey for more than 255 categories.
    """
    numbers = {category.id: n for n, category in enumerate(source.categories, start=1)}
    by_segment = [0, *(numbers[segment.category_id] for segment in source.result.segments)]
    values = np.array(by_segment, np.uint16)[source.result.segment_ids]
    if len(numbers) > 255:
        picture = Image.fromarray(values)
    else:
        picture = Image.fromarray(values.astype(np.uint8), "P")
        colors = [(0, 0, 0), *(category.color for category in source.categories)]
        picture.putpalette(np.array(colors, np.uint8).tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def semantic_table(source: ExportSource) -> bytes:
    """Return the table as CSV: value, category id, name, 1 for a thing or 0, and colour."""
    names = label_names(source.categories)
    rows = [
        [n, category.id, names[category.id], int(category.is_thing), to_hex(category.color)]
        for n, category in enumerate(source.categories, start=1)
    ]
    header = ["value", "category_id", "name", "isthing", "color"]
    return table_csv(header, [[0, 0, "void", 0, "#000000"], *rows]).encode(CSV_ENCODING)
