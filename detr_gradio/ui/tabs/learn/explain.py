"""The user's own picture on its way through the network: a figure for each step."""

from __future__ import annotations

from functools import partial

import cv2
import numpy as np

from ....model.attention_record import AttentionRecord
from ....result.heatmaps import colored, over_picture
from ....result.labels import label_point
from ....result.panoptic import PanopticResult, Segment
from ....result.predictions import QueryPredictions
from ....result.render import overlay, panoptic_map, segment_colors
from .figures import figure, row

SHOWN_QUERIES = 3


def step_figures(
    image: np.ndarray,
    result: PanopticResult,
    predictions: QueryPredictions,
    record: AttentionRecord,
) -> dict[str, str]:
    """Return the HTML of each step's figures.

    Args:
        image: (H, W, 3) uint8 RGB.
        result: its panoptic result.
        predictions: what the network said of it.
        record: where the network looked.
    """
    shown = _largest_segments(result)
    return {
        "picture": _picture(image, predictions),
        "features": _features(record),
        "encoder": _encoder(image, result, record, shown),
        "decoder": _decoder(image, record, shown),
        "boxes": _boxes(image, result, record),
        "masks": _masks(image, predictions, shown),
        "panoptic": _panoptic(image, result),
    }


def task_figures(image: np.ndarray, result: PanopticResult, *, of_page: bool = False) -> str:
    """Return the HTML of one picture as semantic, instance and panoptic segmentation see it.

    Args:
        image: (H, W, 3) uint8 RGB.
        result: its panoptic result.
        of_page: as for ``figure``.
    """
    shown = partial(figure, of_page=of_page)
    panoptic = panoptic_map(result)
    things = [segment.id for segment in result.segments if segment.is_thing]
    instance = panoptic.copy()
    instance[~np.isin(result.segment_ids, things)] = (128, 128, 128)
    categories = len({segment.category_id for segment in result.segments})
    segments = len(result.segments)
    return row(
        shown(image, ("The picture", "La imagen")),
        shown(
            panoptic_map(result, color_by="category"),
            (
                f"Semantic: {categories} categories, nothing is counted",
                f"Semántica: {categories} categorías, nada se cuenta",
            ),
        ),
        shown(
            instance,
            (
                f"Instance: {len(things)} things, stuff is ignored",
                f"De instancias: {len(things)} cosas, la materia se ignora",
            ),
        ),
        shown(
            panoptic,
            (
                f"Panoptic: {segments} segments, each pixel in one",
                f"Panóptica: {segments} segmentos, cada píxel en uno",
            ),
        ),
    )


def _largest_segments(result: PanopticResult) -> list[Segment]:
    """The largest segments, things first."""
    return sorted(result.segments, key=lambda s: (not s.is_thing, -s.area))[:SHOWN_QUERIES]


def _picture(image: np.ndarray, predictions: QueryPredictions) -> str:
    height, width = predictions.input_size
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    facts = f"{image.shape[1]} × {image.shape[0]} px → 3 × {height} × {width}"
    return row(figure(small, ("The network’s input", "La entrada de la red"), facts), kind="single")


def _features(record: AttentionRecord) -> str:
    figures = []
    for stage, (energy, channels) in enumerate(
        zip(record.features, record.channels, strict=True), start=1
    ):
        # A few very strong cells would leave the rest black.
        shares = energy / max(float(np.percentile(energy, 99)), 1e-9)
        enlarged = cv2.resize(
            colored(np.clip(shares, 0, 1)), None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST
        )
        height, width = energy.shape
        title = (f"Stage {stage}: energy", f"Etapa {stage}: energía")
        figures.append(figure(enlarged, title, f"{channels} × {height} × {width}"))
    return row(*figures)


def _encoder(
    image: np.ndarray, result: PanopticResult, record: AttentionRecord, shown: list[Segment]
) -> str:
    if not shown:
        return ""
    segment = shown[0]
    x, y = label_point(result, segment.id)
    cell = record.cell(x / image.shape[1], y / image.shape[0])
    english, spanish = segment.name("en"), segment.name("es")
    looks, looked_at = (
        marked(over_picture(image, values.mean(axis=0)), x, y)
        for values in (record.from_point(*cell), record.to_point(*cell))
    )
    height, width = record.grid
    facts = f"{height} × {width} = {height * width} tokens"
    return row(
        figure(
            looks,
            (f"Where the point on {english} looks", f"Adónde mira el punto en {spanish}"),
            facts,
        ),
        figure(looked_at, ("Who looks at the point", "Quién mira ese punto")),
        kind="three",
    )


def _decoder(image: np.ndarray, record: AttentionRecord, shown: list[Segment]) -> str:
    return row(
        *(
            figure(
                over_picture(image, record.cross_attention[segment.query].mean(axis=0)),
                (
                    f"Query {segment.query}: {segment.name('en')}",
                    f"Consulta {segment.query}: {segment.name('es')}",
                ),
            )
            for segment in shown
        ),
        kind="three",
    )


def _boxes(image: np.ndarray, result: PanopticResult, record: AttentionRecord) -> str:
    canvas = (image * 0.55).astype(np.uint8)
    height, width = image.shape[:2]
    line = max(1, round(max(height, width) / 400))
    colors = segment_colors(result)
    kept = {segment.query: colors[segment.id] for segment in result.segments}
    # The ones that found something last, so that they lie on top.
    for query in sorted(range(len(record.boxes)), key=lambda query: query in kept):
        x, y, box_width, box_height = record.boxes[query] * (width, height, width, height)
        corners = (
            (round(float(x - box_width / 2)), round(float(y - box_height / 2))),
            (round(float(x + box_width / 2)), round(float(y + box_height / 2))),
        )
        color = kept.get(query, (150, 150, 150))
        thickness = 2 * line if query in kept else line
        cv2.rectangle(canvas, *corners, color, thickness, cv2.LINE_AA)
    count = len(record.boxes)
    return row(
        figure(
            canvas,
            (
                f"Boxes of all {count} queries; those of segments in colour",
                f"Cajas de las {count} consultas; las de segmentos, en color",
            ),
        ),
        kind="single",
    )


def _masks(image: np.ndarray, predictions: QueryPredictions, shown: list[Segment]) -> str:
    figures = []
    for segment in shown:
        place = np.flatnonzero(predictions.queries == segment.query)[0]
        logits = predictions.mask_logits[place]
        height, width = logits.shape
        english, spanish = segment.name("en"), segment.name("es")
        figures.append(
            figure(
                over_picture(image, 1 / (1 + np.exp(-logits))),
                (f"Mask of {english}", f"Máscara de {spanish}"),
                f"{height} × {width}",
            )
        )
    return row(*figures, kind="three")


def _panoptic(image: np.ndarray, result: PanopticResult) -> str:
    count = len(result.segments)
    return row(
        figure(
            panoptic_map(result),
            (f"The panoptic map: {count} segments", f"El mapa panóptico: {count} segmentos"),
        ),
        figure(overlay(image, result, labels=False), ("Over the picture", "Sobre la imagen")),
        kind="three",
    )


def marked(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """Mark a point of a picture, in place, and return it."""
    radius = max(4, round(max(picture.shape[:2]) / 60))
    center = round(float(x)), round(float(y))
    cv2.circle(picture, center, radius, (255, 255, 255), max(2, radius // 3), cv2.LINE_AA)
    return picture
