"""A result as a piece of HTML that answers without scripts or a server, as notebooks show it."""

from __future__ import annotations

import base64
import uuid
from html import escape
from typing import TYPE_CHECKING

import cv2
import numpy as np

from .formats.outlines import edge_polygons
from .palette import to_hex
from .pictures import encode_picture

if TYPE_CHECKING:
    from .panoptic import PanopticResult

MAX_SIDE = 640
"""The longer side of the picture in pixels; larger results are reduced."""

_STYLE = """
#{id} {{ display: flex; flex-wrap: wrap; gap: 12px; margin: 0; font: 13px sans-serif; }}
#{id} svg {{ max-width: 100%; height: auto; }}
#{id} path {{ fill-opacity: {opacity}; }}
#{id} path:hover {{ fill-opacity: .85; stroke: #fff; stroke-width: 2; }}
#{id} ul {{ list-style: none; margin: 0; padding: 0; }}
#{id} li {{ padding: 1px 6px; }}
#{id} i {{ display: inline-block; width: 11px; height: 11px; margin-right: 6px; }}
"""


def result_html(result: PanopticResult, image: np.ndarray | None = None) -> str:
    """Return a picture of a result and its legend; each lights up where the other is hovered.

    Args:
        result: what is shown.
        image: (H, W, 3) uint8 RGB, the picture beneath; without it the colours stand alone.

    Raises:
        ValueError: image and result differ in size.
    """
    if image is not None and image.shape[:2] != result.segment_ids.shape:
        raise ValueError(f"image is {image.shape[:2]}, the result {result.segment_ids.shape}")
    height, width = result.segment_ids.shape
    factor = min(1.0, MAX_SIDE / max(height, width))
    size = max(1, round(width * factor)), max(1, round(height * factor))
    ids = cv2.resize(
        result.segment_ids.astype(np.uint16), size, interpolation=cv2.INTER_NEAREST_EXACT
    )
    name = f"detr-{uuid.uuid4().hex[:12]}"  # several results may stand on one page
    style = _STYLE.format(id=name, opacity=1 if image is None else 0.45)
    paths, rows = [], []
    for segment in result.segments:
        color = to_hex(segment.category.segment_color(segment.number))
        words = escape(f"{segment.name()} {segment.confidence}, {segment.area_fraction:.1%}")
        path = "".join(
            f"M{'L'.join(f'{x} {y}' for x, y in ring.tolist())}Z"
            for rings in edge_polygons(ids == segment.id)
            for ring in rings
        )
        paths.append(
            f'<path class="s{segment.id}" fill="{color}" fill-rule="evenodd" d="{path}">'
            f"<title>{words}</title></path>"
        )
        rows.append(f'<li class="s{segment.id}"><i style="background:{color}"></i>{words}</li>')
        style += (
            f"#{name}:has(li.s{segment.id}:hover) path.s{segment.id} "
            "{ fill-opacity: .85; stroke: #fff; stroke-width: 2; }\n"
            f"#{name}:has(path.s{segment.id}:hover) li.s{segment.id} {{ font-weight: bold; }}\n"
        )
    picture = "" if image is None else _picture(image, size)
    return (
        f'<figure id="{name}"><style>{style}</style>'
        f'<svg viewBox="0 0 {size[0]} {size[1]}" width="{size[0]}" height="{size[1]}" role="img" '
        f'aria-label="{escape(repr(result))}">{picture}{"".join(paths)}</svg>'
        f"<ul>{''.join(rows)}</ul></figure>"
    )


def _picture(image: np.ndarray, size: tuple[int, int]) -> str:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    encoded = base64.b64encode(encode_picture("picture.jpg", small)).decode("ascii")
    return f'<image width="{size[0]}" height="{size[1]}" href="data:image/jpeg;base64,{encoded}"/>'
