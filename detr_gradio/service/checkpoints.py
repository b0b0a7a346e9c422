"""The checkpoints of a service: which are loaded, which can't be had, and what stands in."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checkpoints.catalogue import (
    CATALOGUE,
    DEFAULT,
    TOY_SCENES,
    Checkpoint,
    find,
    is_certain,
    out_of_reach,
    state,
)
from ..checkpoints.hub import CheckpointUnavailable
from ..messages import UserError, message
from ..model.precision import Precision
from .request import Stage
from .zerogpu import ON_ZEROGPU, LentNetwork

if TYPE_CHECKING:
    from ..segmenter import Segmenter

logger = logging.getLogger(__name__)

# A checkpoint that could not be had is asked for again after so many seconds.
_PATIENCE = 300.0


class ServedCheckpoints:
    """The app's own checkpoint, the others that visitors choose, and their states. Thread-safe.

    Args:
        load: gives the segmenter of a name, as ``segmenter.load_segmenter``, which is the default.
        checkpoint: the app's own choice; DETR-R101 if not given.
        precision: as for ``load_segmenter``.
    """

    def __init__(
        self,
        load: Callable[..., Segmenter] | None = None,
        checkpoint: str | None = None,
        *,
        precision: Precision = "exact",
    ):
        folder = Path(checkpoint) if checkpoint and checkpoint not in CATALOGUE else None
        # The operator may name any folder; visitors may name what they are shown.
        self.preferred = find(folder if folder and folder.is_dir() else checkpoint or DEFAULT)
        self._load = load or partial(_load, precision=precision)
        self._unavailable: dict[str, tuple[float, UserError]] = {}
        self._loaded: set[str] = set()
        self._warming_lock = threading.Lock()
        self._warming: threading.Thread | None = None

    def find(self, name: str | None) -> Checkpoint:
        """Return the checkpoint of a name; the app's own choice for none.

        Raises:
            CheckpointUnavailable: there is no such checkpoint.
        """
        own = None, "", self.preferred.name, shown_name(self.preferred)
        return self.preferred if name in own else find(name)

    def state(self, checkpoint: Checkpoint) -> str:
        """Return "loaded", "ready", "download" or "unreachable"; within a second."""
        if checkpoint.name in self._loaded:
            return "loaded"
        if self._recent_failure(checkpoint.name):
            return "unreachable"
        try:
            return state(checkpoint.folder or checkpoint.name)
        except UserError:
            return "unreachable"

    def current(self) -> tuple[Checkpoint, UserError | None]:
        """Return the app's own choice, and why it is not the preferred one if it is not.

        Before the preferred one was first tried, what is known of the Hub decides.
        """
        name = self.preferred.name
        _, missed = self._unavailable.get(name, (0.0, None))
        if missed is None:
            missed = self._out_of_reach()
            if missed is None or not is_certain(missed):
                return self.preferred, None
        elif self._recent_failure(name) is None:
            self.warm_up()  # it may be back; whoever looks need not wait for the answer
        return find(TOY_SCENES), missed

    def expected(self) -> Checkpoint:
        """Return which will answer, as far as is known: the stand-in until the Hub was heard of."""
        checkpoint, missed = self.current()
        return find(TOY_SCENES) if missed or self._out_of_reach() else checkpoint

    def _out_of_reach(self) -> CheckpointUnavailable | None:
        """Return why the preferred checkpoint can't be had, as far as is known."""
        return None if self.preferred.name in self._loaded else out_of_reach(self.preferred)

    def readiness(self) -> tuple[bool, bool]:
        """Return whether a picture would wait for no weights, and whether a stand-in answers."""
        if self.preferred.name in self._loaded:
            return True, False
        stand_in = self.preferred.name in self._unavailable
        return stand_in and TOY_SCENES in self._loaded, stand_in

    def warm_up(self) -> None:
        """Load the app's own choice in the background, so that the first picture waits less."""
        with self._warming_lock:
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
        missed = self._recent_failure(wanted.name)
        if missed is None:
            try:
                segmenter = self._loaded_segmenter(wanted, stage)
                self._unavailable.pop(wanted.name, None)
                return segmenter, None
            except UserError as error:
                self._unavailable[wanted.name] = time.monotonic(), error
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

    def _recent_failure(self, name: str) -> UserError | None:
        moment, error = self._unavailable.get(name, (-_PATIENCE, None))
        return error if time.monotonic() - moment < _PATIENCE else None


def shown_name(checkpoint: Checkpoint) -> str:
    """Return the name that visitors see: that of a folder doesn't tell where it is."""
    return checkpoint.name if checkpoint.name in CATALOGUE else checkpoint.title


def _load(name: str | Path, *, precision: Precision, **keywords) -> Segmenter:
    """Return the process's segmenter of a checkpoint, with a lent GPU where there is one."""
    from ..segmenter import load_segmenter  # noqa: PLC0415 - torch takes seconds to import

    lent: Any = LentNetwork  # has what a Segmenter needs of a Network
    made_by = lent if ON_ZEROGPU else None
    segmenter = load_segmenter(name, make_network=made_by, precision=precision, **keywords)
    if segmenter.network.precision != precision:
        _tell_exact()
    return segmenter


@cache
def _tell_exact() -> None:
    logger.warning(message("precision_exact"))
