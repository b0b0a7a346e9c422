"""Visitors of a server, who speak to it as the page and programs do."""

from __future__ import annotations

import http.client
import io
import json
import re
import secrets
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import urlopen

import numpy as np
from PIL import Image

from detr_gradio import Segmenter
from detr_gradio.images import load_image
from detr_gradio.result import render
from detr_gradio.ui.viewer import viewer_value

from .server import PATIENCE, Page


class Refused(Exception):
    """The server takes no more work at the moment, says so, and for how many seconds."""

    def __init__(self, said: str, seconds: float):
        super().__init__(said)
        self.seconds = seconds


class Failed(Exception):
    """An event ended with a sentence in place of an answer, or was not understood."""


class Gone(Failed):
    """What was asked for is no longer there."""


@dataclass
class Answer:
    """What an event gave.

    Attributes:
        data: of the last message.
        changes: of each message before, as Gradio sends it.
        ranks: positions in the queue that were told, 0 for the next one.
        queue: the largest size of the queue that was told.
        refusals: what was said each time that the queue was full.
        seconds: from asking for a place in the queue to the end.
    """

    data: list[Any]
    changes: list[list[Any]] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    queue: int = 0
    refusals: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Visitor:
    """One session.

    Args:
        page: of the server.
        language: that the visitor speaks.
        headers: more of each request, such as those of a proxy.

    Attributes:
        session: the name that the server knows it by.
    """

    def __init__(self, page: Page, language: str = "en", headers: dict[str, str] | None = None):
        self._page = page
        self._headers = {"Accept-Language": language, **(headers or {})}
        self._address = urlsplit(page.url).netloc
        self.session = secrets.token_hex(8)

    def segment(self, picture: bytes) -> tuple[Answer, list[bytes]]:
        """Send a picture to ``/segment``; returns the answer and its files, overlay and map."""
        file = self.upload(picture)
        answer = self.run(self._page.event("segment"), [file, None, 0.85, None, "paper"])
        return answer, [self.get(answer.data[place]["path"]) for place in (0, 2)]

    def show(self, picture: bytes, detail: int) -> tuple[Answer, dict[str, Any]]:
        """Choose a picture in the image tab; returns the answer and the viewer's value.

        Args:
            picture: a PNG file.
            detail: shorter side for the network, in pixels.
        """
        event = self._page.event("upload", "picture")
        settings = [self._page.checkpoint, 0.85, detail, "paper", None, None]
        answer = self.run(event, [self.upload(picture), *settings])
        for value in self._shown(answer, event, "viewer"):
            return answer, json.loads(value)
        told = " ".join(self._shown(answer, event, "status"))
        sentences = re.findall(r'<span lang="en">(.*?)</span>', told)
        raise Failed(unescape(sentences[-1]) if sentences else "No result was shown")

    def _shown(self, answer: Answer, event: int, elem_id: str) -> Iterator[str]:
        """Yield the texts that an element of the page became, one after the other."""
        place = self._page.place(event, elem_id)
        # Gradio sends a first output as it is, later ones as lists of [what to do, where, new].
        for output in answer.changes:
            for change in output[place] if isinstance(output[place], list) else [[output[place]]]:
                if isinstance(change[-1], str):
                    yield change[-1]

    def leave(self, picture: bytes) -> None:
        """Send a picture to ``/segment`` and be gone as soon as it waits or is worked on."""
        event, file = self._page.event("segment"), self.upload(picture)
        self.join(event, [file, None, 0.85, None, "paper"])
        messages = self.messages()
        next(messages)
        messages.close()

    def upload(self, picture: bytes) -> dict[str, Any]:
        """Upload a PNG file; returns Gradio's name for it."""
        body = (
            b'--x\r\nContent-Disposition: form-data; name="files"; filename="picture.png"\r\n'
            b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n--x--\r\n"
        )
        (path,) = self._post("upload", body, "multipart/form-data; boundary=x")
        return {"path": path, "meta": {"_type": "gradio.FileData"}}

    def get(self, path: str) -> bytes:
        """Return a file that the server produced."""
        with urlopen(f"{self._page.url}gradio_api/file={quote(path)}", timeout=PATIENCE) as got:
            return got.read()

    def run(self, event: int, data: list[Any], told: dict[str, Any] | None = None) -> Answer:
        """Start an event, as soon as there is a place in the queue, and wait for its end.

        Args:
            event: its number.
            data: of its first inputs; the others are empty.
            told: what the page tells with the event itself.

        Raises:
            Failed: it ended with an error.
        """
        start = time.perf_counter()
        answer = Answer([])
        while refusal := self._refusal(event, data, told):
            answer.refusals.append(str(refusal))
            time.sleep(refusal.seconds)
        for message in self.messages():
            if message["msg"] == "estimation":
                answer.ranks.append(message["rank"])
                answer.queue = max(answer.queue, message["queue_size"])
            elif message["msg"] == "process_generating":
                answer.changes.append(message["output"]["data"])
            elif message["msg"] == "process_completed":
                answer.seconds = time.perf_counter() - start
                if not message["success"]:
                    raise Failed(message["output"].get("error"))
                answer.data = message["output"]["data"]
        return answer

    def _refusal(self, event: int, data: list[Any], told: dict[str, Any] | None) -> Refused | None:
        try:
            self.join(event, data, told)
        except Refused as refusal:
            return refusal
        return None

    def join(self, event: int, data: list[Any], told: dict[str, Any] | None = None) -> str:
        """Put an event into the queue; returns its number.

        Args:
            event: its number.
            data: of its first inputs; the others are empty.
            told: what the page tells with the event itself.

        Raises:
            Refused: the queue is full.
        """
        data = data + [None] * (self._page.inputs(event) - len(data))
        body = {"data": data, "event_data": told, "fn_index": event, "session_hash": self.session}
        return self._post("queue/join", json.dumps(body).encode(), "application/json")["event_id"]

    def send(self, number: str, data: list[Any]) -> bool:
        """Send the next frame of a stream; returns whether the stream is still there."""
        body = {"data": data, "session_hash": self.session}
        return self._goes_on(f"stream/{number}", json.dumps(body).encode())

    def end(self, number: str) -> bool:
        """End a stream, as the page's Stop does; returns whether it was still there."""
        return self._goes_on(f"stream/{number}/close", b"")

    def _goes_on(self, path: str, body: bytes) -> bool:
        try:
            self._post(path, body, "application/json")
        except Gone:
            return False
        return True

    def messages(self) -> Generator[dict[str, Any], None, None]:
        """Yield what the server says of the events under way, until they have ended."""
        connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
        try:
            path = f"/gradio_api/queue/data?session_hash={self.session}"
            connection.request("GET", path, headers=self._headers)
            for line in connection.getresponse():
                if line.startswith(b"data: "):
                    message = json.loads(line[6:])
                    if message["msg"] == "close_stream":
                        return
                    yield message
        finally:
            connection.close()

    def _post(self, path: str, body: bytes, kind: str) -> Any:
        connection = http.client.HTTPConnection(self._address, timeout=PATIENCE)
        try:
            headers = {"Content-Type": kind, **self._headers}
            connection.request("POST", f"/gradio_api/{path}", body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status == 503:
            seconds = float(answer.getheader("Retry-After", "1"))
            raise Refused(json.loads(content)["detail"], seconds)
        if answer.status == 404:
            raise Gone(path)
        if answer.status != 200:
            raise Failed(f"{answer.status}: {content[:200]!r}")
        return json.loads(content)


def is_right(own: Segmenter, number: int, got: list[bytes] | dict[str, Any]) -> bool:
    """Return whether an answer is the one that a segmenter gives here.

    Args:
        own: with the same checkpoint.
        number: of the picture.
        got: what ``Visitor.segment`` or ``Visitor.show`` returned besides the answer.
    """
    image = load_image(picture(number))
    result = own.segment(image)
    if isinstance(got, dict):
        right = viewer_value(image, result)
        return got["ids"] == right["ids"] and got["segments"] == right["segments"]
    overlay, panoptic = (np.asarray(Image.open(io.BytesIO(file)).convert("RGB")) for file in got)
    ids = panoptic.astype(np.int32) @ [1, 256, 65536]
    return np.array_equal(overlay, render.overlay(image, result)) and np.array_equal(
        ids, result.segment_ids
    )


def picture(number: int, width: int = 320, height: int = 240) -> bytes:
    """Return the PNG file of a scene of its own: no two numbers give the same."""
    chance = np.random.default_rng(number)
    coarse = chance.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    smooth = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
    pixels = np.asarray(smooth).copy()
    y, x = (int(chance.integers(0, side // 2)) for side in (height, width))
    pixels[y : y + height // 3, x : x + width // 3] = chance.integers(0, 256, 3)
    pixels[0, :4] = [[number >> 24 & 255, number >> 16 & 255, number >> 8 & 255] for _ in range(4)]
    pixels[0, 0] = number & 255
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
