"""Videos written with FFmpeg through PyAV; see ``video_reader``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Colorspace

from .reader import Frame, VideoReader

BT709 = 1  # FFmpeg's number of the colour space


class VideoWriter:
    """Writes an MP4 that every browser plays: H.264, yuv420p, AAC, index first. A context manager.

    Frames keep their time stamps, so the frame rate stays what it was, also a variable one. AAC
    audio is copied as it is; any other is encoded as AAC.

    Args:
        path: where the file goes.
        reader: where the frames and the audio come from.
        start: seconds of the reader's video that become the beginning.
    """

    def __init__(self, path: str | Path, reader: VideoReader, start: float = 0.0):
        self._container = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._reader = reader
        self._first = start + reader.first_second
        self._video: av.VideoStream | None = None
        self._audio = _AudioTrack(self._container, reader.audio, self._first)
        # The file's header needs the picture's size, so sound waits for the first frame.
        self._waiting: list[av.Packet] = []

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self._video:
                self._container.mux(self._video.encode())
                self._audio.finish()
        finally:
            self._container.close()

    def write(self, frame: Frame, image: np.ndarray) -> None:
        """Write an (H, W, 3) uint8 RGB picture in the place of a frame; all of one size."""
        if self._video is None:
            self._video = self._add_video(image.shape[1], image.shape[0])
            for packet in self._waiting:
                self._audio.write(packet)
            self._waiting.clear()
        picture = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709
        )
        picture.time_base = self._reader.time_base
        picture.pts = max(0, frame.pts - round(self._first / self._reader.time_base))
        self._container.mux(self._video.encode(picture))

    def write_audio(self, packet: av.Packet) -> None:
        """Write a packet of the reader's audio."""
        if self._video is None:
            self._waiting.append(packet)
        else:
            self._audio.write(packet)

    def _add_video(self, width: int, height: int) -> av.VideoStream:
        stream = self._container.add_stream(
            "libx264", rate=self._reader.frame_rate, options={"preset": "veryfast", "crf": "21"}
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.time_base = self._reader.time_base
        stream.codec_context.colorspace = BT709
        stream.codec_context.color_primaries = BT709
        stream.codec_context.color_trc = BT709
        return stream


class _AudioTrack:
    """The audio of the file being written: copied packets, or AAC made of decoded ones."""

    def __init__(
        self, container: av.container.OutputContainer, source: av.AudioStream | None, first: float
    ):
        self._container = container
        self._source = source
        self._first = first
        self._stream: Any = None  # an av.AudioStream, where there is a source
        self._resampler: av.AudioResampler | None = None
        if source is None:
            return
        if source.codec_context.name == "aac":
            self._stream = container.add_stream_from_template(source)
            return
        rate = min(source.rate or 48_000, 48_000)
        self._stream = container.add_stream("aac", rate=rate, layout="stereo")
        self._resampler = av.AudioResampler("fltp", "stereo", rate, frame_size=1024)

    def write(self, packet: av.Packet) -> None:
        if packet.pts is None or float(packet.pts * packet.time_base) < self._first:
            return
        offset = round(self._first / packet.time_base)
        if self._resampler is None:
            packet.stream = self._stream
            packet.pts -= offset
            packet.dts = packet.pts
            self._container.mux(packet)
            return
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            return  # a gap in the sound; the picture goes on
        for frame in frames:
            frame.pts = None if frame.pts is None else frame.pts - offset
            for ready in self._resampler.resample(frame):
                self._container.mux(self._stream.encode(ready))

    def finish(self) -> None:
        if self._resampler is None:
            return
        for ready in self._resampler.resample(None):
            self._container.mux(self._stream.encode(ready))
        self._container.mux(self._stream.encode(None))
