"""The panoptic viewer: a picture, its map and its legend, all of it answering in the browser."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import gradio as gr
import numpy as np

from ...result.options import MIN_THRESHOLD
from ...result.palette import to_hex
from ...result.panoptic import PanopticResult, Segment
from ..files import serve_bytes
from ..markup import jpeg_bytes, jpeg_data_url
from ..scripts import bundle
from .maps import map_value, reduced_ids, reduced_size
from .strings import STRINGS, by_language, strings_in

PICTURE_PIXELS = 2_000_000
"""The browser gets a picture of at most so many pixels, whatever the size of the original."""

PICTURE_QUALITY = 90
"""Of the JPEG, 1..95."""

ACTIONS = ("why", "cutout", "rle", "correct")
"""What an app may offer for a segment, or for all of them; each has events of its own."""

_HERE = Path(__file__).parent
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@cache
def _read(name: str) -> str:
    """Return a file without comments; kept, since Gradio makes a viewer for each visitor."""
    return _COMMENT.sub("", (_HERE / name).read_text(encoding="utf-8"))


class PanopticViewer(gr.HTML):
    """Shows a picture and its result; hovering, zooming and filtering need no server.

    Its value is what ``viewer_value`` or ``viewer_hint`` returns, or a pair: the picture, (H, W, 3)
    uint8 RGB, and its ``PanopticResult``. None shows the English hint.

    Events, for ``viewer.<event>(fn, ...)`` with an ``event: gr.EventData`` argument in ``fn``:
        segment_select: a segment was locked or freed. ``event.id`` is its id, None when freed.
        segment_cutout: the cut-out of ``event.id`` was asked for (only with that action).
        segment_rle: the mask of ``event.id`` is to be copied (likewise).
        segment_why: an explanation of ``event.id`` was asked for (only with that action).
        correction_start: the result is to be corrected (only with the action "correct"): the next
            value needs a part ``correct``, which ``correction.correction_value`` makes.
        correction_change: ``event.path`` is the file of what has been made of the result, for
            ``result.corrections.corrected``, None for the network's answer; ``event.done`` says
            whether the corrected result is to be shown. While it is False, the viewer shows it
            already. The page tells ``window.detr.corrected()`` when it has been taken.
        threshold_change: ``event.threshold`` was asked for. The next one is told once the answer to
            this one is on show, so that a drag asks no more often than it is answered.

    The root element, ``.panoptic-viewer``, tells its state in data attributes: ``data-state``
    (empty, loading, ready, nothing or error), ``data-view``, ``data-hovered``, ``data-locked``
    (segment ids, or empty), ``data-zoom`` (1 is the whole picture) and ``data-hidden`` (ids).

    Args:
        value: what ``viewer_value`` or ``viewer_hint`` returns; None shows the English hint.
        **kwargs: other arguments of ``gr.HTML``, such as ``elem_id`` or ``visible``.
    """

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template=_read("template.html"),
            css_template=_read("style.css"),
            js_on_load=_script(),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: Any) -> str:
        """Return the value as JSON; a pair and None become one first.

        A text and no object: of a generator's outputs Gradio sends the differences, and its browser
        part changes the object that is on show.
        """
        if isinstance(value, tuple):
            value = viewer_value(*value)
        value = viewer_hint() if value is None else value
        return json.dumps(value, ensure_ascii=False)


def viewer_hint(language: str = "en", hint: str | None = None) -> dict[str, Any]:
    """Value of a viewer without a picture.

    Args:
        language: "en" or "es".
        hint: plain text to show instead of the viewer's own.
    """
    return {"language": language, "hint": hint or strings_in(language)["hint"]}


def viewer_value(
    image: np.ndarray,
    result: PanopticResult,
    language: str = "en",
    *,
    title: str | None = None,
    actions: Collection[str] = (),
    as_file: bool = False,
    picture: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Everything the browser needs to show a result, as JSON.

    Args:
        image: (H, W, 3) uint8, upright RGB.
        result: the panoptic result of that image.
        language: "en" or "es".
        title: name of the checkpoint as people know it; its technical name if not given.
        actions: which of ``ACTIONS`` are offered for each segment.
        as_file: whether the picture becomes a file that the browser loads once, however often its
            result changes; else it travels with the value.
        picture: where the browser finds the picture already, as {"address": ...}.

    Returns:
        A dict with ``image`` (a ``path`` on the server, an ``address``, or a data ``url``),
        ``ids`` (the map, as ``maps.map_value`` returns it), ``segments``, ``facts`` and
        ``language``.

    Raises:
        ValueError: if image and result differ in size, or an action is unknown.
    """
    height, width = result.segment_ids.shape
    if image.shape[:2] != (height, width):
        raise ValueError(f"image is {image.shape[:2]}, the result is {(height, width)}")
    if unknown := set(actions) - set(ACTIONS):
        raise ValueError(f"unknown actions: {sorted(unknown)}")
    # A person sees, and draws, more than the network.
    by_hand = any(segment.hand_made for segment in result.segments)
    ids = reduced_ids(result.segment_ids, (height, width) if by_hand else result.input_size)
    scale = (width / ids.shape[1], height / ids.shape[0])
    segments = [
        {**_describe(segment, language), **_label_place(ids, segment, scale)}
        for segment in result.segments
    ]
    return {
        "language": language,
        "width": width,
        "height": height,
        "image": picture or _picture(image, as_file),
        "ids": map_value(ids),
        "segments": segments,
        "facts": _facts(result, title),
        "actions": [action for action in ACTIONS if action in actions],
    }


@cache
def _script() -> str:
    """The viewer's script with its words in all languages: a value is sent often."""
    texts = json.dumps(by_language(STRINGS), ensure_ascii=False)
    return bundle("ui/viewer/script.js").replace("TEXTS", texts)


def _picture(image: np.ndarray, as_file: bool) -> dict[str, Any]:
    small = _reduced(image, PICTURE_PIXELS)
    if not as_file:
        return {"url": jpeg_data_url(small, PICTURE_QUALITY)}
    return {"path": serve_bytes(jpeg_bytes(small, PICTURE_QUALITY), "picture.jpg")}


def _describe(segment: Segment, language: str) -> dict[str, Any]:
    return {
        "id": segment.id,
        "number": segment.number,
        "name": segment.name(language),
        "label": segment.category.name_in(language),
        "category_id": segment.category_id,
        "query": segment.query,
        "hand_made": segment.hand_made,
        "is_thing": segment.is_thing,
        "score": float(segment.score),
        "area": int(segment.area),
        "area_fraction": float(segment.area_fraction),
        "bbox": [int(side) for side in segment.bbox],
        "color": to_hex(segment.category.segment_color(segment.number)),
        "category_color": to_hex(segment.category.color),
    }


def _label_place(
    ids: np.ndarray, segment: Segment, scale: tuple[float, float]
) -> dict[str, list[float] | float]:
    """Centre and radius of a largest circle inside the segment, in pixels of the image."""
    x, y, width, height = segment.bbox
    left, top = int(x / scale[0]), int(y / scale[1])
    right, bottom = int(np.ceil((x + width) / scale[0])), int(np.ceil((y + height) / scale[1]))
    inside = (ids[top:bottom, left:right] == segment.id).astype(np.uint8)
    if not inside.any():  # too small for the reduced map
        return {"anchor": [x + width / 2, y + height / 2], "radius": 0.0}
    distance = cv2.distanceTransform(np.pad(inside, 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    # Of the places about as far from the edge, the middle one: labels of long shapes are centred.
    far = np.argwhere(distance > 0.95 * distance.max())
    row, column = far[np.abs(far - far.mean(axis=0)).sum(axis=1).argmin()]
    return {
        "anchor": [(left + int(column) + 0.5) * scale[0], (top + int(row) + 0.5) * scale[1]],
        "radius": float(distance[row, column]) * min(scale),
    }


def _facts(result: PanopticResult, title: str | None) -> dict[str, Any]:
    lower = max(MIN_THRESHOLD, round(result.threshold - 0.15, 2))
    return {
        "checkpoint": title or result.checkpoint,
        "seconds": float(sum(result.timings.values())),
        "input_width": int(result.input_size[1]),
        "input_height": int(result.input_size[0]),
        "threshold": float(result.threshold),
        "method": result.method,
        "lower_threshold": lower if lower < result.threshold else None,
        "void_fraction": max(0.0, 1.0 - sum(segment.area_fraction for segment in result.segments)),
    }


def _reduced(image: np.ndarray, pixels: int) -> np.ndarray:
    size = reduced_size(image.shape, pixels)
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA) if size else image
