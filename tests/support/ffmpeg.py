"""The programs ffmpeg and ffprobe: files made, and results judged, by somebody else's code."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

needed = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="needs ffmpeg: scripts/install_browser.py installs it on Debian and Ubuntu",
)

TONE = "-f lavfi -i sine=frequency=440:duration={seconds}"
PICTURE = "-f lavfi -i testsrc2=size=320x180:duration={seconds}:rate=25"


def make(path: Path, words: str, **values: object) -> Path:
    """Run ffmpeg with these words, and the path at their end."""
    command = ["ffmpeg", "-v", "error", "-y", *words.format(**values).split(), f"file:{path}"]
    subprocess.run(command, check=True)
    return path


def output(words: str) -> bytes:
    """What ffmpeg writes to its standard output."""
    command = ["ffmpeg", "-v", "error", *words.split()]
    return subprocess.run(command, check=True, capture_output=True).stdout


def clip(path: Path, codecs: str = "-pix_fmt yuv420p", *, seconds: float = 2) -> Path:
    """Write a moving test picture with a tone of 440 Hz."""
    return make(path, f"{PICTURE} {TONE} {codecs}", seconds=seconds)


def probe(path: Path) -> dict:
    """What ffprobe says: "duration", and by kind of stream its fields."""
    shown = "format=duration:stream=codec_type,sample_rate,nb_frames,nb_read_frames"
    command = ["ffprobe", "-v", "error", "-count_frames", "-show_entries", shown, "-of", "json"]
    command.append(f"file:{path}")
    said = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    streams = {stream["codec_type"]: stream for stream in said["streams"]}
    return {"duration": float(said["format"]["duration"]), **streams}


def sound(path: Path) -> np.ndarray:
    """The sound as ffmpeg decodes it: (2, N) float32 at 48 kHz."""
    command = ["ffmpeg", "-v", "error", "-i", f"file:{path}", "-vn"]
    form = ["-f", "f32le", "-ac", "2", "-ar", "48000", "-"]
    data = subprocess.run([*command, *form], check=True, capture_output=True).stdout
    return np.frombuffer(data, "<f4").reshape(-1, 2).T


def frequency(samples: np.ndarray) -> float:
    """The strongest frequency, in Hz, of (N,) samples at 48 kHz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / 48_000)[spectrum.argmax()])


def replace(path: Path, old: bytes, new: bytes) -> Path:
    """Replace bytes that are in a file, everywhere, by as many others."""
    data = path.read_bytes()
    assert old in data
    assert len(old) == len(new)
    path.write_bytes(data.replace(old, new))
    return path
