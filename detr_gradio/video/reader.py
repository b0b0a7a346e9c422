"""Video files read with FFmpeg through PyAV.

PyAV rather than OpenCV: OpenCV drops the audio, its wheels can't write H.264, and it hides damage.
PyAV's wheels carry FFmpeg with H.264, VP8, VP9, AV1, AAC and Opus on every platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.stream import Disposition
from av.video.reformatter import Colorspace

from ..limits import limits
from ..messages import UserError

# Playlists and the like could make FFmpeg read other files or addresses: these can't.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"

UNSPECIFIED = 2  # FFmpeg's number of that colour space


class VideoError(UserError):
    """A video that can't be used, and what to do about it."""


@dataclass(frozen=True)
class Frame:
    """One frame of a video.

    Attributes:
        image: (H, W, 3) uint8 RGB, upright, square pixels, both sides even.
        pts: time in units of the video's ``time_base``.
        seconds: time from the beginning of the video.
    """

    image: np.ndarray
    pts: int
    seconds: float


class VideoReader:
    """Reads a video file in one pass: frames, and the audio between them. A context manager.

    Attributes:
        duration: seconds, or None where the file doesn't say (recordings of a browser don't).
        frame_rate: frames a second, on average.
        damaged_at: seconds of the first damage met so far, or None.
        video: the video stream of PyAV.
        audio: the first audio stream of PyAV, or None.

    Raises:
        VideoError: no video, too large, too many pixels, or of a format that can't be read.
    """

    def __init__(self, path: str | Path):
        path = Path(path)
        if not path.is_file():
            raise VideoError("video_missing")
        if path.stat().st_size > limits().max_video_bytes:
            raise VideoError("video_too_heavy", limit=limits().max_video_bytes // 1_000_000)
        try:
            self._container = av.open(
                str(path), options={"format_whitelist": FORMATS, "protocol_whitelist": "file"}
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise VideoError("video_unreadable") from error
        try:
            self.video = self._find_video()
        except VideoError:
            self._container.close()
            raise
        self.audio = next(iter(self._container.streams.audio), None)
        self.video.thread_type = "AUTO"
        rate = self.video.average_rate or self.video.guessed_rate
        # Browsers' recordings claim 1000 frames a second.
        self.frame_rate = rate if rate and 1 <= rate <= 240 else Fraction(30)
        self.duration = self._find_duration()
        self.damaged_at: float | None = None

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    @property
    def time_base(self) -> Fraction:
        """Seconds of one unit of ``Frame.pts``."""
        return self.video.time_base or Fraction(1, 1_000_000)  # a stream that is read has one

    @property
    def first_second(self) -> float:
        """Time stamp of the beginning, in seconds."""
        return float((self.video.start_time or 0) * self.time_base)

    def _find_video(self) -> av.VideoStream:
        for stream in self._container.streams.video:
            # A cover picture is a video stream too.
            if stream.disposition & Disposition.attached_pic:
                continue
            width, height = stream.codec_context.width, stream.codec_context.height
            if width * height > limits().max_video_pixels:
                most = round(limits().max_video_pixels / 1_000_000, 1)
                raise VideoError("video_too_many_pixels", width=width, height=height, limit=most)
            if width and height:
                return stream
        raise VideoError("video_no_picture")

    def _find_duration(self) -> float | None:
        if self.video.duration:
            return float(self.video.duration * self.time_base)
        if self._container.duration:
            return self._container.duration / av.time_base
        return None

    def read(self, start: float = 0.0) -> Iterator[Frame | av.Packet]:
        """Yield frames, and packets of the audio stream, from ``start`` seconds to the end.

        Damage doesn't raise: what can be decoded comes, and ``damaged_at`` tells where it began.
        """
        if start > 0:
            offset = int((start + self.first_second) / self.time_base)
            # To the key frame before the start; the frames from there are decoded and dropped.
            self._container.seek(offset, stream=self.video, backward=True)
        streams = [stream for stream in (self.video, self.audio) if stream]
        seconds, pts = start, -1
        packets = self._container.demux(streams)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.error.FFmpegError, OSError):
                self._damage(seconds)
                return
            if packet.stream is self.audio:
                if packet.size:
                    yield packet
                continue
            if packet.is_corrupt:  # a file that was cut off ends in half a packet
                self._damage(seconds)
            try:
                decoded = packet.decode()
            except av.error.EOFError:
                return
            except av.error.FFmpegError:
                self._damage(seconds)
                continue
            for frame in decoded:
                assert isinstance(frame, av.VideoFrame)  # of a packet of the video stream
                # AVI has no time stamps on its frames.
                guess = pts + max(1, round(1 / (self.frame_rate * self.time_base)))
                pts = max(frame.pts if frame.pts is not None else guess, pts + 1)
                seconds = float(pts * self.time_base) - self.first_second
                if frame.is_corrupt:
                    self._damage(seconds)
                if seconds > start - 1e-6:
                    yield Frame(_upright(frame, self.video.sample_aspect_ratio), pts, seconds)

    def _damage(self, seconds: float) -> None:
        if self.damaged_at is None:
            self.damaged_at = seconds


def _upright(frame: av.VideoFrame, aspect: Fraction | None) -> np.ndarray:
    """Return a frame as (H, W, 3) uint8 RGB: turned, square pixels, even sides, not too large."""
    width, height = frame.width, frame.height
    if aspect:
        width = round(width * aspect)
    factor = min(1.0, limits().video_side / max(width, height))
    rgb = frame.reformat(
        width=max(2, round(width * factor) // 2 * 2),
        height=max(2, round(height * factor) // 2 * 2),
        format="rgb24",
        src_colorspace=_colorspace(frame),
    )
    image = rgb.to_ndarray()
    return np.ascontiguousarray(np.rot90(image, round(frame.rotation / 90) % 4))


def _colorspace(frame: av.VideoFrame) -> Colorspace | None:
    # Unspecified means BT.709 where the picture is high definition, BT.601 below: as players do.
    if frame.colorspace != UNSPECIFIED:
        return None
    return Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
