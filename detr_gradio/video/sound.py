"""The sound of the video being written: AAC that is copied, or made of any other."""

from __future__ import annotations

import ctypes
from fractions import Fraction

import av
import numpy as np

RATE = 48_000
FRAME = 1_024  # samples of an AAC frame
SLACK = 0.05  # seconds that sound may be off its time stamp before silence or a cut mends it
COPIED = frozenset({"LC", "HE-AAC", "HE-AACv2"})  # profiles of AAC that browsers play


class SoundTrack:
    """Writes packets of a source's sound into a container. Made before the container's header is.

    Args:
        container: where it goes.
        source: the stream that the packets come from.
        start: time stamp, in seconds, of the packet that is heard at the beginning.
        end: time stamp of the end.
    """

    def __init__(
        self,
        container: av.container.OutputContainer,
        source: av.AudioStream,
        start: float,
        end: float,
    ):
        self._container = container
        self._start, self._end = start, end
        self._encoder: _Encoder | None = None
        self._last = -1  # decoding time stamp of the packet copied last
        self._given = self._heard = False
        context = self._decoder = source.codec_context
        # Without its configuration up front AAC is a stream for radio, which MP4 can't hold.
        if context.name == "aac" and context.profile in COPIED and context.extradata:
            self._stream = container.add_stream_from_template(source)
        else:
            self._stream = container.add_stream("aac", rate=RATE, layout="stereo")
            self._encoder = _Encoder(self._stream, end - start)

    @property
    def is_mute(self) -> bool:
        """Whether there were packets, and nothing of them could be written."""
        return self._given and not self._heard

    def write(self, packet: av.Packet) -> None:
        """Write a packet; what lies outside of the time is left out."""
        if packet.pts is None or not packet.time_base:
            return
        seconds = float(packet.pts * packet.time_base)
        if seconds >= self._end:
            return
        self._given = True
        if self._encoder is not None:
            self._encode(self._encoder, packet)
            return
        time = packet.pts - round(self._start / packet.time_base)
        if seconds >= self._start and time > self._last:
            packet.stream = self._stream
            packet.pts = packet.dts = self._last = time
            self._mux([packet])

    def finish(self, end: float) -> None:
        """Write what is left, up to this time stamp."""
        if self._encoder is not None:
            self._encode(self._encoder, None)
            self._mux(self._encoder.finish(end - self._start))

    def _encode(self, encoder: _Encoder, packet: av.Packet | None) -> None:
        try:
            for frame in self._decoder.decode(packet):
                _keep_layout(frame)
                begin = None if frame.time is None else frame.time - self._start
                self._mux(encoder.encode(frame, begin))
        except (av.error.FFmpegError, ValueError):
            return  # a gap in the sound; the picture goes on

    def _mux(self, packets: list[av.Packet]) -> None:
        self._heard = self._heard or bool(packets)
        self._container.mux(packets)


class _Encoder:
    """Makes AAC of frames of any kind, which may change on the way; silence where some are missing.

    Positions are in samples of the output, from its beginning.
    """

    def __init__(self, stream: av.AudioStream, length: float):
        self._stream = stream
        self._end = length * RATE
        self._kind: tuple[str, str, int] | None = None  # format, layout and rate of the last frame
        self._resampler = av.AudioResampler("fltp", "stereo", RATE)
        self._samples = np.zeros((2, 0), np.float32)  # not yet encoded
        self._place = 0  # of the first of them
        self._following = 0.0  # where the next frame begins, if none is missing
        self._skipped = 0  # samples still to leave out: of a time that has been written already

    def encode(self, frame: av.AudioFrame, seconds: float | None) -> list[av.Packet]:
        """Return the packets that are ready. ``seconds``: where the frame begins, if known."""
        kind = frame.format.name, frame.layout.name, frame.sample_rate
        begin = self._following if seconds is None else seconds * RATE
        if kind != self._kind or abs(begin - self._following) > SLACK * RATE:
            self._restart(round(begin))
            self._kind, self._following = kind, begin
        self._following += frame.samples * RATE / frame.sample_rate
        frame.pts = None
        self._resample(frame)
        return self._ready(FRAME)

    def finish(self, length: float) -> list[av.Packet]:
        """Return the rest of the packets, up to this many seconds."""
        self._end = min(self._end, length * RATE)
        self._resample(None)
        return [*self._ready(1), *self._stream.encode(None)]

    def _restart(self, begin: int) -> None:
        if self._kind is not None:
            self._resample(None)
            self._resampler = av.AudioResampler("fltp", "stereo", RATE)
        gap = begin - self._place - self._samples.shape[1]
        self._skipped = max(0, -gap)
        if gap > 0:
            self._append(np.zeros((2, gap), np.float32))

    def _resample(self, frame: av.AudioFrame | None) -> None:
        if frame is None and self._kind is None:
            return
        for ready in self._resampler.resample(frame):
            samples = ready.to_ndarray()
            skipped = min(self._skipped, samples.shape[1])
            self._skipped -= skipped
            self._append(samples[:, skipped:])

    def _append(self, samples: np.ndarray) -> None:
        self._samples = np.concatenate([self._samples, samples], axis=1)

    def _ready(self, least: int) -> list[av.Packet]:
        packets = []
        rest = max(0, round(min(self._end - self._place, self._samples.shape[1])))
        while rest >= least:
            count = min(rest, FRAME)
            samples = np.ascontiguousarray(self._samples[:, :count])
            frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
            frame.sample_rate, frame.time_base = RATE, Fraction(1, RATE)
            frame.pts = self._place
            packets += self._stream.encode(frame)
            self._samples = self._samples[:, count:]
            self._place += count
            rest -= count
        return packets


def _keep_layout(frame: av.AudioFrame) -> None:
    """Keep a frame's layout from being freed by Python.

    PyAV 17.1 to 18.1 don't copy a channel map ("chan" of a MOV), but free it, as FFmpeg does:
    ending the process. An object that is never freed, of 100 bytes a frame, is the way around.
    """
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(frame.layout))
