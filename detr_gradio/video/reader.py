"""Video files read with FFmpeg through PyAV.

PyAV rather than OpenCV: OpenCV drops the audio, its wheels can't write H.264, and it hides damage.
PyAV's wheels carry FFmpeg with H.264, VP8, VP9, AV1, AAC and Opus on every platform.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import av
from av.stream import Disposition

from ..limits import limits
from .completeness import is_cut_off
from .frame import Frame, VideoError
from .upright import Upright

# What cameras, telephones, browsers, screen recorders and editors write, and no more: each other
# decoder of FFmpeg would be one more to attack. Playlists and the like could make it read other
# files or addresses: these formats can't.
FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
VIDEO_CODECS = (
    "h264,hevc,av1,libdav1d,vp8,vp9,libvpx,libvpx-vp9,mpeg4,mpeg1video,mpeg2video,"
    "h263,mjpeg,msmpeg4,msmpeg4v1,msmpeg4v2,prores,dnxhd,dvvideo,theora,ffv1,"
    "huffyuv,ffvhuff,utvideo,rawvideo,qtrle,cinepak"
)
SOUND_CODECS = (
    "aac,mp3,mp3float,mp2,mp2float,opus,libopus,vorbis,flac,alac,ac3,eac3,amrnb,"
    "amrwb,adpcm_ms,adpcm_ima_wav,adpcm_ima_qt,pcm_alaw,pcm_mulaw,pcm_u8,pcm_s8,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,"
    "pcm_f64le,pcm_f64be"
)
THREADS = min(4, os.cpu_count() or 1)  # each keeps frames in memory
MOMENT = 0.1  # seconds between picture and sound, or two frames, that nobody minds


class VideoReader:
    """Reads a video file in one pass: frames, and the sound between them. A context manager.

    Attributes:
        duration: seconds from the beginning of picture or sound to the end of both, or None where
            the file doesn't say (recordings of a browser don't).
        frames: how many there are, or None where the file doesn't say.
        frame_rate: frames a second, on average.
        damaged_at: seconds of the first damage met so far, or None.
        video: the video stream of PyAV.
        audio: the first audio stream of PyAV that can be decoded, or None.
        has_sound: whether there is any, decoded or not.
        first_second: time stamp of the beginning, in seconds.

    Raises:
        VideoError: no video, too large, too many pixels, or of a format that can't be read.
    """

    def __init__(self, path: str | Path):
        self._path = Path(path)
        if not self._path.is_file():
            raise VideoError("video_missing")
        if self._path.stat().st_size > limits().max_video_bytes:
            raise VideoError("video_too_heavy", limit=limits().max_video_bytes // 1_000_000)
        options = {
            "format_whitelist": FORMATS,
            "protocol_whitelist": "file",
            "codec_whitelist": f"{VIDEO_CODECS},{SOUND_CODECS}",
            "max_streams": "32",
            **_bounds(),
        }
        try:
            # The prefix makes a name such as 12:30.mp4 that of a file and not of a protocol.
            self._container = av.open(f"file:{self._path}", options=options)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise VideoError("video_unreadable") from error
        try:
            self.video = self._find_video()
        except VideoError:
            self._container.close()
            raise
        self.audio = self._find_audio()
        self.has_sound = bool(self._container.streams.audio)
        rate = self.video.average_rate or self.video.guessed_rate
        # Browsers' recordings claim 1000 frames a second.
        self.frame_rate = rate if rate and Fraction(1, 60) <= rate <= 240 else Fraction(30)
        self._unit = self.video.time_base or Fraction(1, 1000)  # seconds of a time stamp's step
        self._is_avi = self._container.format.name == "avi"
        self.first_second = 0.0 if self._is_avi else self._find_beginning()
        self.duration = self._find_duration()
        self.frames = self.video.frames or None
        self.damaged_at: float | None = None
        self._seconds = -1.0  # of the last frame decoded

    def __enter__(self) -> VideoReader:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def _find_video(self) -> av.VideoStream:
        unreadable = False
        for stream in self._container.streams.video:
            # A cover picture is a video stream too.
            if stream.disposition & Disposition.attached_pic:
                continue
            if _is_known(stream, VIDEO_CODECS):
                _check_pixels(stream.codec_context.width, stream.codec_context.height)
                if _opens(stream):
                    return stream
            unreadable = True
        raise VideoError("video_unreadable" if unreadable else "video_no_picture")

    def _find_audio(self) -> av.AudioStream | None:
        streams = self._container.streams.audio
        return next((s for s in streams if _is_known(s, SOUND_CODECS) and _opens(s)), None)

    def _find_beginning(self) -> float:
        video, audio = (
            float(stream.start_time * (stream.time_base or 0))
            if stream and stream.start_time is not None
            else None
            for stream in (self.video, self.audio)
        )
        audio = None if audio is None else max(0.0, audio)
        if video is None or (audio is not None and audio < video - MOMENT):
            return audio or 0.0
        return video

    def _find_duration(self) -> float | None:
        if self._container.duration:
            # Of MP4 and Matroska this is the time stamp of the end, of AVI that of the picture.
            end = self._container.duration / av.time_base
            if self._is_avi and self.audio and self.audio.time_base:
                end = max(end, float(self.audio.frames * self.audio.time_base))
            return end - self.first_second if end > self.first_second > 0 else end
        if self.video.duration:
            return float(self.video.duration * self._unit)
        return None

    def read(self, start: float = 0.0, end: float = float("inf")) -> Iterator[Frame | av.Packet]:
        """Yield the frames seen from ``start`` to ``end`` seconds, and packets of the sound.

        The first frame is the one that is on show at the start, even where it came before. Damage
        doesn't raise: what can be decoded comes, and ``damaged_at`` tells where it began.
        """
        if start > 0:
            offset = int((start + self.first_second) / self._unit)
            # To the key frame before the start; the frames from there are decoded and dropped.
            with suppress(av.error.FFmpegError):  # no index: from the beginning then
                self._container.seek(offset, stream=self.video, backward=True)
        upright = Upright(self.video)
        before: av.VideoFrame | None = None
        for item in self._decoded():
            if isinstance(item, av.Packet):
                yield item
                continue
            seconds = self._seconds
            if seconds < start - 1e-6:
                before = item
                continue
            if before is not None and seconds > start + MOMENT:
                yield Frame(upright.picture(before), start)
            before = None
            if seconds >= end:
                return
            yield Frame(upright.picture(item), seconds)
        if before is not None:
            yield Frame(upright.picture(before), start)
        self._seconds += float(1 / self.frame_rate)  # the last one lasts as well
        missing = (self.duration or 0.0) - self._seconds
        if missing > max(0.5, 3 / self.frame_rate) and is_cut_off(self._path):
            self._damage()

    def _decoded(self) -> Iterator[av.VideoFrame | av.Packet]:
        """Yield frames, with their time in ``_seconds``, and packets of the sound."""
        sent: int | None = None  # decoding time stamp of the first packet
        delay: int | None = None  # of the decoder, in the stream's time base
        for packet in self._packets():
            if packet is not None and packet.stream is self.audio:
                if packet.size:
                    yield packet
                continue
            if packet is not None:
                sent = packet.dts if sent is None else sent
                if packet.is_corrupt:  # a file that was cut off ends in half a packet
                    self._damage()
            try:
                decoded = self.video.codec_context.decode(packet)
            except av.error.EOFError:
                continue  # it has given all that it had
            except av.error.FFmpegError:
                self._damage()
                continue
            for frame in decoded:
                held = packet is None or not packet.size  # it came last, without a time
                stamp = None if self._is_avi and held else frame.pts
                # AVI says only when to decode: a frame is seen when its packet was decoded,
                # less what the decoder holds back to put frames into their order.
                if self._is_avi and not held and frame.dts is not None and sent is not None:
                    delay = frame.dts - sent if delay is None else delay
                    stamp = frame.dts - delay
                self._seconds = self._time(stamp)
                if frame.is_corrupt or not _is_within(frame.width, frame.height):
                    self._damage()
                if _is_within(frame.width, frame.height):
                    yield frame

    def _time(self, stamp: int | None) -> float:
        """Seconds of a frame with this time stamp: always after the one before."""
        if stamp is not None:
            seconds = float(stamp * self._unit) - self.first_second
        else:
            seconds = self._seconds + float(1 / self.frame_rate) if self._seconds >= 0 else 0.0
        return max(seconds, self._seconds + 1e-4, 0.0)

    def _packets(self) -> Iterator[av.Packet | None]:
        """Yield the packets of both streams, then None for the frames still in the decoder."""
        try:
            yield from self._container.demux([s for s in (self.video, self.audio) if s])
        except (av.error.FFmpegError, OSError):
            self._damage()
        yield None

    def _damage(self) -> None:
        if self.damaged_at is None:
            self.damaged_at = max(self._seconds, 0.0)


def _bounds() -> dict[str, str]:
    """FFmpeg's own bound on what a decoder makes of a file, whatever its frames grow to."""
    return {"max_pixels": str(limits().max_video_pixels)}


def _is_known(stream: av.VideoStream | av.AudioStream, codecs: str) -> bool:
    # There is no context where FFmpeg doesn't know the codec.
    return stream.codec_context is not None and stream.codec_context.name in codecs.split(",")


def _opens(stream: av.VideoStream | av.AudioStream) -> bool:
    """Make a stream's decoder ready; whether that worked."""
    context = stream.codec_context
    context.options = _bounds()
    if stream.type == "video":
        context.thread_count, context.thread_type = THREADS, "AUTO"
    try:
        context.open(strict=False)
    except (av.error.FFmpegError, ValueError):
        return False
    return True


def _is_within(width: int, height: int) -> bool:
    return width * height <= limits().max_video_pixels


def _check_pixels(width: int, height: int) -> None:
    if not _is_within(width, height):
        most = round(limits().max_video_pixels / 1_000_000, 1)
        raise VideoError("video_too_many_pixels", width=width, height=height, limit=most)
