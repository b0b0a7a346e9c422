"""Why this segment? What its query looked at, and what any point of the picture attends to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING, Any

import cv2
import gradio as gr
import numpy as np

from ...images.resize import shrink
from ...messages import UserError
from ...result.heatmaps import over_picture
from ...service import SegmentationRequest
from ..markup import bilingual, bilingual_pair
from ..scripts import bundle
from ..tabs.learn.explain import marked
from ..tabs.learn.figures import figure, row
from ..workspace import EVERY_ONE, NETWORK, QUIET, Workspace, known_view, require_view
from .result_panel import error_value, stage_value

if TYPE_CHECKING:
    from ...model.attention_record import AttentionRecord
    from ...result.panoptic import PanopticResult, Segment
    from ...result.predictions import QueryPredictions

logger = logging.getLogger(__name__)

_THUMBNAIL = 180
_SHOWN = 480


def build(workspace: Workspace) -> None:
    """Build the panel in the present context, below the viewer, and connect it."""
    panel = gr.HTML(
        "", js_on_load=bundle("ui/panel/why.js"), elem_id="why", apply_default_css=False
    )

    status = workspace.panel.status

    def explain(
        view: SegmentationRequest | None, shown: dict | None, event: gr.EventData
    ) -> Iterator[dict]:
        # The panel is below what was clicked, and empty: what is under way is told above.
        yield {status: stage_value("network", {})}
        yield {panel: _explain(workspace, known_view(view, shown), event.id, None), status: ""}

    def point(view: SegmentationRequest | None, shown: dict | None, event: gr.EventData) -> str:
        place = float(event.x), float(event.y)
        return _explain(workspace, known_view(view, shown), event.id, place)

    shared: dict[str, Any] = {
        **NETWORK,
        **EVERY_ONE,
        "show_progress": "minimal",
        "api_visibility": "private",
    }
    known = [workspace.view, workspace.shown]
    workspace.panel.viewer.segment_why(
        explain, known, [panel, status], show_progress_on=[status], **shared
    )
    panel.point(point, known, panel, **shared)
    # Another picture or another threshold: the answer would be about something else.
    for gone in (panel.leave, workspace.view.change):
        gone(lambda: "", None, panel, queue=False, **QUIET)


def _explain(
    workspace: Workspace,
    view: SegmentationRequest | None,
    segment_id: int,
    point: tuple[float, float] | None,
) -> str:
    try:
        outcome, predictions, record = workspace.service.explain(require_view(view))
        segments = {segment.id: segment for segment in outcome.result.segments}
        if segment_id not in segments:
            return ""
        if segments[segment_id].query < 0:
            return drawn_value(segments[segment_id])
        return why_value(
            outcome.image, outcome.result, predictions, record, segments[segment_id], point
        )
    except UserError as error:
        return error_value(error)
    except Exception:
        logger.exception("A segment could not be explained")
        return error_value(None)


def drawn_value(segment: Segment) -> str:
    """Return the panel's HTML for a segment that a person drew."""
    return f'{_head(segment)}<p class="hint">{bilingual("why_drawn")}</p></section>'


def _head(segment: Segment) -> str:
    english, spanish = segment.name("en"), segment.name("es")
    return (
        '<section class="why learn">'
        f"<header><h3>{bilingual_pair(f'Why {english}?', f'¿Por qué {spanish}?')}</h3>"
        f'<button type="button" class="close" aria-label="{escape("Close / Cerrar")}">×</button>'
        "</header>"
    )


def why_value(  # noqa: PLR0917 - all that is known of a picture
    image: np.ndarray,
    result: PanopticResult,
    predictions: QueryPredictions,
    record: AttentionRecord,
    segment: Segment,
    point: tuple[float, float] | None = None,
) -> str:
    """Return the panel's HTML for a segment, in both languages.

    Args:
        image: (H, W, 3) uint8 RGB.
        result: its panoptic result.
        predictions: what the network said of it.
        record: where the network looked.
        segment: one of the result's.
        point: (x, y) as fractions of the image, whose attention is shown; the segment's middle
            where there is none.
    """
    small = shrink(image, _SHOWN)
    cross = record.cross_attention[segment.query]
    of_mask = record.mask_attention[segment.query]
    place = np.flatnonzero(predictions.queries == segment.query)[0]
    raw = 1 / (1 + np.exp(-predictions.mask_logits[place]))
    return (
        _head(segment)
        + (f'<p class="hint">{bilingual("why_corrected")}</p>' if segment.hand_made else "")
        + f'<p class="hint">{bilingual("why_hint", count=len(record.boxes), query=segment.query)}'
        + "</p>"
        + row(
            figure(
                over_picture(small, cross.mean(axis=0)),
                (f"Where query {segment.query} looks", f"Adónde mira la consulta {segment.query}"),
            ),
            figure(
                over_picture(small, of_mask.sum(axis=0)),
                ("The mask head’s attention", "La atención de la cabeza de máscaras"),
            ),
            figure(
                _with_box(over_picture(small, raw), record.boxes[segment.query]),
                (
                    "Its mask before the argmax, and its box",
                    "Su máscara antes del argmax, y su caja",
                ),
            ),
            kind="three",
        )
        + _probabilities(record, segment)
        + _heads(small, cross, ("Each head of the query", "Cada cabeza de la consulta"))
        + _heads(
            small, of_mask, ("Each head of the mask head", "Cada mapa de la cabeza de máscaras")
        )
        + _points(small, result, record, segment, point)
        + "</section>"
    )


def _probabilities(record: AttentionRecord, segment: Segment) -> str:
    lines = []
    for category, probability in record.top_categories(segment.query):
        if category is None:
            names = ("no object", "ningún objeto")
        else:
            names = (category.name_en, category.name_es)
        lines.append(
            f'<li><span>{bilingual_pair(*names)}</span><i style="--share:{probability:.4f}"></i>'
            f"<b>{probability:.1%}</b></li>"
        )
    title = bilingual_pair("What it takes it for", "Lo que cree que es")
    return f'<h4>{title}</h4><ul class="shares">{"".join(lines)}</ul>'


def _heads(image: np.ndarray, maps: np.ndarray, title: tuple[str, str]) -> str:
    small = shrink(image, _THUMBNAIL)
    figures = [
        figure(over_picture(small, values), (str(head), str(head)))
        for head, values in enumerate(maps, start=1)
    ]
    summary = f"<summary>{bilingual_pair(*title)}</summary>"
    return f"<details>{summary}{row(*figures, kind='eight')}</details>"


def _points(
    image: np.ndarray,
    result: PanopticResult,
    record: AttentionRecord,
    segment: Segment,
    point: tuple[float, float] | None,
) -> str:
    if point is None:
        x, y, width, height = segment.bbox
        rows, columns = result.segment_ids.shape
        point = (x + width / 2) / columns, (y + height / 2) / rows
    x, y = (min(max(value, 0.0), 1.0) for value in point)
    cell = record.cell(x, y)
    place = x * image.shape[1], y * image.shape[0]
    from_there, to_there = (
        marked(over_picture(image, values.mean(axis=0)), *place)
        for values in (record.from_point(*cell), record.to_point(*cell))
    )
    pointable = (
        f'<div class="pointable" tabindex="0" role="application" data-segment="{segment.id}" '
        f'aria-label="x {x:.0%}, y {y:.0%}">'
        f"{figure(image, ('Choose a point', 'Elija un punto'))}"
        f'<i class="sight" style="left:{x:.1%};top:{y:.1%}"></i></div>'
    )
    # The figure's caption would count as picture: it stands apart.
    pointable = pointable.replace("<figcaption>", '<figcaption hidden="">')
    return (
        f'<h4>{bilingual("why_point")}</h4><p class="hint">{bilingual("why_point_hint")}</p>'
        + row(
            pointable,
            figure(from_there, ("Where this point looks", "Adónde mira este punto")),
            figure(to_there, ("Who looks at this point", "Quién mira este punto")),
            kind="three",
        )
    )


def _with_box(picture: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Draw a box, (center x, center y, width, height) in fractions; return the same picture."""
    height, width = picture.shape[:2]
    x, y, box_width, box_height = (float(value) for value in box)
    corners = (
        (round((x - box_width / 2) * width), round((y - box_height / 2) * height)),
        (round((x + box_width / 2) * width), round((y + box_height / 2) * height)),
    )
    cv2.rectangle(picture, *corners, (255, 255, 255), 2, cv2.LINE_AA)
    return picture
