"""Videos written with FFmpeg through PyAV; see ``reader``."""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from .frame import Frame
from .reader import THREADS, VideoReader
from .sound import SoundTrack

BT709 = 1  # FFmpeg's number of the colour space
TICK = Fraction(1, 90_000)  # exact for the usual frame rates, 30000/1001 among them


class VideoWriter:
    """Writes an MP4 in pieces, which can be read as far as they go if the process ends.

    H.264, yuv420p, AAC. Frames keep their times, so the frame rate stays what it was, also a
    variable one, and each is shown until the next one, as in the source. ``complete`` makes a file
    of it that every browser plays.

    Args:
        path: where the file goes.
        reader: where the frames and the sound come from.
        start: seconds of the reader's video that become the beginning.
        end: seconds of the reader's video that become the end, if there is no other; infinity is
            its end.
    """

    def __init__(self, path: Path, reader: VideoReader, start: float, end: float):
        options = {
            "movflags": "delay_moov+default_base_moof",
            "frag_duration": "200000",
            "flush_packets": "1",
        }
        self._container = av.open(f"file:{path}", "w", format="mp4", options=options)
        self._reader = reader
        self._start, self._end = start, end
        self._video: av.VideoStream | None = None
        self._reformatter = VideoReformatter()
        self._last: av.Packet | None = None  # it lasts until the next one, not known yet
        self._begin = 0  # of that packet, in ticks
        self._ticks = -1  # of the last frame
        # Sound waits for the frame that it is heard with: what is stopped ends with both.
        self._waiting: deque[av.Packet] = deque()
        self._sound: SoundTrack | None = None

    @property
    def is_mute(self) -> bool:
        """Whether the source has sound and nothing of it could be written."""
        if self._sound is None:
            return self._reader.has_sound
        return self._sound.is_mute

    def write(self, frame: Frame, image: np.ndarray) -> None:
        """Write an (H, W, 3) uint8 RGB picture in the place of a frame; all of one size."""
        video = self._video or self._add_streams(image.shape[1], image.shape[0])
        picture = self._reformatter.reformat(
            av.VideoFrame.from_ndarray(image, format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
        )
        # The first one is seen from the beginning, also where the source starts with sound alone.
        ticks = 0 if self._ticks < 0 else round((frame.seconds - self._start) / TICK)
        picture.pts = self._ticks = max(ticks, self._ticks + 1)
        picture.time_base = TICK
        self._mux(video.encode(picture))
        self._write_sound(frame.seconds)

    def write_sound(self, packet: av.Packet) -> None:
        """Write a packet of the reader's sound."""
        self._waiting.append(packet)

    def finish(self, end: float) -> None:
        """Write what is left: the last frame and the sound go on until ``end`` seconds."""
        if self._video is not None:
            self._mux(self._video.encode(None))
            self._mux_last(round((end - self._start) / TICK))
            self._write_sound(end)
            if self._sound is not None:
                self._sound.finish(end + self._reader.first_second)
        self._container.close()

    def _mux(self, packets: list[av.Packet]) -> None:
        for packet in packets:
            begin = packet.pts or 0
            self._mux_last(begin)
            self._last, self._begin = packet, begin

    def _mux_last(self, end: int) -> None:
        if self._last is not None:
            self._last.duration = max(1, end - self._begin)
            self._container.mux(self._last)

    def _write_sound(self, until: float) -> None:
        first = self._reader.first_second
        while self._waiting and _seconds(self._waiting[0]) - first < until:
            packet = self._waiting.popleft()
            if self._sound is not None:
                self._sound.write(packet)

    def _add_streams(self, width: int, height: int) -> av.VideoStream:
        stream = self._container.add_stream(
            "libx264",
            rate=self._reader.frame_rate,
            # Without B-frames a frame's duration in the file is the time that it is shown.
            options={"preset": "veryfast", "crf": "21", "bf": "0"},
        )
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.time_base = TICK
        context.thread_count = THREADS
        context.colorspace = context.color_primaries = context.color_trc = BT709
        self._video = stream
        if self._reader.audio is not None:
            first = self._reader.first_second
            self._sound = SoundTrack(
                self._container, self._reader.audio, self._start + first, self._end + first
            )
        return stream


def complete(source: Path, target: Path) -> int:
    """Make an MP4 with its index first of the pieces that ``VideoWriter`` left, all or some.

    Returns:
        how many frames it has; 0 makes no file.
    """
    frames = 0
    options = {"movflags": "faststart"}
    try:
        pieces = av.open(f"file:{source}", format="mp4")
    except (av.error.FFmpegError, OSError):
        return 0
    with pieces, av.open(f"file:{target}", "w", format="mp4", options=options) as made:
        streams = {s.index: made.add_stream_from_template(s) for s in pieces.streams}
        try:
            for packet in pieces.demux():
                if packet.size and not packet.is_corrupt:
                    frames += packet.stream.type == "video"
                    packet.stream = streams[packet.stream.index]
                    made.mux(packet)
        except av.error.FFmpegError:
            pass  # the last piece, half written
    return frames


def _seconds(packet: av.Packet) -> float:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return 0.0 if stamp is None else float(stamp * packet.time_base)
