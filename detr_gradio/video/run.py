"""A video in, the same video with its panoptic maps out."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..limits import limits
from .frame import Frame, VideoError
from .motion import Follower
from .process import VideoProcess
from .tables import FrameData, Timeline, keep_frames
from .tracking import Tracker

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
            where the process that reads it ended; None where it is sound.
        notes: what a person should know of it, as sentences.
    """

    frames: int = 0
    segmented: int = 0
    seconds: float = 0.0
    stopped: bool = False
    damaged_at: float | None = None
    notes: list[VideoError] = field(default_factory=list)


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

    Whatever ends the iteration (the end, ``stop``, damage, an error, the end of the process that
    reads the video), the files are complete and play up to the last frame written.

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
        self._ended: VideoError | None = None
        self._process = VideoProcess(source, self.video)
        try:
            self._start, self._end = self._span(start, end)
        except VideoError:
            self._process.close()
            raise
        self.timeline = Timeline(self._start, self._end)

    def stop(self) -> None:
        """Ask the iteration to end after the frame that it is at; from any thread."""
        self._stop.set()

    def _span(self, start: float, end: float | None) -> tuple[float, float]:
        most = limits().max_video_seconds
        length = self._process.duration
        start = max(0.0, start)
        stop = min(end if end is not None else np.inf, length if length is not None else np.inf)
        if not stop > start:  # so written, it refuses NaN
            raise VideoError("video_span")
        if np.isfinite(stop) and stop - start > most + 0.5:
            raise VideoError("video_too_long", seconds=round(stop - start), limit=f"{most:g}")
        # A recording doesn't know its length: it is cut where the limit is.
        stop = min(stop, start + most + 0.5)
        # Nor does each other file: a frame after the end that its header tells is a frame.
        self._bound = min(end if end is not None else np.inf, start + most + 0.5)
        total = self._total(start, stop)
        if total is not None and total > limits().max_video_frames:
            raise VideoError("video_too_many_frames", frames=total, limit=limits().max_video_frames)
        return start, stop

    def _total(self, start: float, end: float) -> int | None:
        """Frames of a part, as far as the file says."""
        process = self._process
        if process.duration is None:
            return None
        rate = process.frame_rate
        if process.frames is not None:
            rate = process.frames / process.duration
        return max(1, round((end - start) * rate))

    def __iter__(self) -> Iterator[VideoProgress]:
        self._began = time.perf_counter()
        total = self._total(self._start, self._end)
        seen: list[bool] = []  # for each frame written, whether the network saw it
        seconds = self._start
        try:
            with (
                FrameData(self.csv, self.jsonl, self._language) as data,
                closing(self._segmented()) as frames,
            ):
                for frame, result, segmented in frames:
                    image = self._draw(frame.image, result)
                    self._process.write(image)
                    data.write(len(seen), frame.seconds, segmented, result)
                    self.timeline.add(frame.seconds, result)
                    seen.append(segmented)
                    seconds = frame.seconds
                    yield VideoProgress(
                        len(seen), total, seconds, self._elapsed, image, result, segmented
                    )
        finally:
            self._finish(seen, seconds)
        summary = self.summary
        if not summary.frames and not summary.stopped:
            raise self._ended if self._ended else VideoError("video_no_frames")

    def _segmented(self) -> Generator[tuple[Frame, PanopticResult, bool]]:
        """Go through ``follow_frames``; the network works on the next frame meanwhile."""
        coming = follow_frames(self._frames(), self._segment, every=self._every)
        # The context holds whose request this is, which a lent GPU asks for.
        context = contextvars.copy_context()

        def one() -> tuple[Frame, PanopticResult, bool] | None:
            return context.run(lambda: next(coming, None))

        with ThreadPoolExecutor(1, thread_name_prefix="video") as beside:
            try:
                following = beside.submit(one)
                while (now := following.result()) is not None:
                    if self._stop.is_set():
                        self.summary.stopped = True
                        return
                    following = beside.submit(one)
                    yield now
            finally:
                self._process.end()

    @property
    def _elapsed(self) -> float:
        return time.perf_counter() - self._began

    def _frames(self) -> Iterator[Frame]:
        for count, frame in enumerate(self._process.read(self._start, self._bound)):
            if self._stop.is_set():
                self.summary.stopped = True
                return
            # Once at least, so that something comes of every video.
            most = limits().max_video_frames, limits().max_video_work_seconds
            if count >= most[0] or (count and self._elapsed > most[1]):
                self._note("video_limited", frames=most[0], minutes=f"{most[1] / 60:g}")
                return
            yield frame

    def _finish(self, seen: list[bool], seconds: float) -> None:
        summary = self.summary
        result = self._process.finish()
        summary.frames = result["written"]
        summary.segmented = sum(seen[: summary.frames])
        if not summary.frames:
            self.video.unlink(missing_ok=True)
        if "end" in result:
            summary.seconds = result["end"] - self._start
            summary.damaged_at = result["damaged_at"]
            if summary.damaged_at is not None:
                self._note("video_damaged", seconds=f"{summary.damaged_at:.1f}")
            if result["is_mute"]:
                self._note("video_mute")
        else:
            keep_frames(self.csv, self.jsonl, summary.frames)
            summary.seconds = seconds - self._start
            summary.damaged_at = seconds
            self._ended = self._note("video_ended", seconds=f"{seconds:.1f}")

    def _note(self, key: str, **values: object) -> VideoError:
        note = VideoError(key, **values)
        self.summary.notes.append(note)
        return note
