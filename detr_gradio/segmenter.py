"""The one class that people import: an image in, its panoptic map out."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, TypeVar, cast, overload

import numpy as np
from cachetools import LRUCache

from .checkpoints.catalogue import CATALOGUE, DEFAULT, Checkpoint, find_for_program
from .checkpoints.hub import CheckpointUnavailable, Progress
from .checkpoints.loading import LoadedCheckpoint, load
from .images import ImageSource, load_image
from .limits import limits
from .messages import UserError
from .model.attention_record import AttentionRecord
from .model.detail import MIN_DETAIL, require_detail
from .model.device import Device, best_device, require_device
from .model.network import Network
from .model.precision import Precision, require_precision
from .result.categories import Categories
from .result.options import THRESHOLD, Method, require_options
from .result.panoptic import PanopticResult, assemble
from .result.predictions import QueryPredictions

ONE_IMAGE = (str, bytes, bytearray, memoryview, np.ndarray)
"""What can be gone through, but is an image and not many."""

AHEAD = 2
"""So many images of many are opened ahead of the network."""

Cached = TypeVar("Cached", QueryPredictions, AttentionRecord)


class Segmenter:
    """Panoptic segmentation with one checkpoint. Safe to share between threads.

    ``load_segmenter`` makes one. Predictions are kept, so that a new threshold or method for the
    same picture needs no network; the oldest go when they take more than
    ``limits().cache_bytes``.

    Attributes:
        checkpoint: the catalogue's entry.
        network: what predicts; it takes and returns data on the CPU.
    """

    def __init__(self, checkpoint: Checkpoint, network: Network):
        self.checkpoint = checkpoint
        self.network = network
        self._kept = LRUCache(limits().cache_bytes, getsizeof=attrgetter("nbytes"))
        self._kept_lock = threading.Lock()
        # One picture at a time: the network uses all processors by itself, unless it is elsewhere.
        self._turn = threading.BoundedSemaphore(getattr(network, "at_once", 1))

    def __repr__(self) -> str:
        return f"<Segmenter with {self.checkpoint.name}: {len(self.categories)} categories>"

    @property
    def categories(self) -> Categories:
        """What it can find: the checkpoint's categories by id."""
        return self.network.categories

    @overload
    def segment(
        self,
        image: ImageSource,
        *,
        threshold: float = ...,
        detail: int | None = ...,
        method: Method = ...,
        loaded: bool = ...,
        owner: str | None = ...,
    ) -> PanopticResult: ...

    @overload
    def segment(
        self,
        image: Iterable[ImageSource],
        *,
        threshold: float = ...,
        detail: int | None = ...,
        method: Method = ...,
    ) -> Iterator[PanopticResult | UserError]: ...

    def segment(
        self,
        image: ImageSource | Iterable[ImageSource],
        *,
        threshold: float = THRESHOLD,
        detail: int | None = None,
        method: Method = "paper",
        loaded: bool = False,
        owner: str | None = "",
    ) -> PanopticResult | Iterator[PanopticResult | UserError]:
        """Segment an image, or each of many, into things and stuff.

        The same pixels, checkpoint and parameters give the same result, always.

        Args:
            image: path, bytes, PIL image, or (H, W, 3) uint8 RGB array; or an iterable of such. Of
                many, the next ones are opened while the network works, and no more than
                ``AHEAD`` of them wait in memory.
            threshold: least score of a query, 0.5..1.
            detail: shorter side of the network's input in pixels, 64..1333; None for the
                checkpoint's own (800 for the published ones).
            method: how pixels are given to queries, as in ``panoptic.assemble``.
            loaded: the image is what ``images.load_image`` returned: it is neither checked nor
                copied again.
            owner: for whom predictions are kept: the same picture of another owner is predicted
                anew, or the time of an answer would tell that somebody else has sent it. None keeps
                none: a frame of a video or a camera does not come again.

        Returns:
            The result. Of many, an iterator with one for each, in their order; an image that can't
            be segmented has its error in place of a result, and the others go on.

        Raises:
            ImageError: the image can't be read or is outside the limits.
            UserError: a parameter is out of range, or there is not enough memory.
        """
        start = time.perf_counter()
        require_options(threshold, method)
        if isinstance(image, Iterable) and not isinstance(image, ONE_IMAGE):
            require_detail(detail)
            return self._segment_many(image, threshold=threshold, detail=detail, method=method)
        rgb = _loaded(cast("ImageSource", image), loaded)
        ready = time.perf_counter()
        predictions = self._predict(rgb, detail, owner)
        timings = {"preprocess": ready - start, "network": time.perf_counter() - ready}
        try:
            return assemble(
                predictions,
                threshold=threshold,
                method=method,
                checkpoint=self.checkpoint.name,
                timings=timings,
            )
        except MemoryError:
            raise UserError("image_memory") from None

    __call__ = segment

    def _segment_many(
        self, images: Iterable[ImageSource], **options: Any
    ) -> Iterator[PanopticResult | UserError]:
        images = iter(images)
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="open") as threads:
            waiting = deque(threads.submit(load_image, image) for image in islice(images, AHEAD))
            try:
                while waiting:
                    opened = waiting.popleft()
                    # The next one is opened while the network works.
                    waiting.extend(threads.submit(load_image, image) for image in islice(images, 1))
                    try:
                        answer = self.segment(opened.result(), loaded=True, **options)
                    except UserError as error:
                        answer = error
                    del opened  # whoever looks at a result for long keeps no picture
                    yield answer
            finally:
                for unwanted in waiting:
                    unwanted.cancel()

    def predict(
        self,
        image: ImageSource,
        *,
        detail: int | None = None,
        loaded: bool = False,
        owner: str = "",
    ) -> QueryPredictions:
        """Return what the network says of an image: cached, for all queries above 0.5.

        Args and errors as for ``segment``.
        """
        return self._predict(_loaded(image, loaded), detail, owner)

    def attention(
        self,
        image: ImageSource,
        *,
        detail: int | None = None,
        loaded: bool = False,
        owner: str = "",
    ) -> AttentionRecord:
        """Return where the network looks in an image: cached, for all queries and places.

        Costs a pass of the network without its mask head, and for the image predicted last no
        backbone either. Args and errors as for ``segment``.
        """
        return self._run("attention", self.network.record, _loaded(image, loaded), detail, owner)

    def _predict(self, rgb: np.ndarray, detail: int | None, owner: str | None) -> QueryPredictions:
        return self._run("predictions", self.network.predict, rgb, detail, owner)

    def _run(
        self,
        kind: str,
        work: Callable[..., Cached],
        rgb: np.ndarray,
        detail: int | None,
        owner: str | None,
    ) -> Cached:
        require_detail(detail)
        if owner is None:
            with self._turn:
                return work(rgb, detail)
        key = kind, owner, _image_key(rgb), self.network.input_size(*rgb.shape[:2], detail)
        kept = self._recall(key)
        if kept is None:
            with self._turn:
                # Another thread may have brought the same picture while this one waited.
                kept = self._recall(key)
                if kept is None:
                    kept = _read_only(work(rgb, detail))
                    with self._kept_lock, suppress(ValueError):  # it takes more than all may
                        self._kept[key] = kept
        return kept  # ty: ignore[invalid-explicit-return]  # the key says which of the two kinds it is

    def _recall(self, key: object) -> QueryPredictions | AttentionRecord | None:
        with self._kept_lock:
            return self._kept.get(key)


def _loaded(image: ImageSource, loaded: bool) -> np.ndarray:
    return image if loaded and isinstance(image, np.ndarray) else load_image(image)


def _read_only(kept: Cached) -> Cached:
    """Lock the arrays: whoever wrote into them would change what others get from the cache."""
    for value in vars(kept).values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, np.ndarray):
                part.flags.writeable = False
    return kept


def _image_key(rgb: np.ndarray) -> tuple[tuple[int, ...], bytes]:
    return rgb.shape, hashlib.blake2b(np.ascontiguousarray(rgb).data, digest_size=16).digest()


_segmenters: OrderedDict[tuple[str, str, Precision], Segmenter] = OrderedDict()
_segmenters_lock = threading.Lock()
_loading: dict[tuple[str, str, Precision], threading.Lock] = {}


def load_segmenter(
    name: str | Path = DEFAULT,
    *,
    device: str | None = None,
    precision: Precision = "exact",
    progress: Progress | None = None,
    make_network: Callable[[LoadedCheckpoint, Device, Precision], Network] | None = None,
) -> Segmenter:
    """Return the segmenter of a checkpoint, loading it at the first call only.

    However many threads ask, it is loaded once; they wait for it. The least recently used
    checkpoint goes when there are more than ``limits().max_checkpoints``.

    Args:
        name: of the catalogue, a folder, or a repository on the Hub, "owner/name"; the default is
            DETR with ResNet-101. Never a name that somebody else has sent: see ``catalogue.find``.
        device: to compute on, as torch names it: "cpu", "cuda:1", "mps"; None for a GPU where torch
            finds one, else the CPU.
        precision: "exact", float32, or "fast": fp16 on an NVIDIA GPU, and bfloat16 on a CPU that
            was measured to be faster with it. Elsewhere "fast" computes exactly all the same:
            ``network.precision`` of the result says which it is.
        progress: told how far the download and the loading are, by the thread that does it.
        make_network: makes a network of what was loaded; ``ready_network`` if not given.

    Raises:
        CheckpointUnavailable: it can't be found, fetched or used.
        UserError: torch can't compute on that device, or there is no such precision.
    """
    require_precision(precision)
    chosen = require_device(device) if device else best_device()
    checkpoint = find_for_program(name)
    key = checkpoint.name, str(chosen), precision
    with _segmenters_lock:
        lock = _loading.setdefault(key, threading.Lock())
    with lock:
        with _segmenters_lock:
            if key in _segmenters:
                _segmenters.move_to_end(key)
                return _segmenters[key]
        loaded = load(checkpoint, progress=progress)
        network = (make_network or ready_network)(loaded, chosen, precision)
        segmenter = Segmenter(loaded.checkpoint, network)
        with _segmenters_lock:
            _segmenters[key] = segmenter
            while len(_segmenters) > limits().max_checkpoints:
                _segmenters.popitem(last=False)
        return segmenter


def ready_network(
    loaded: LoadedCheckpoint,
    device: Device | None = None,
    precision: Precision = "exact",
) -> Network:
    """Return the network on a device; one of one's own has to segment a small picture first.

    Raises:
        CheckpointUnavailable: its parts don't fit each other.
    """
    try:
        network = Network(loaded, device or best_device(), precision=precision)
        if loaded.checkpoint.name not in CATALOGUE:
            network.predict(np.zeros((64, 80, 3), np.uint8), MIN_DETAIL)
    except Exception as error:  # parts that don't fit each other fail anywhere
        raise CheckpointUnavailable("checkpoint_config", title=loaded.checkpoint.title) from error
    return network
