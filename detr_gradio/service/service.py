"""The service behind page, HTTP and MCP: a picture and settings in, image and result out.

The tabs, the HTTP endpoint and the MCP tool call ``Service.segment``; nothing here knows Gradio.
Torch is imported at the first need, since that takes seconds and the page should not wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..checkpoints.catalogue import CATALOGUE, DEFAULT, TOY_SCENES, Checkpoint, find, state
from ..images import load_image
from ..messages import UserError
from ..model.detail import require_detail
from ..result.options import THRESHOLD
from .zerogpu import with_zerogpu

if TYPE_CHECKING:
    from ..model.attention_record import AttentionRecord
    from ..result.panoptic import PanopticResult
    from ..result.predictions import QueryPredictions
    from ..segmenter import Segmenter

logger = logging.getLogger(__name__)

Stage = Callable[[str, dict], None]
"""Told what is happening: a stage of ``STAGES`` and what its sentence needs."""

STAGES = ("read", "start", "download", "load", "network", "draw")

# A checkpoint that could not be had is asked for again after so many seconds.
_PATIENCE = 300.0
# Decoded pictures kept for a new threshold.
_PICTURE_BYTES = 160_000_000


@dataclass(frozen=True)
class SegmentationRequest:
    """A picture and how it is segmented: all that reproduces a result.

    Attributes:
        picture: path of the picture's file; empty for a frame that no file holds.
        name: stem for the names of downloads.
        checkpoint: a name of the catalogue; None for the app's own choice.
        threshold: least score of a segment, 0.5..1.
        detail: shorter side of the network's input in pixels; None for the checkpoint's own.
        method: "paper" or "reference".
    """

    picture: str = ""
    name: str = "picture"
    checkpoint: str | None = None
    threshold: float = THRESHOLD
    detail: int | None = None
    method: str = "paper"


@dataclass(frozen=True, eq=False)
class Outcome:
    """A segmented picture.

    Attributes:
        image: (H, W, 3) uint8, upright RGB.
        result: its panoptic result.
        checkpoint: the one that produced it.
        stand_in_for: the checkpoint that was wanted, where another one had to do.
        reason: why, then.
        seconds: from the picture's file to the result.
    """

    image: np.ndarray
    result: PanopticResult
    checkpoint: Checkpoint
    stand_in_for: Checkpoint | None
    reason: UserError | None
    seconds: float


class Service:
    """Checkpoints, pictures and estimates, shared by all visitors. Thread-safe.

    Args:
        load: gives the segmenter of a name, as ``segmenter.load_segmenter``, which is the default.
        checkpoint: the app's own choice; DETR-R101 if not given.
        half_precision: as for ``load_segmenter``.
    """

    def __init__(
        self,
        load: Callable[..., Segmenter] | None = None,
        checkpoint: str | None = None,
        *,
        half_precision: bool = False,
    ):
        folder = Path(checkpoint) if checkpoint and checkpoint not in CATALOGUE else None
        # The operator may name any folder; visitors may name what they are shown.
        self.preferred = find(folder if folder and folder.is_dir() else checkpoint or DEFAULT)
        self._load = load or partial(_load, half_precision=half_precision)
        self.observers: list[Callable[[Outcome | Exception], None]] = []
        self._missed: dict[str, tuple[float, UserError]] = {}
        self._loaded: set[str] = set()
        self._rates: dict[str, float] = {}
        self._pictures: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()
        self._warming: threading.Thread | None = None

    def segment(
        self, view: SegmentationRequest, stage: Stage = lambda _stage, _values: None
    ) -> Outcome:
        """Segment a picture, from the caches as far as they go.

        Raises:
            UserError: what is wrong with the picture, the checkpoint or a setting.
        """
        start = time.perf_counter()
        stage("read", {})
        try:
            image = self.picture(view.picture)
            outcome = self.segment_image(image, view, stage)
        except Exception as error:
            if isinstance(error, UserError):
                logger.info("refused", extra={"fields": {"reason": error.key}})
            self._tell(error)
            raise
        outcome = replace(outcome, seconds=time.perf_counter() - start)
        logger.info("segmented", extra={"fields": _figures(outcome)})
        self._tell(outcome)
        return outcome

    def _tell(self, ended: Outcome | Exception) -> None:
        for observer in self.observers:
            observer(ended)

    def segment_image(
        self,
        image: np.ndarray,
        view: SegmentationRequest,
        stage: Stage = lambda _stage, _values: None,
    ) -> Outcome:
        """Segment an (H, W, 3) uint8 RGB image as a view asks, whatever its picture is.

        Raises:
            UserError: what is wrong with the image, the checkpoint or a setting.
        """
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
        )
        result = replace(result, checkpoint=shown_name(checkpoint))
        self._learn_rate(checkpoint, result)
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
        """Segment a picture, and record where the network looked.

        Raises:
            UserError: as for ``segment``.
        """
        outcome = self.segment(view, stage)
        segmenter, missed = self._segmenter(outcome.checkpoint.name, stage)
        detail = None if missed or outcome.stand_in_for else view.detail
        seconds = self.estimate(outcome.checkpoint, outcome.image.shape, detail)
        stage("network", {"seconds": seconds})
        record = segmenter.attention(outcome.image, detail=detail)
        return outcome, segmenter.predict(outcome.image, detail=detail), record

    def frames(
        self,
        checkpoint: str | None,
        threshold: float,
        detail: int,
        stage: Stage = lambda _stage, _values: None,
    ) -> Callable[[np.ndarray], PanopticResult]:
        """Return what segments the frames of a video, loading the checkpoint if need be.

        Args:
            checkpoint: a name of the catalogue; None for the app's own choice.
            threshold: least score of a segment, 0.5..1.
            detail: shorter side of the network's input in pixels; a stand-in takes its own.
            stage: told what is happening.

        Raises:
            UserError: the checkpoint can't be had.
        """
        segmenter, missed = self._segmenter(checkpoint, stage)
        return partial(segmenter.segment, threshold=threshold, detail=None if missed else detail)

    def picture(self, path: str) -> np.ndarray:
        """Return the (H, W, 3) uint8 image of a file; the latest ones are kept.

        Raises:
            ImageError: it can't be read.
        """
        with self._lock:
            if path in self._pictures:
                self._pictures.move_to_end(path)
                return self._pictures[path]
        image = load_image(path)
        with self._lock:
            self._pictures[path] = image
            size = sum(picture.nbytes for picture in self._pictures.values())
            while size > _PICTURE_BYTES and len(self._pictures) > 1:
                size -= self._pictures.popitem(last=False)[1].nbytes
        return image

    def find(self, name: str | None) -> Checkpoint:
        """Return the checkpoint of a name; the app's own choice for none.

        Raises:
            CheckpointUnavailable: there is no such checkpoint.
        """
        own = None, "", self.preferred.name, shown_name(self.preferred)
        return self.preferred if name in own else find(name)

    def estimate(
        self, checkpoint: Checkpoint, shape: tuple[int, ...], detail: int | None
    ) -> float | None:
        """Return the seconds that the network will take, from its last run; None before one."""
        rate = self._rates.get(checkpoint.name)
        if rate is None:
            return None
        shorter = detail or checkpoint.default_detail
        return rate * shorter * shorter * max(shape[:2]) / min(shape[:2])

    def state(self, checkpoint: Checkpoint) -> str:
        """Return "loaded", "ready", "download" or "unreachable"; within a second."""
        if checkpoint.name in self._loaded:
            return "loaded"
        if self._recently_missed(checkpoint.name):
            return "unreachable"
        try:
            return state(checkpoint.name)
        except UserError:
            return "unreachable"

    def current(self) -> tuple[Checkpoint, UserError | None]:
        """Return the app's own choice, and why it is not the preferred one if it is not."""
        name = self.preferred.name
        _, missed = self._missed.get(name, (0.0, None))
        if missed is None:
            return self.preferred, None
        if self._recently_missed(name) is None:
            self.warm_up()  # it may be back; whoever looks need not wait for the answer
        return find(TOY_SCENES), missed

    def readiness(self) -> tuple[bool, bool]:
        """Return whether a picture would wait for no weights, and whether a stand-in answers."""
        if self.preferred.name in self._loaded:
            return True, False
        stand_in = self.preferred.name in self._missed
        return stand_in and TOY_SCENES in self._loaded, stand_in

    def warm_up(self) -> None:
        """Load the app's own choice in the background, so that the first picture waits less."""
        with self._lock:
            if self._warming is None or not self._warming.is_alive():
                self._warming = threading.Thread(target=self._warm_up, name="warm-up", daemon=True)
                self._warming.start()

    def _warm_up(self) -> None:
        try:
            self._segmenter(None, lambda _stage, _values: None)
        except UserError as error:
            logger.warning("No checkpoint yet: %s", error)
        except Exception:
            logger.exception("The checkpoint could not be loaded ahead of time")

    def _segmenter(self, name: str | None, stage: Stage) -> tuple[Segmenter, UserError | None]:
        """Return the segmenter of a name, or the stand-in for the preferred one and why."""
        wanted = self.find(name)
        missed = self._recently_missed(wanted.name)
        if missed is None:
            try:
                segmenter = self._loaded_segmenter(wanted, stage)
                self._missed.pop(wanted.name, None)
                return segmenter, None
            except UserError as error:
                self._missed[wanted.name] = time.monotonic(), error
                missed = error
        if wanted.name != self.preferred.name or wanted.name == TOY_SCENES:
            raise missed
        return self._loaded_segmenter(find(TOY_SCENES), stage), missed

    def _loaded_segmenter(self, checkpoint: Checkpoint, stage: Stage) -> Segmenter:
        if checkpoint.name not in self._loaded:
            stage("start", {})

        def progress(what: str, done: int, total: int) -> None:
            megabytes = {"done": done // 1_000_000, "total": total // 1_000_000}
            stage(what, {"title": checkpoint.title, **megabytes})

        own = checkpoint.name not in CATALOGUE and checkpoint.folder
        segmenter = self._load(own or checkpoint.name, progress=progress)
        self._loaded.add(checkpoint.name)
        return segmenter

    def _recently_missed(self, name: str) -> UserError | None:
        moment, error = self._missed.get(name, (-_PATIENCE, None))
        return error if time.monotonic() - moment < _PATIENCE else None

    def _learn_rate(self, checkpoint: Checkpoint, result: PanopticResult) -> None:
        height, width = result.input_size
        seconds = result.timings["network"]
        rate = seconds / (height * width)
        # A picture of which the predictions were kept says nothing about the network's speed; nor
        # does the first one, which warmed it up, say much.
        if seconds > 0.1 or rate > self._rates.get(checkpoint.name, 0.0) / 4:
            self._rates[checkpoint.name] = rate


def shown_name(checkpoint: Checkpoint) -> str:
    """Return the name that visitors see: that of a folder doesn't tell where it is."""
    return checkpoint.name if checkpoint.name in CATALOGUE else checkpoint.title


def _figures(outcome: Outcome) -> dict[str, object]:
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


def _load(name: str | Path, **keywords) -> Segmenter:
    """Return the process's segmenter of a checkpoint, with a lent GPU where there is one."""
    from ..segmenter import load_segmenter  # noqa: PLC0415 - torch takes seconds to import

    return with_zerogpu(load_segmenter(name, **keywords))
