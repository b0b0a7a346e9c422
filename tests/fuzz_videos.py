"""Fuzz videos: mutated files in, a right video or a VideoError out, every time.

    python -m tests.fuzz_videos --cases 2000

Each case is a small file of ``seeds``, made by ffmpeg, after a few mutations from the seed and the
case's number alone, so ``--first NUMBER --cases 1`` repeats one. It goes the whole way, through the
process that decodes and encodes. The death of that process is an outcome, told to its visitor, and
counted; an exception, a stuck run, or a result that can't be played is a fault.
"""

from __future__ import annotations

import random
import struct
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import av
import numpy as np

from detr_gradio.messages import LANGUAGES
from detr_gradio.video.frame import VideoError
from detr_gradio.video.process import WORKER
from detr_gradio.video.run import VideoRun
from tests.fuzz_images import INTERESTING
from tests.support import ffmpeg, fuzzing
from tests.support.children import children_with, peak_memory
from tests.support.moving_scene import panoptic_result

MAX_SECONDS = 300.0  # for one case, on a busy machine
PICTURE = "-f lavfi -i testsrc2=s=64x48:d=0.6:r=10"
TONE = "-f lavfi -i sine=440:d=0.6"
H264 = "-pix_fmt yuv420p -c:v libx264 -g 4 -movflags +faststart"
EIGHT = "-f lavfi -i aevalsrc=" + "|".join(["sin(9*t)"] * 8) + ":c=7.1:d=0.6:s=48000"
SEEDS = {
    "h264-aac.mp4": f"{PICTURE} {TONE} {H264}",
    "fragments.mp4": f"{PICTURE} {TONE} {H264}+frag_keyframe+empty_moov",
    "eight-channels.mov": f"{PICTURE} {EIGHT} {H264} -c:a pcm_s16le",
    "low-rate.mov": f"{PICTURE} {TONE} {H264} -c:a pcm_s16be -ar 5000",
    "odd.mov": f"{PICTURE} {TONE} -vf scale=62:46,setsar=3/2 -c:a alac "
    "-c:v prores -pix_fmt yuv422p10le",
    "mjpeg.avi": f"{PICTURE} {TONE} -c:v mjpeg -pix_fmt yuvj422p -c:a pcm_u8 -ar 11024",
    "b-frames.avi": f"{PICTURE} {TONE} -pix_fmt yuv420p -c:v libx264 -bf 2 -c:a mp3",
    "mpeg4.avi": f"{PICTURE} {TONE} -c:v mpeg4 -c:a adpcm_ms",
    "vp8.webm": f"{PICTURE} {TONE} -c:v libvpx -c:a libopus",
    "vp9.webm": f"{PICTURE} {TONE} -c:v libvpx-vp9 -ac 2 -c:a libvorbis",
    "late.mkv": f"{PICTURE} {TONE} {H264} -c:a flac -output_ts_offset 100",
    "ten-bits.mkv": f"{PICTURE} -c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le "
    "-color_trc smpte2084 -color_primaries bt2020 -colorspace bt2020nc",
    "slides.mp4": f"-f lavfi -i testsrc2=s=64x48:d=12:r=1/4 {H264}",
}


@cache
def seeds() -> dict[str, bytes]:
    """Name and bytes of each whole file."""
    files = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, words in SEEDS.items():
            files[name] = ffmpeg.make(Path(folder) / name, words).read_bytes()
    return files


def mutated_file(seed: int, number: int) -> tuple[str, bytes]:
    """The name and the bytes of one case."""
    chance = random.Random(f"{seed} {number}")
    name = chance.choice(sorted(seeds()))
    data = bytearray(seeds()[name])
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8, 16))):
        # Most mutations meet the headers: sizes, codecs, rates, layouts, matrices, time stamps.
        reach = min(len(data), 3_000) if chance.random() < 0.7 else len(data)
        at = chance.randrange(reach) if reach else 0
        length = chance.choice((1, 2, 4, 8, 32, 200))
        kind = chance.randrange(9)
        if kind == 0 and data:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            value = chance.choice(INTERESTING)
            data[at : at + len(value)] = value
        elif kind == 2:
            del data[at : at + length]
        elif kind == 3:
            data[at:at] = data[at : at + length] * chance.choice((1, 2, 50))
        elif kind == 4:
            data[at : at + length] = chance.randbytes(length)
        elif kind == 5:
            other = seeds()[chance.choice(sorted(seeds()))]
            start = chance.randrange(len(other))
            data[at : at + length] = other[start : start + length]
        elif kind == 6:
            _change_field(data, chance)
        elif kind == 7 and chance.random() < 0.3:
            del data[at:]
    return name, bytes(data)


def _change_field(data: bytearray, chance: random.Random) -> None:
    """Give one of MP4's or AVI's known fields another value."""
    names = (b"tkhd", b"mvhd", b"mdhd", b"elst", b"stts", b"ctts", b"stsz", b"chan", b"stsd")
    present = [name for name in (*names, b"strh", b"strf", b"avih") if name in data]
    if present:
        at = data.index(chance.choice(present)) + 4 * chance.randrange(1, 14)
        values = (0, 1, 2, 90, 48_000, 65_535, 65_536, 2**31 - 1, 2**31, 2**32 - 65_536, 2**32 - 1)
        form = "<I" if b"avih" in data else ">I"
        data[at : at + 4] = struct.pack(form, chance.choice(values))


def verdict(name: str, data: bytes) -> str:
    """What came of a file: "video", with the notes on it, an error's key, or what is wrong."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="detr-fuzz-") as folder:
        source = Path(folder) / name
        source.write_bytes(data)
        try:
            said = _work_off(source, Path(folder))
        except VideoError as error:
            said = error.key if _is_kind(error) else f"LEAK in {error.key}"
        except Exception as error:
            said = f"ESCAPED {type(error).__name__}"
    return said if time.monotonic() - began < MAX_SECONDS else f"HANG after {said}"


def _work_off(source: Path, folder: Path) -> str:
    run = VideoRun(source, folder, _see, lambda image, result: image, every=100)
    shapes, times = set(), []
    for step in run:
        shapes.add((step.image.shape, step.image.dtype.name))
        times.append(step.seconds)
    summary = run.summary
    with av.open(str(run.video)) as made:
        frames = sum(1 for _ in made.decode(video=0))
        duration = float(made.duration or 0) / av.time_base
    if frames != summary.frames or len(times) < frames:
        return "WRONG NUMBER of frames"
    if len(shapes) != 1 or times != sorted(set(times)) or not 0 <= times[0] <= times[-1] <= 61:
        return "WRONG FRAMES"
    if duration > 61:
        return "WRONG DURATION"
    if not all(map(_is_kind, summary.notes)):
        return "LEAK in a note"
    return ", ".join(["video", *(note.key for note in summary.notes)])


def _see(image: np.ndarray):
    return panoptic_result(np.zeros(image.shape[:2], np.uint8), {})


def _is_kind(error: VideoError) -> bool:
    sentences = [error.message(language) for language in LANGUAGES]
    return all("/" not in text and "\\" not in text and len(text) < 250 for text in sentences)


class Watch:
    """Looks at the memory of the processes that decode, ten times a second; Linux only.

    Attributes:
        peak: most bytes that one of them has had.
    """

    def __init__(self):
        self.peak = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._end.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._end.wait(0.1):
            self.peak = max([self.peak, *map(peak_memory, children_with(f"{WORKER}:work"))])


def fuzz(cases: int, seed: int = 0, first: int = 0, workers: int = 2) -> dict:
    """Run cases and count what came out.

    Returns:
        "cases", "verdicts" (how many of each), "faults" (what must not happen, one line each),
        "peak_megabytes" of a process that decodes, "seconds".
    """
    began = time.perf_counter()
    seeds()  # once, before the threads
    counts: Counter[str] = Counter()
    faults = []
    with Watch() as watch, ThreadPoolExecutor(workers) as pool:
        numbers = range(first, first + cases)
        verdicts = pool.map(lambda number: verdict(*mutated_file(seed, number)), numbers)
        for number, said in zip(numbers, verdicts, strict=True):
            counts[said] += 1
            if said != said.lower():
                faults.append(f"{said}, case {number}")
            if (number + 1) % 100 == 0:
                print(f"{number + 1} of {first + cases} cases", file=sys.stderr, flush=True)
    return {
        "cases": sum(counts.values()),
        "verdicts": dict(counts.most_common()),
        "faults": faults,
        "peak_megabytes": round(watch.peak / 2**20),
        "seconds": round(time.perf_counter() - began),
    }


def main() -> int:
    """Run from the command line; the exit code is 1 where anything is at fault."""
    parser = fuzzing.command_line(__doc__, cases=2_000)
    parser.add_argument("--workers", type=int, default=2, help="videos at a time")
    options = parser.parse_args()
    result = fuzz(options.cases, options.seed, options.first, options.workers)
    return fuzzing.report(result, options.json)


if __name__ == "__main__":
    sys.exit(main())
