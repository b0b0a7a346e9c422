"""The service behind page, HTTP and MCP: a picture and settings in, image and result out.

The tabs, the HTTP endpoint and the MCP tool call ``Service.segment``; nothing here knows Gradio.
Torch is imported at the first need, since that takes seconds and the page should not wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from cachetools import LRUCache

from ..checkpoints.catalogue import Checkpoint
from ..images import load_image
from ..limits import limits
from ..messages import UserError
from ..model.detail import require_detail
from ..model.precision import Precision
from ..result.corrections import MAX_FILE_BYTES, corrected
from .checkpoints import ServedCheckpoints, shown_name
from .request import Outcome, SegmentationRequest, Stage
from .zerogpu import turn

if TYPE_CHECKING:
    from ..model.attention_record import AttentionRecord
    from ..result.panoptic import PanopticResult
    from ..result.predictions import QueryPredictions
    from ..segmenter import Segmenter

logger = logging.getLogger(__name__)


class Service(ServedCheckpoints):
    """Segments pictures with the checkpoints it serves; shared by all visitors. Thread-safe.

    Attributes:
        observers: told "picture" or "frame" and what became of it: an outcome or an error.
        at_once: pictures that the network takes at a time.

    Args:
        load: as for ``ServedCheckpoints``.
        checkpoint: the app's own choice; DETR-R101 if not given.
        precision: as for ``load_segmenter``.
        at_once: the attribute.
    """

    def __init__(
        self,
        load: Callable[..., Segmenter] | None = None,
        checkpoint: str | None = None,
        *,
        precision: Precision = "exact",
        at_once: int = 1,
    ):
        super().__init__(load, checkpoint, precision=precision)
        self.at_once = at_once
        self.observers: list[Callable[[str, Outcome | Exception], None]] = []
        self._rates: dict[str, float] = {}
        self._pictures = LRUCache(_picture_bytes(), getsizeof=attrgetter("nbytes"))
        self._lock = threading.Lock()

    def segment(
        self, view: SegmentationRequest, stage: Stage = lambda _stage, _values: None
    ) -> Outcome:
        """Segment a picture, and let it be counted.

        Raises:
            UserError: what is wrong with the picture, the checkpoint or a setting.
        """
        return self._counted("picture", lambda: self.outcome(view, stage))

    def segment_frame(self, frame: bytes, view: SegmentationRequest) -> Outcome:
        """Segment a frame of a live camera, and let it be counted as such.

        Raises:
            UserError: what is wrong with the frame, the checkpoint or a setting.
        """
        return self._counted("frame", lambda: self._segment_image(load_image(frame), view))

    def _counted(self, kind: str, work: Callable[[], Outcome]) -> Outcome:
        """Do some work, log how it ended, and tell the observers."""
        # Live frames would fill the log.
        level = logging.INFO if kind == "picture" else logging.DEBUG
        try:
            outcome = work()
        except Exception as error:
            if isinstance(error, UserError):
                logger.log(level, "refused", extra={"fields": {"reason": error.key}})
            self._notify(kind, error)
            raise
        logger.log(level, "segmented", extra={"fields": _log_fields(outcome)})
        self._notify(kind, outcome)
        return outcome

    def _notify(self, kind: str, ended: Outcome | Exception) -> None:
        for observer in self.observers:
            observer(kind, ended)

    def outcome(
        self, view: SegmentationRequest, stage: Stage = lambda _stage, _values: None
    ) -> Outcome:
        """Return the outcome for a picture, from the caches as far as they go; nobody counts it.

        Raises:
            UserError: as for ``segment``.
        """
        start = time.perf_counter()
        stage("read", {})
        outcome = self._segment_image(self.picture(view.picture), view, stage)
        if view.correction:
            result = corrected(outcome.result, _read_correction(view.correction))
            outcome = replace(outcome, result=result)
        return replace(outcome, seconds=time.perf_counter() - start)

    def _segment_image(
        self,
        image: np.ndarray,
        view: SegmentationRequest,
        stage: Stage = lambda _stage, _values: None,
    ) -> Outcome:
        """Segment what ``load_image`` returned as a view asks, whatever its picture is."""
        start = time.perf_counter()
        segmenter, missed = self._segmenter(view.checkpoint, stage)
        checkpoint = segmenter.checkpoint
        # The detail was chosen for the checkpoint that was wanted.
        detail = None if missed else view.detail
        require_detail(detail)
        stage("network", {"seconds": self.estimate(checkpoint, image.shape, detail)})
        result = segmenter.segment(
            image,
            threshold=view.threshold,
            detail=detail,
            method=view.method,  # ty: ignore[invalid-argument-type]  # any text: it is checked there
            loaded=True,
            owner=view.picture or None,
        )
        result = replace(result, checkpoint=shown_name(checkpoint))
        self._update_rate(checkpoint, result)
        return Outcome(
            image=image,
            result=result,
            checkpoint=checkpoint,
            stand_in_for=self.find(view.checkpoint) if missed else None,
            reason=missed,
            seconds=time.perf_counter() - start,
        )

    def explain(
        self, view: SegmentationRequest, stage: Stage = lambda _stage, _values: None
    ) -> tuple[Outcome, QueryPredictions, AttentionRecord]:
        """Return the outcome for a picture, and where the network looked.

        Raises:
            UserError: as for ``segment``.
        """
        outcome = self.outcome(view, stage)
        segmenter, missed = self._segmenter(outcome.checkpoint.name, stage)
        detail = None if missed or outcome.stand_in_for else view.detail
        seconds = self.estimate(outcome.checkpoint, outcome.image.shape, detail)
        stage("network", {"seconds": seconds})
        said = {"detail": detail, "loaded": True, "owner": view.picture}
        record = segmenter.attention(outcome.image, **said)
        return outcome, segmenter.predict(outcome.image, **said), record

    @contextmanager
    def frames(
        self,
        checkpoint: str | None,
        threshold: float,
        detail: int,
        stage: Stage = lambda _stage, _values: None,
    ) -> Generator[Callable[[np.ndarray], PanopticResult]]:
        """Give what segments the frames of a video, loading the checkpoint if need be.

        Args:
            checkpoint: a name of the catalogue; None for the app's own choice.
            threshold: least score of a segment, 0.5..1.
            detail: shorter side of the network's input in pixels; a stand-in takes its own.
            stage: told what is happening.

        Raises:
            UserError: the checkpoint can't be had.
        """
        segmenter, missed = self._segmenter(checkpoint, stage)
        with turn(segmenter) as held:
            yield partial(
                held.segment,
                threshold=threshold,
                detail=None if missed else detail,
                owner=None,
            )

    def picture(self, path: str) -> np.ndarray:
        """Return the (H, W, 3) uint8 image of a file; the latest ones are kept.

        Raises:
            ImageError: it can't be read.
        """
        with self._lock:
            image = self._pictures.get(path)
        if image is None:
            image = load_image(path)
            with self._lock:
                self._pictures[path] = image
        return image

    def estimate(
        self, checkpoint: Checkpoint, shape: tuple[int, ...], detail: int | None
    ) -> float | None:
        """Return the seconds that the network will take, from its last run; None before one."""
        rate = self._rates.get(checkpoint.name)
        if rate is None:
            return None
        shorter = detail or checkpoint.default_detail
        return rate * shorter * shorter * max(shape[:2]) / min(shape[:2])

    def _update_rate(self, checkpoint: Checkpoint, result: PanopticResult) -> None:
        height, width = result.input_size
        seconds = result.timings["network"]
        rate = seconds / (height * width)
        # A picture of which the predictions were kept says nothing about the network's speed; nor
        # does the first one, which warmed it up, say much.
        if seconds > 0.1 or rate > self._rates.get(checkpoint.name, 0.0) / 4:
            self._rates[checkpoint.name] = rate


def _log_fields(outcome: Outcome) -> dict[str, object]:
    """Return what a log may know of an outcome: nothing of the picture but its size."""
    height, width = outcome.image.shape[:2]
    return {
        "checkpoint": outcome.checkpoint.title,
        "stand_in": outcome.stand_in_for is not None,
        "megapixels": round(height * width / 1e6, 2),
        "segments": len(outcome.result.segments),
        "seconds": round(outcome.seconds, 3),
        **{f"{name}_seconds": round(took, 3) for name, took in outcome.result.timings.items()},
    }


def _read_correction(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError:
        raise UserError("correction_gone") from None


def _picture_bytes() -> int:
    """Return the memory of decoded pictures that are kept for a new threshold: at least for one."""
    return max(160_000_000, 3 * limits().max_image_pixels)
