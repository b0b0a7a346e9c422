"""ZeroGPU adapter: on such Spaces of Hugging Face, the network runs on a GPU lent for each call.

The package ``spaces`` calls what it decorates in a forked worker, which it keeps while nobody
asks. Arguments and answers are pickled. The main process reads checkpoints and never computes; a
worker inherits those that were read before it was forked, reads the others itself, and keeps each
network on its GPU. Predictions are cached in the main process, as everywhere.
"""

from __future__ import annotations

import re
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Client, Listener
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from ..limits import limits
from ..messages import UserError

if TYPE_CHECKING:
    import numpy as np

    from ..checkpoints.catalogue import Checkpoint
    from ..checkpoints.loading import LoadedCheckpoint
    from ..model.attention_record import AttentionRecord
    from ..model.network import Network
    from ..model.precision import Precision
    from ..result.predictions import QueryPredictions
    from ..segmenter import Segmenter

PICTURE_SECONDS = 5
"""What a picture asks for: a fraction of it is the network's, the rest a worker's start."""

TURN_SECONDS = 30
"""What a video asks for at a time."""

# A turn ends with so much time left: the worker is ended when the time is over.
_TURN_RESERVE = 5

# What ``spaces`` says where a visitor's quota is used up; there are no parts of it to read.
_QUOTA = re.compile(
    r"exceeded your (?P<kind>free |Pro |)ZeroGPU quota "
    r"\((?P<asked>\d+)s requested vs\. (?P<left>\d+)s left\)\. Try again in (?P<wait>[\w:, ]+)"
)
_MORE_TIME = {
    "": "https://huggingface.co/join",
    "free ": "https://huggingface.co/subscribe/pro",
    "Pro ": "https://huggingface.co/settings/billing",
}

_loaded: WeakValueDictionary[str, LoadedCheckpoint] = WeakValueDictionary()
"""In the main process: what a worker finds when it is forked."""

_on_gpu: OrderedDict[str, Network] = OrderedDict()
"""In a worker."""


def _network(checkpoint: Checkpoint, precision: Precision) -> Network:
    from ..checkpoints.loading import load  # noqa: PLC0415 - torch takes seconds to import
    from ..model.device import best_device, use_threads  # noqa: PLC0415
    from ..segmenter import ready_network  # noqa: PLC0415

    use_threads(1)  # OpenMP would wait for helpers that the fork has left behind
    name = checkpoint.name
    if name not in _on_gpu:
        loaded = _loaded.get(name) or load(checkpoint.folder or name)
        _on_gpu[name] = ready_network(loaded, best_device(), precision)
        while len(_on_gpu) > limits().max_checkpoints:
            _on_gpu.popitem(last=False)
    return _on_gpu[name]


def _answer(
    checkpoint: Checkpoint, precision: Precision, method: str, rgb: np.ndarray, detail: int | None
) -> QueryPredictions | AttentionRecord | UserError:
    try:
        return getattr(_network(checkpoint, precision), method)(rgb, detail)
    except UserError as error:
        return error  # raised, nothing but the name of its class would come back


def _answers(
    checkpoint: Checkpoint, precision: Precision, address: str
) -> Iterator[QueryPredictions | AttentionRecord | UserError | None]:
    with Client(address) as frames:
        yield None
        while True:
            try:
                rgb, detail = frames.recv()
            except EOFError:
                return
            yield _answer(checkpoint, precision, "predict", rgb, detail)


# app.py imports the package first of all, for it has to come before torch and Gradio. Decorated at
# import: a Space that has nothing decorated when it starts is stopped.
spaces = sys.modules.get("spaces")
_lent_answer: Callable[..., Any] = _answer
_lent_answers: Callable[..., Iterator[Any]] = _answers
if spaces:
    _lent_answer = spaces.GPU(duration=PICTURE_SECONDS)(_answer)
    _lent_answers = spaces.GPU(duration=TURN_SECONDS)(_answers)

ON_ZEROGPU = _lent_answer is not _answer
"""Whether GPUs are lent here; elsewhere the package changes nothing."""


class LentNetwork:
    """What a ``Network`` is elsewhere; each prediction borrows a GPU."""

    def __init__(self, loaded: LoadedCheckpoint, _device: object, precision: Precision):
        self._wanted = loaded.checkpoint, precision
        self.precision = precision
        self.categories = loaded.categories
        self._read = loaded  # as long as this is there, so is what workers find
        _loaded[loaded.checkpoint.name] = loaded

    def input_size(self, height: int, width: int, detail: int | None = None) -> tuple[int, int]:
        """Return what ``Network.input_size`` does."""
        from ..model.preparation import input_size_at  # noqa: PLC0415 - torch takes seconds

        return input_size_at(self._read.preprocessor, height, width, detail)

    def predict(self, rgb: np.ndarray, detail: int | None = None) -> QueryPredictions:
        """Predict as ``Network.predict`` does.

        Raises:
            UserError: "gpu_...", none is lent, and why; and as for ``Network.predict``.
        """
        return _told(lambda: _lent_answer(*self._wanted, "predict", rgb, detail))

    def record(self, rgb: np.ndarray, detail: int | None = None) -> AttentionRecord:
        """Record as ``Network.record`` does; errors as for ``predict``."""
        return _told(lambda: _lent_answer(*self._wanted, "record", rgb, detail))


@contextmanager
def turn(segmenter: Segmenter) -> Generator[Segmenter]:
    """Give a segmenter that holds on to its GPU, for pictures that follow each other."""
    if not ON_ZEROGPU:
        yield segmenter
        return
    lent: Any = segmenter.network
    network: Any = _TurnNetwork(lent)  # has what a Segmenter needs of a Network
    try:
        yield type(segmenter)(segmenter.checkpoint, network)
    finally:
        network.close()


class _TurnNetwork(LentNetwork):
    """Borrows one GPU for ``TURN_SECONDS``, and again when they are over."""

    def __init__(self, lent: LentNetwork):
        super().__init__(lent._read, None, lent._wanted[1])
        self._lease: tuple[Any, Iterator[Any], float] | None = None

    def predict(self, rgb: np.ndarray, detail: int | None = None) -> QueryPredictions:
        """Predict as ``LentNetwork.predict`` does."""
        if self._lease and time.monotonic() > self._lease[2]:
            self.close()
        if self._lease is None:
            self._lease = _told(self._begin)
        frames, answers, _ = self._lease
        with suppress(OSError):  # a worker that is gone is told by its answer
            frames.send((rgb, detail))
        return _told(lambda: next(answers))

    def _begin(self) -> tuple[Any, Iterator[Any], float]:
        # A socket within a folder that is this user's alone.
        with Listener(family="AF_UNIX") as listener:
            answers = _lent_answers(*self._wanted, listener.address)
            next(answers)  # the worker has called: accepting doesn't wait
            return listener.accept(), answers, time.monotonic() + TURN_SECONDS - _TURN_RESERVE

    def close(self) -> None:
        """Give the GPU back."""
        if self._lease:
            frames, answers, _ = self._lease
            self._lease = None
            frames.close()
            with suppress(Exception):  # whatever its end was like, it is over
                next(answers, None)


def _told(ask: Callable[[], Any]) -> Any:
    """Return an answer; raise what ``spaces`` says instead of one in the user's language."""
    try:
        answer = ask()
    except Exception as error:
        raise _problem(error) from error
    if isinstance(answer, UserError):
        raise answer
    return answer


def _problem(error: Exception) -> Exception:
    title, said = str(getattr(error, "title", "")), str(error)
    quota = _QUOTA.search(said)
    if quota:
        return UserError(
            "gpu_quota",
            asked=quota["asked"],
            left=quota["left"],
            wait=quota["wait"].strip(),
            link=_MORE_TIME[quota["kind"]],
        )
    if "quota exceeded" in title:  # no time was told: these are not a visitor's minutes
        if "app has reached" in said:
            return UserError("gpu_app_quota")
        return UserError("gpu_busy" if "No GPU" in said else "gpu_often")
    if "credits exceeded" in title:
        return UserError("gpu_often")
    if "illegal duration" in title:
        return UserError("gpu_duration")
    if "queue timeout" in title or "No GPU" in said:
        return UserError("gpu_busy")
    if "worker error" in title:
        # Else it is the name of an error that nobody foresaw.
        return UserError("gpu_aborted") if "aborted" in said else error
    return UserError("gpu_unavailable")
