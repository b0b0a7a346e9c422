"""A visitor of the page whose requests live on what is kept, so that they wait for no network."""

from __future__ import annotations

import json
import threading

import numpy as np

from detr_gradio import Segmenter
from detr_gradio.images import load_image
from detr_gradio.result.exports import legend_csv
from detr_gradio.ui.viewer import viewer_value

from .server import Page
from .visitors import Answer, Failed, Visitor, picture

PAUSE = 0.5
"""Seconds between two deeds of the visitor."""


class QuickVisitor:
    """Moves the threshold and takes the legend again and again; to be left with ``with``.

    Args:
        page: where the visitor is.
        number: of the visitor's picture.
        detail: shorter side for the network, in pixels.

    Attributes:
        answers: to all requests so far.
        failed: requests that had no answer.
    """

    def __init__(self, page: Page, number: int, detail: int):
        self.answers: list[Answer] = []
        self.failed = 0
        self._detail = detail
        self._picture = picture(number)
        self._got: list[tuple[float, object, bytes]] = []
        self._visitor, self._end = Visitor(page), threading.Event()
        self._threshold = page.event("threshold_change", "viewer")
        self._legend = page.event("click", "download-legend")
        self._viewer = page.place(self._threshold, "viewer")
        self._visitor.show(self._picture, detail)

    def __enter__(self) -> QuickVisitor:
        self._thread = threading.Thread(target=self._work)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _work(self) -> None:
        turn = 0
        while not self._end.wait(PAUSE):
            threshold = round(0.5 + turn % 40 / 100, 2)
            turn += 1
            try:
                moved = self._visitor.run(
                    self._threshold, [None, None, None, "paper"], {"threshold": threshold}
                )
                taken = self._visitor.run(self._legend, [])
                table = self._visitor.get(taken.data[0]["path"])
            except Failed:
                self.failed += 1
                continue
            self.answers += [moved, taken]
            self._got.append((threshold, moved.data[self._viewer], table))

    def wrong(self, own: Segmenter) -> int:
        """Return how many answers are not those that a segmenter gives here."""
        image, wrong = load_image(self._picture), 0
        for threshold, shown, table in self._got:
            result = own.segment(image, threshold=threshold, detail=self._detail)
            ids = viewer_value(image, result)["ids"]
            wrong += not isinstance(shown, str) or json.loads(shown)["ids"] != ids
            wrong += table.decode("utf-8-sig") != legend_csv(result)
        return wrong

    def slow(self) -> float:
        """Return the seconds that 95 of 100 answers kept within; infinite without any."""
        seconds = [answer.seconds for answer in self.answers]
        return float(np.quantile(seconds, 0.95)) if seconds else float("inf")
