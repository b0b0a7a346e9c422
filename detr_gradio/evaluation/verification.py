"""The published weights against published figures, on the machine where they can be had.

Logits, boxes, masks and segments are those of transformers' own tests for DETR (tests/models/detr
and tests/pipelines, in August 2026), PQ is that of table 5 of https://arxiv.org/abs/2005.12872.
"""

from __future__ import annotations

import io
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..checkpoints.catalogue import Checkpoint
from ..checkpoints.hub import CheckpointUnavailable
from ..checkpoints.loading import load
from ..images import load_image
from ..limits import limits
from ..model.network import Network
from ..result.coco import COCO
from ..result.options import THRESHOLD
from ..segmenter import Segmenter, ready_network
from .run import run

PICTURE = "http://images.cocodataset.org/val2017/000000039769.jpg"
"""Two cats on a couch, 640x480: the picture of all figures but PQ."""

PQ_TOLERANCE = 0.2
SCORE_TOLERANCE = 5e-4  # the scores have four digits


@dataclass(frozen=True)
class Figures:
    """What a checkpoint says of ``PICTURE``.

    Attributes:
        pixels: ``pixel_values[0, 0, 0, :3]``.
        logits: ``logits[0, :3, :3]``.
        boxes: ``pred_boxes[0, :3, :3]``.
        masks: ``pred_masks[0, 0, :3, :3]``.
        segments: COCO category and score of each segment, in the order of their queries.
    """

    pixels: Sequence[float]
    logits: Sequence[Sequence[float]]
    boxes: Sequence[Sequence[float]]
    masks: Sequence[Sequence[float]]
    segments: Sequence[tuple[int, float]]


FIGURES: Mapping[str, Figures] = {
    # None were published for R101 and DC5.
    "facebook/detr-resnet-50-panoptic": Figures(
        pixels=(0.2796, 0.3138, 0.3481),
        logits=(
            (-18.1565, -1.7568, -13.5029),
            (-16.8888, -1.4138, -14.1028),
            (-17.5709, -2.5080, -11.8654),
        ),
        boxes=((0.5344, 0.1789, 0.9285), (0.4420, 0.0572, 0.0875), (0.6630, 0.6887, 0.1017)),
        masks=(
            (-7.7557, -10.8788, -11.9797),
            (-11.8880, -16.4328, -17.7450),
            (-14.7315, -19.7382, -20.3003),
        ),
        segments=(
            (93, 0.9094),
            (17, 0.9941),
            (75, 0.9987),
            (75, 0.9995),
            (63, 0.9722),
            (17, 0.9994),
        ),
    ),
}

# (rtol, atol) of transformers' tests.
_TOLERANCES = {
    "pixels": (0, 1e-4),
    "logits": (2e-4, 2e-4),
    "boxes": (2e-4, 2e-4),
    "masks": (2e-3, 2e-3),
}


@dataclass(frozen=True)
class Check:
    """One line of the report.

    Attributes:
        checkpoint: its title.
        what: what was compared.
        expected, got: figures, as text.
        holds: whether they agree; None where nothing was published to compare with.
        fast: what ``precision="fast"`` gave, for the eye alone; "" where that is exact here.
    """

    checkpoint: str
    what: str
    expected: str
    got: str
    holds: bool | None
    fast: str = ""


def fetch_picture() -> np.ndarray:
    """Return COCO's picture, (480, 640, 3) uint8.

    Raises:
        CheckpointUnavailable: "verify_picture", it can't be had.
        ImageError: what came is not a picture.
    """
    try:
        with urllib.request.urlopen(PICTURE, timeout=limits().hub_timeout) as answer:
            return load_image(io.BytesIO(answer.read(limits().max_image_bytes)).getvalue())
    except OSError as error:
        raise CheckpointUnavailable("verify_picture", address=PICTURE, reason=error) from error


def verify(
    checkpoint: Checkpoint, picture: np.ndarray | None, coco: Path | None
) -> Iterator[Check]:
    """Yield the checks of a checkpoint, fetching it if need be.

    Args:
        checkpoint: one of the catalogue, or a folder.
        picture: what ``fetch_picture`` returns; for a folder, of which nothing was published, its
            files alone are verified.
        coco: folder of COCO's val2017, with ``val2017`` and ``annotations`` in it; None leaves out
            PQ, which takes hours.

    Raises:
        CheckpointUnavailable: it can't be had.
        UserError: the folder of COCO is not as it should be.
    """

    def check(what: str, expected: object, got: object, holds: bool | None, *fast: str) -> Check:
        return Check(checkpoint.title, what, str(expected), str(got), holds, *fast)

    files = "files, keys, shapes"
    expected = "SHA-256 of the catalogue" if checkpoint.sha256 else "complete"
    try:
        loaded = load(checkpoint)
    except CheckpointUnavailable as error:
        if error.key not in _WRONG:
            raise
        yield check(files, expected, error, False)
        return
    yield check(files, expected, "as expected", True)
    figures = FIGURES.get(checkpoint.name)
    if picture is None or (checkpoint.folder and figures is None):
        return
    network = ready_network(loaded)
    fast = ready_network(load(checkpoint), precision="fast")
    differs = fast.precision == "fast"
    values, segments = _said(network, picture)
    fast_values, fast_segments = _said(fast, picture) if differs else ({}, ())
    if figures:
        for name, tolerance in _TOLERANCES.items():
            published = np.array(getattr(figures, name))
            furthest = ""
            if differs:
                wanted, furthest, _ = _compare(published, fast_values[name], tolerance)
                furthest += f" for {wanted.rsplit(' ', 1)[1]}"
            yield check(name, *_compare(published, values[name], tolerance), furthest)
        compared = _compare_segments(figures.segments, segments)
        yield check("segments", *compared, _told(fast_segments))
    else:
        yield check("segments", "not published", _told(segments), None, _told(fast_segments))
    if coco:
        compared = _compare_quality(checkpoint, Segmenter(checkpoint, network), coco)
        quality = ""
        if differs:
            _, quality, _ = _compare_quality(checkpoint, Segmenter(checkpoint, fast), coco)
        yield check("PQ on val2017", *compared, quality)


def _said(
    network: Network, picture: np.ndarray
) -> tuple[dict[str, np.ndarray], list[tuple[int, float]]]:
    """Return what there are ``Figures`` of: values by name, and segments."""
    outputs = network.outputs(picture, range(3))
    values = {
        "pixels": outputs.pixels[0, 0, :3],
        "logits": outputs.logits[:, :3],
        "boxes": outputs.boxes[:, :3],
        "masks": outputs.masks[0, :3, :3],
    }
    predictions = network.predict(picture)
    sure = predictions.scores > THRESHOLD
    categories, scores = predictions.category_ids[sure].tolist(), predictions.scores[sure].tolist()
    return values, list(zip(categories, scores, strict=True))


_WRONG = ("checkpoint_damaged", "checkpoint_keys", "checkpoint_config", "checkpoint_categories")


def _compare(
    expected: np.ndarray, got: np.ndarray, tolerance: tuple[float, float]
) -> tuple[str, str, bool]:
    """Compare arrays; the value that is furthest off is told, with its place."""
    rtol, atol = tolerance
    excess = np.abs(got - expected) - (atol + rtol * np.abs(expected))
    place = np.unravel_index(int(np.argmax(excess)), excess.shape)
    where = "[" + ", ".join(str(int(index)) for index in place) + "]"
    return (
        f"{where} {expected[place]:.4f}",
        f"{where} {got[place]:.4f}",
        bool(np.all(excess <= 0)),
    )


def _compare_segments(
    expected: Sequence[tuple[int, float]], got: Sequence[tuple[int, float]]
) -> tuple[str, str, bool]:
    """Look for the expected ones among those found, in order.

    Another way of assembling them may leave out some.
    """
    rest = iter(got)
    holds = all(
        any(known == category and abs(sure - score) <= SCORE_TOLERANCE for known, sure in rest)
        for category, score in expected
    )
    return _told(expected), _told(got), holds


def _told(segments: Sequence[tuple[int, float]]) -> str:
    names = {category.id: category.name_en for category in COCO.table}
    return ", ".join(f"{names.get(each, each)} {score:.4f}" for each, score in segments)


def _compare_quality(
    checkpoint: Checkpoint, segmenter: Segmenter, coco: Path
) -> tuple[str, str, bool]:
    annotations = coco / "annotations"
    with tempfile.TemporaryDirectory(prefix="detr-verify-") as output:
        scores = run(
            segmenter,
            coco / "val2017",
            annotations / "panoptic_val2017.json",
            annotations / "panoptic_val2017",
            Path(output),
        ).scores
    pq = scores.all.pq if scores.all else 0.0
    holds = checkpoint.pq is not None and abs(pq - checkpoint.pq) <= PQ_TOLERANCE
    return f"{checkpoint.pq} ± {PQ_TOLERANCE}", f"{pq:.2f}", holds
