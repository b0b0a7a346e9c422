"""A video in, the same video with its panoptic maps out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..limits import limits
from .motion import Follower
from .reader import Frame, VideoError, VideoReader
from .tables import FrameData, Timeline
from .tracking import Tracker
from .writer import VideoWriter

if TYPE_CHECKING:
    from ..result.panoptic import PanopticResult

FrameSegmenter = Callable[[np.ndarray], "PanopticResult"]  # (H, W, 3) uint8 RGB to its result
Draw = Callable[[np.ndarray, "PanopticResult"], np.ndarray]  # ... and to the picture shown of it


@dataclass(frozen=True)
class VideoProgress:
    """How far a video is, after each frame.

    Attributes:
        frames: frames written so far.
        total: frames there will be, as far as the file says; None where it doesn't.
        seconds: time of the last frame, from the beginning of the source.
        elapsed: seconds of work so far.
        image: (H, W, 3) uint8, the last frame as it was written.
        result: its panoptic result; ``number`` stays with each thing through the video.
        segmented: True where the network saw this frame, False where a map was moved on.
    """

    frames: int
    total: int | None
    seconds: float
    elapsed: float
    image: np.ndarray
    result: PanopticResult
    segmented: bool

    @property
    def milliseconds_per_frame(self) -> float:
        """Mean time of work for a frame."""
        return 1000 * self.elapsed / self.frames

    @property
    def seconds_left(self) -> float | None:
        """Estimate of the time until it is done, or None where the length is not known."""
        if self.total is None:
            return None
        return max(0, self.total - self.frames) * self.elapsed / self.frames


@dataclass
class VideoSummary:
    """What came of a video.

    Attributes:
        frames: frames written.
        segmented: how many of them the network saw.
        seconds: how much of the source is in the file.
        stopped: somebody stopped it before its end.
        damaged_at: seconds from the beginning of the source where it is damaged or breaks off, or
            None where it is sound.
    """

    frames: int = 0
    segmented: int = 0
    seconds: float = 0.0
    stopped: bool = False
    damaged_at: float | None = None


def follow_frames(
    frames: Iterable[Frame], segment: FrameSegmenter, *, every: int = 1
) -> Iterator[tuple[Frame, PanopticResult, bool]]:
    """Yield each frame with its result, and whether the network saw it.

    The first of every ``every`` frames is segmented, and the others carry its map on by optical
    flow. Things keep their numbers. Holds two frames in memory, however long the video is.
    """
    tracker = Tracker(memory=max(1, round(30 / every)))
    follower: Follower | None = None
    for index, frame in enumerate(frames):
        if follower is None or index % every == 0:
            result = tracker.update(segment(frame.image))
            follower = Follower(result, frame.image)
            yield frame, result, True
        else:
            yield frame, follower.follow(frame.image), False


class VideoRun:
    """The segmentation of one video file: iterate over it to do the work, frame by frame.

    Whatever ends the iteration (the end, ``stop``, damage, an error), the files are complete and
    play up to the last frame written.

    Args:
        source: the video, MP4, MOV, AVI or WebM.
        folder: where ``video.mp4``, ``frames.csv`` and ``frames.jsonl`` go.
        segment: the network: an (H, W, 3) uint8 picture to its result.
        draw: a picture and its result to the picture shown of them, of the same size.
        every: of how many frames one is segmented, 1 or more.
        start: seconds where to begin.
        end: seconds where to end; None is the end of the video.
        language: of the names of categories in the tables, "en" or "es".

    Attributes:
        summary: what came of it; complete once the iteration has ended.
        timeline: which segments were there when.
        video, csv, jsonl: paths of the files.

    Raises:
        VideoError: the video can't be read, or the part chosen is empty or too long.
    """

    def __init__(
        self,
        source: str | Path,
        folder: str | Path,
        segment: FrameSegmenter,
        draw: Draw,
        *,
        every: int = 1,
        start: float = 0.0,
        end: float | None = None,
        language: str = "en",
    ):
        folder = Path(folder)
        self.video = folder / "video.mp4"
        self.csv = folder / "frames.csv"
        self.jsonl = folder / "frames.jsonl"
        self.summary = VideoSummary()
        self._segment, self._draw = segment, draw
        self._every = every
        self._language = language
        self._stop = threading.Event()
        self._reader = VideoReader(source)
        try:
            self._start, self._end = self._span(start, end)
        except VideoError:
            self._reader.__exit__()
            raise
        self.timeline = Timeline(self._start, self._end)

    def stop(self) -> None:
        """Ask the iteration to end after the frame that it is at; from any thread."""
        self._stop.set()

    def _span(self, start: float, end: float | None) -> tuple[float, float]:
        most = limits().max_video_seconds
        length = self._reader.duration
        start = max(0.0, start)
        stop = min(end if end is not None else np.inf, length if length is not None else np.inf)
        if not stop > start:  # so written, it refuses NaN
            raise VideoError("video_span")
        if np.isfinite(stop) and stop - start > most + 0.5:
            raise VideoError("video_too_long", seconds=round(stop - start), limit=f"{most:g}")
        # A recording doesn't know its length: it is cut where the limit is.
        return start, min(stop, start + most + 0.5)

    def __iter__(self) -> Iterator[VideoProgress]:
        began = time.perf_counter()
        reader, summary = self._reader, self.summary
        length = None if reader.duration is None else self._end - self._start
        total = None if length is None else max(1, round(length * reader.frame_rate))
        try:
            with (
                reader,
                VideoWriter(self.video, reader, self._start) as writer,
                FrameData(self.csv, self.jsonl, self._language) as data,
            ):
                frames = self._frames(writer)
                for frame, result, seen in follow_frames(frames, self._segment, every=self._every):
                    image = self._draw(frame.image, result)
                    writer.write(frame, image)
                    data.write(summary.frames, frame.seconds, seen, result)
                    self.timeline.add(frame.seconds, result)
                    summary.frames += 1
                    summary.segmented += seen
                    summary.seconds = frame.seconds - self._start + 1 / float(reader.frame_rate)
                    elapsed = time.perf_counter() - began
                    yield VideoProgress(
                        summary.frames, total, frame.seconds, elapsed, image, result, seen
                    )
        finally:
            summary.damaged_at = self._damage()
            if not summary.frames:
                self.video.unlink(missing_ok=True)
        if not summary.frames and not summary.stopped:
            raise VideoError("video_no_frames")

    def _frames(self, writer: VideoWriter) -> Iterator[Frame]:
        for item in self._reader.read(self._start):
            if self._stop.is_set():
                self.summary.stopped = True
                return
            if not isinstance(item, Frame):
                writer.write_audio(item)
            elif item.seconds >= self._end:
                return
            else:
                yield item

    def _damage(self) -> float | None:
        reader, summary = self._reader, self.summary
        if reader.damaged_at is not None or summary.stopped or reader.duration is None:
            return reader.damaged_at
        # A file that was cut off ends without an error, before the time that its header tells.
        reached = self._start + summary.seconds
        missing = self._end - reached
        return reached if missing > max(0.5, 3 / float(reader.frame_rate)) else None
