"""A segmenter that answers at once, without torch: the top is sky, the bottom grass, discs people.

What it finds follows from the picture's size alone, so a test knows what to expect.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from detr_gradio.checkpoints.catalogue import CATALOGUE, find
from detr_gradio.checkpoints.hub import CheckpointUnavailable
from detr_gradio.images import load_image
from detr_gradio.model.attention_record import AttentionRecord
from detr_gradio.result.coco import COCO
from detr_gradio.result.panoptic import assemble
from detr_gradio.result.predictions import QueryPredictions
from detr_gradio.service import Service

SKY, GRASS, PERSON, DOG = 187, 193, 1, 18
SCORES = {SKY: 0.97, GRASS: 0.95, PERSON: 0.92, DOG: 0.7}


class FakeSegmenter:
    """Behaves as ``detr_gradio.Segmenter``; counts its passes.

    Attributes:
        passes: how often the "network" ran.
        wait: called in each pass; its end is the end of the pass.
    """

    def __init__(self, name: str):
        self.checkpoint = find(name)
        self.categories = COCO
        self.passes = 0
        self.wait: Callable[[], object] = lambda: None
        self._known: dict[tuple, QueryPredictions] = {}
        self._turn = threading.Lock()

    def segment(
        self, image, *, threshold=0.85, detail=None, method="paper", loaded=False, owner=""
    ):
        rgb = image if loaded else load_image(image)
        start = time.perf_counter()
        predictions = self.predict(rgb, detail=detail, owner=owner)
        network = time.perf_counter() - start
        return assemble(
            predictions,
            threshold=threshold,
            method=method,
            checkpoint=self.checkpoint.name,
            timings={"preprocess": 0.0, "network": network},
        )

    def predict(self, image, *, detail=None, loaded=False, owner=""):
        rgb = image if loaded else load_image(image)
        key = (owner, rgb.tobytes(), detail)
        if key in self._known:  # which waits for no network
            return self._known[key]
        with self._turn:
            if key not in self._known:
                self.wait()
                self.passes += 1
                self._known[key] = fake_predictions(rgb.shape[:2], detail or 800)
            return self._known[key]

    @contextmanager
    def held(self, after: int = 0) -> Iterator[None]:
        """Let so many passes through; the next one lasts until the block is left."""
        leave, turns = threading.Event(), threading.Semaphore(after)
        self.wait = lambda: turns.acquire(blocking=False) or leave.wait()
        try:
            yield
        finally:
            self.wait = lambda: None
            leave.set()

    def attention(self, image, *, detail=None, loaded=False, owner=""):
        return fake_attention(self.predict(image, detail=detail, loaded=loaded, owner=owner))


def fake_attention(predictions: QueryPredictions) -> AttentionRecord:
    """Attention of 50 queries with 8 heads on 6 x 8 places; each found query looks at a corner."""
    generator = np.random.default_rng(0)
    cross = generator.uniform(0, 0.2, (50, 8, 6, 8)).astype(np.float32)
    cross[predictions.queries[0], :, 0, 0] = 9
    cross /= cross.sum((2, 3), keepdims=True)
    probabilities = np.zeros((50, 251), np.float32)
    probabilities[:, 250] = 1
    probabilities[predictions.queries] = predictions.probabilities
    boxes = generator.uniform(0.2, 0.6, (50, 4)).astype(np.float32)
    boxes[predictions.queries] = predictions.boxes
    height, width = predictions.input_size
    return AttentionRecord(
        features=tuple(
            generator.random((height // s, width // s), np.float32) for s in (4, 8, 16, 32)
        ),
        channels=(256, 512, 1024, 2048),
        encoder_queries=generator.normal(size=(8, 48, 4)).astype(np.float32),
        encoder_keys=generator.normal(size=(8, 48, 4)).astype(np.float32),
        cross_attention=cross,
        mask_attention=cross / 8,
        probabilities=probabilities,
        boxes=boxes,
        categories=COCO,
    )


def fake_predictions(shape: tuple[int, int], detail: int) -> QueryPredictions:
    """Sky above, grass below, two people (left and right) and, less sure, a dog in the middle."""
    rows, columns = np.mgrid[0:100, 0:100] / 100
    logits = np.full((5, 100, 100), -8.0, np.float32)
    logits[0][rows < 0.5] = 4
    logits[1][rows >= 0.5] = 4
    for query, (x, y, radius) in enumerate([(0.25, 0.5, 0.15), (0.75, 0.5, 0.12), (0.5, 0.7, 0.1)]):
        logits[2 + query][np.hypot(columns - x, rows - y) < radius] = 8
    categories = np.array([SKY, GRASS, PERSON, PERSON, DOG])
    scores = np.array([SCORES[category] for category in categories], np.float32)
    probabilities = np.zeros((5, 251), np.float32)
    probabilities[np.arange(5), categories] = scores
    scale = detail / min(shape)
    return QueryPredictions(
        queries=np.array([3, 7, 11, 20, 42]),
        scores=scores,
        category_ids=categories,
        categories=COCO,
        probabilities=probabilities,
        boxes=np.full((5, 4), 0.5, np.float32),
        mask_logits=logits,
        input_size=(round(shape[0] * scale), round(shape[1] * scale)),
        image_size=shape,
    )


class FakeService(Service):
    """A service of fake segmenters that never asks the network.

    Attributes:
        segmenters: by name.
        missing: names of checkpoints that can't be had.
    """

    def __init__(self, *, missing: tuple[str, ...] = ()):
        super().__init__(self._give)
        self.segmenters = {name: FakeSegmenter(name) for name in CATALOGUE}
        self.missing = missing

    def _give(self, name, *, progress):
        if name in self.missing:
            raise self._missed(name)
        progress("load", 0, 100)
        return self.segmenters[name]

    def _out_of_reach(self):
        return self._missed(self.preferred.name) if self.preferred.name in self.missing else None

    @staticmethod
    def _missed(name):
        return CheckpointUnavailable(
            "checkpoint_unreachable", title=find(name).title, name=name, reason="ConnectError"
        )

    def state(self, checkpoint):
        return "unreachable" if checkpoint.name in self.missing else "loaded"
