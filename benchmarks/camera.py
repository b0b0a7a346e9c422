"""A live camera without a browser: its frames go the way of those of the page's camera."""

from __future__ import annotations

import base64
import io
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
from PIL import Image

from detr_gradio.ui.tabs.webcam import LIVE_DETAIL, STREAM_EVERY

from .server import Page
from .visitors import Failed, Visitor

_ANSWERS = ("process_generating", "process_streaming")


class Camera:
    """Sends frames for as long as it is told, whether or not they are answered.

    Args:
        page: where the frames go.
        visitor: who sends them.

    Attributes:
        answered: frames with a result so far.
        turns: how often the server ended the stream, since the time of a turn was over.
    """

    def __init__(self, page: Page, visitor: Visitor | None = None):
        self.answered = self.turns = 0
        self._visitor = visitor or Visitor(page)
        self._event = page.event("stream", "live-camera")
        self._settings = [LIVE_DETAIL, page.checkpoint, 0.85, "paper", None, None]
        self._numbers = itertools.count()
        self._pool = ThreadPoolExecutor(1)

    def start(self, seconds: float) -> None:
        """Be live for so long."""
        self._end = time.monotonic() + seconds
        self._work = self._pool.submit(self._run)

    def stop(self) -> None:
        """Be live no longer."""
        self._end = 0.0
        wait([self._work])

    def live(self, seconds: float) -> bool:
        """Wait so long, or until the end; returns whether there is more to wait for.

        Raises:
            Failed: a turn ended with an error.
        """
        if wait([self._work], seconds).not_done:
            return True
        self._work.result()
        return False

    def _run(self) -> None:
        while time.monotonic() < self._end:
            number = self._visitor.join(self._event, self._data())
            over = threading.Event()
            camera = threading.Thread(target=self._film, args=(number, over), daemon=True)
            camera.start()
            try:
                for message in self._visitor.messages():
                    self.answered += message["msg"] in _ANSWERS
                    if message["msg"] == "process_completed" and not message["success"]:
                        raise Failed(message["output"].get("error"))
            finally:
                over.set()
                camera.join()
            self.turns += 1

    def _film(self, number: str, over: threading.Event) -> None:
        while not over.wait(STREAM_EVERY):
            if time.monotonic() > self._end:
                self._visitor.end(number)
                return
            if not self._visitor.send(number, self._data()):
                return  # the turn has just ended

    def _data(self) -> list:
        url = f"data:image/jpeg;base64,{base64.b64encode(frame(next(self._numbers))).decode()}"
        return [{"url": url, "meta": {"_type": "gradio.FileData"}}, *self._settings]


def frame(number: int) -> bytes:
    """Return the JPEG file of a frame of 640x480: a square that moves over coarse colours."""
    coarse = np.random.default_rng(number // 50).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    pixels = np.array(Image.fromarray(coarse).resize((640, 480), Image.Resampling.BICUBIC))
    x, y = 7 * number % 540, 5 * number % 380
    pixels[y : y + 100, x : x + 100] = 255 - pixels[y, x]
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
