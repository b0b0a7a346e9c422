"""The report of an evaluation: tables as CSV, and a page with the worst pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..checkpoints.catalogue import Checkpoint
from ..images import load_image
from ..images.resize import shrink
from ..result.categories import KIND_NAMES
from ..result.render import overlay
from ..result.tables import CSV_ENCODING, table_csv
from .quality import Quality
from .run import Evaluation
from .truth import read_panoptic, sentences, write_oddities

WORST = 20  # pictures on the page
_PICTURE_SIDE = 640  # pixels, of the longer side on the page
_TEXTS = {
    "en": {
        "title": "Panoptic quality of {checkpoint}",
        "pictures": "{count} pictures. {name}, threshold {threshold}, detail {detail}, method "
        "{method}.",
        "group": "",
        "all": "all",
        "published": "published PQ",
        "count": "categories",
        "worst": "Worst pictures",
        "truth": "annotated",
        "prediction": "predicted",
        "categories": "Categories, worst first",
        "category": "category",
        "true_positives": "true positives",
        "false_positives": "false positives",
        "false_negatives": "false negatives",
        "picture": "picture",
    },
    "es": {
        "title": "Calidad panóptica de {checkpoint}",
        "pictures": "{count} imágenes. {name}, umbral {threshold}, detalle {detail}, método "
        "{method}.",
        "group": "",
        "all": "todo",
        "published": "PQ publicada",
        "count": "categorías",
        "worst": "Peores imágenes",
        "truth": "anotado",
        "prediction": "predicho",
        "categories": "Categorías, la peor primero",
        "category": "categoría",
        "true_positives": "verdaderos positivos",
        "false_positives": "falsos positivos",
        "false_negatives": "falsos negativos",
        "picture": "imagen",
    },
}
_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    trim_blocks=True,
    undefined=StrictUndefined,
)


def published(checkpoint: Checkpoint) -> dict[str, float | None]:
    """Return the published PQ of a checkpoint by group, 0..100 or None."""
    names = {"all": "pq", "things": "pq_things", "stuff": "pq_stuff"}
    return {group: getattr(checkpoint, name) for group, name in names.items()}


def summary_rows(evaluation: Evaluation, checkpoint: Checkpoint) -> list[list[object]]:
    """Return [group, PQ, SQ, RQ, categories, published PQ] for all, things and stuff."""
    figures = published(checkpoint)
    groups: dict[str, Quality | None] = {
        group: getattr(evaluation.scores, group) for group in figures
    }
    return [
        [group, round(q.pq, 2), round(q.sq, 2), round(q.rq, 2), q.categories, figures[group]]
        for group, q in groups.items()
        if q
    ]


def write_report(
    evaluation: Evaluation,
    checkpoint: Checkpoint,
    *,
    images_dir: Path,
    masks_dir: Path,
    output: Path,
    language: str = "en",
) -> Path:
    """Write ``categories.csv``, ``pictures.csv`` and ``report.html`` into a folder.

    Where the ground truth has oddities, ``oddities.csv`` names each, and the page each kind.

    Args:
        evaluation: what ``evaluation.run`` returned.
        checkpoint: the segmenter's entry of the catalogue.
        images_dir: folder of the pictures.
        masks_dir: folder of the ground truth's PNG files.
        output: folder that is there.
        language: "en" or "es".

    Returns:
        Path of the page.

    Raises:
        OSError: a file cannot be written.
    """
    language = language if language in _TEXTS else "en"
    texts = _TEXTS[language] | {kind: names[language] for kind, names in KIND_NAMES.items()}
    names = [
        texts[key] for key in ("category", "true_positives", "false_positives", "false_negatives")
    ]
    source = evaluation.categories.source_in(language)
    header = [names[0], f"{source} id", "PQ", "SQ", "RQ", *names[1:]]
    category_rows = _category_rows(evaluation, language)
    _write_csv(output / "categories.csv", header, category_rows)
    scored = [(picture.pq, picture) for picture in evaluation.pictures if picture.pq is not None]
    scored.sort(key=lambda pair: pair[0])
    picture_rows = [[p.image["file_name"], p.image["id"], round(pq, 2)] for pq, p in scored]
    _write_csv(output / "pictures.csv", [texts["picture"], "id", "PQ"], picture_rows)

    if evaluation.oddities:
        write_oddities(output / "oddities.csv", evaluation.oddities)
    (output / "worst").mkdir(exist_ok=True)
    figures = []
    for number, (_, picture) in enumerate(scored[:WORST], 1):
        image = load_image(images_dir / picture.image["file_name"], as_stored=picture.as_stored)
        sources = {}
        for kind, annotation, folder in (
            ("truth", picture.truth, masks_dir),
            ("prediction", picture.prediction, evaluation.predicted_dir),
        ):
            sources[kind] = f"worst/{number:02}_{kind}.jpg"
            shown = read_panoptic(annotation, folder, evaluation.categories)
            painted = overlay(image, shown, language=language)
            _write_small(output / sources[kind], painted)
        figures.append((picture.image["file_name"], picture.pq, sources))
    run = {
        "count": len(evaluation.pictures),
        "name": checkpoint.name,
        **evaluation.settings,
        "detail": evaluation.settings["detail"] or checkpoint.default_detail,
    }
    html = _TEMPLATES.get_template("report.html").render(
        language=language,
        texts=texts,
        title=texts["title"].format(checkpoint=checkpoint.title),
        pictures=texts["pictures"].format(**run),
        summary_header=[texts["group"], "PQ", "SQ", "RQ", texts["count"], texts["published"]],
        summary=[[texts[str(row[0])], *row[1:]] for row in summary_rows(evaluation, checkpoint)],
        oddities=[
            *evaluation.matching.sentences(language),
            *sentences(evaluation.oddities, language),
        ],
        figures=figures,
        header=header,
        category_rows=category_rows,
    )
    page = output / "report.html"
    page.write_text(html, encoding="utf-8", errors="backslashreplace")  # names may be no text
    return page


def _category_rows(evaluation: Evaluation, language: str) -> list[list[object]]:
    rows = sorted(evaluation.scores.categories.values(), key=lambda category: category.pq)
    names = {category.id: category.name_in(language) for category in evaluation.categories.table}
    names |= evaluation.matching.truth_only
    return [
        [
            names.get(row.category_id, ""),
            row.category_id,
            *(round(value, 2) for value in (row.pq, row.sq, row.rq)),
            row.true_positives,
            row.false_positives,
            row.false_negatives,
        ]
        for row in rows
    ]


def _write_csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    text = table_csv(header, rows)
    path.write_text(text, encoding=CSV_ENCODING, errors="backslashreplace", newline="")


def _write_small(path: Path, picture: np.ndarray) -> None:
    if not cv2.imwrite(str(path), shrink(picture, _PICTURE_SIDE)[..., ::-1]):
        raise OSError(f"Cannot write to {path.parent}.")
