"""Small video files with known content, written with FFmpeg through PyAV."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

# container ending: video codec, audio codec
CODECS = {
    "mp4": ("libx264", "aac"),
    "mov": ("libx264", "pcm_s16le"),
    "avi": ("mjpeg", "mp3"),
    "webm": ("libvpx", "libopus"),
}


def write_video(
    path: Path, images: Iterable[np.ndarray], *, rate: int = 25, tone: bool = False
) -> Path:
    """Write (H, W, 3) uint8 pictures as a video of the path's ending, mute or with 440 Hz."""
    video_codec, audio_codec = CODECS[path.suffix[1:]]
    images = list(images)
    # With the index first, as on the web, the beginning of a file can be read without its end.
    options = {"movflags": "faststart"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=options) as container:
        video = container.add_stream(video_codec, rate=rate)
        video.height, video.width = images[0].shape[:2]
        video.pix_fmt = "yuvj420p" if video_codec == "mjpeg" else "yuv420p"
        video.bit_rate = 4_000_000
        audio = container.add_stream(audio_codec, rate=48_000, layout="mono") if tone else None
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(video.encode(frame))
        container.mux(video.encode())
        if audio:
            write_tone(container, audio, len(images) / rate)
    return path


def write_tone(container, audio, seconds: float) -> None:
    samples = np.arange(int(48_000 * seconds))
    wave = (0.5 * np.sin(2 * np.pi * 440 * samples / 48_000)).astype(np.float32)[None]
    resampler = av.AudioResampler(audio.format, "mono", 48_000, frame_size=audio.frame_size or 960)
    frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
    for ready in [*resampler.resample(frame), *resampler.resample(None)]:
        container.mux(audio.encode(ready))
    container.mux(audio.encode())


def turn(path: Path) -> Path:
    """Mark an MP4 as turned by a quarter clockwise, as telephones do, without touching a pixel.

    The matrix of the track header box (ISO/IEC 14496-12, 8.3.2) begins 40 bytes after the version.
    """
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40
    one = 0x10000
    values = (0, one, 0, -one, 0, 0, 0, 0, 0x40000000)
    data[matrix : matrix + 36] = b"".join(v.to_bytes(4, "big", signed=True) for v in values)
    path.write_bytes(data)
    return path


def read_video(path: Path) -> tuple[list[np.ndarray], list[float]]:
    """All frames of a file as (H, W, 3) uint8, and their times in seconds."""
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [frame.to_ndarray(format="rgb24") for frame in frames], [f.time for f in frames]


def read_tone(path: Path) -> tuple[float, float]:
    """(seconds, strongest frequency in Hz) of a file's sound."""
    with av.open(str(path)) as container:
        rate = container.streams.audio[0].rate
        wave = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    spectrum = np.abs(np.fft.rfft(wave * np.hanning(len(wave))))
    return len(wave) / rate, float(np.fft.rfftfreq(len(wave), 1 / rate)[spectrum.argmax()])
