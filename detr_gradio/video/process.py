"""The process that decodes and encodes a video, as the rest of the program sees it.

``worker`` runs in it. Whatever happens to it is no exception here: the frames end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from ..isolation import IsolatedProcess, IsolationError
from ..messages import UserError
from .frame import Frame, VideoError

WORKER = "detr_gradio.video.worker"
PATIENCE = 60.0  # seconds for one answer, before the process counts as stuck
FINISHING = 300.0  # seconds for the last one: the file is copied


class VideoProcess:
    """One video, being read and written.

    Args:
        source: the video.
        target: where the result goes; until ``finish`` there are pieces of it beside it.

    Attributes:
        duration: seconds, or None where the file doesn't say.
        frames: how many there are, or None where the file doesn't say.
        frame_rate: frames a second, on average.

    Raises:
        VideoError: the video can't be read.
    """

    def __init__(self, source: str | Path, target: Path):
        self._target = target.absolute()
        self._pieces = target.absolute().with_suffix(".pieces")
        self._result: dict[str, Any] | None = None
        self._ending = False
        try:
            self._process = IsolatedProcess(f"{WORKER}:work")
        except IsolationError as error:
            raise VideoError("video_ended", seconds="0.0") from error
        try:
            task = {"source": str(Path(source).absolute()), **self._places()}
            self._process.send(task, timeout=PATIENCE)
            known, _ = self._process.receive(PATIENCE)
        except IsolationError as error:
            self._process.close()
            raise VideoError("video_ended", seconds="0.0") from error
        except UserError as error:
            self._process.close()
            raise VideoError(error.key, **error.values) from error
        self.duration: float | None = known["duration"]
        self.frames: int | None = known["frames"]
        self.frame_rate = Fraction(*known["frame_rate"])

    def close(self) -> None:
        """End it, whatever it is doing."""
        self._process.close()
        self._pieces.unlink(missing_ok=True)

    def read(self, start: float, end: float) -> Iterator[Frame]:
        """Yield the frames of a part, in seconds; each is to be answered with ``write``.

        The second one comes before the first is answered, and so on: another thread may answer.
        """
        with suppress(IsolationError):
            self._process.send({"start": start, "end": end}, timeout=PATIENCE)
            while self._result is None:
                frame = self._receive(PATIENCE)
                if frame is not None and not self._ending:
                    yield frame

    def write(self, image: np.ndarray) -> None:
        """Write an (H, W, 3) uint8 RGB picture in the place of the last frame read."""
        with suppress(IsolationError):
            image = np.ascontiguousarray(image)
            self._process.send({"shape": image.shape}, image, timeout=PATIENCE)

    def end(self) -> None:
        """Ask for no more frames: ``read`` ends soon, whoever waits in it."""
        self._ending = True
        with suppress(IsolationError):
            if self._result is None:
                self._process.send({}, timeout=PATIENCE)

    def finish(self) -> dict[str, Any]:
        """Complete the file, with the frames written until now, and end the process.

        To be called after ``end``, when nobody reads any more.

        Returns:
            "written" (frames in the file) and, unless the process ended before its time, "end" and
            "damaged_at" (seconds of the source) and "is_mute".

        Raises:
            OSError: the file can't be written.
        """
        try:
            while self._result is None:
                self._receive(FINISHING)
        except IsolationError:
            self._result = self._recover()
        finally:
            self.close()
        if "errno" in self._result:
            raise OSError(self._result["errno"], os.strerror(self._result["errno"]))
        return self._result

    def _receive(self, timeout: float) -> Frame | None:
        header, buffers = self._process.receive(timeout)
        if buffers:
            return Frame(buffers[0].reshape(header["shape"]), header["seconds"])
        self._result = header
        return None

    def _recover(self) -> dict[str, Any]:
        self._process.close()
        try:
            with IsolatedProcess(f"{WORKER}:recover") as process:
                process.send(self._places(), timeout=PATIENCE)
                return process.receive(FINISHING)[0]
        except IsolationError:
            return {"written": 0}

    def _places(self) -> dict[str, str]:
        return {"pieces": str(self._pieces), "target": str(self._target)}
