"""Rare decoders run apart: whatever becomes of them, there is a sentence, and the next picture."""

import os
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images import ImageError, decoding, load_image
from detr_gradio.isolation import IsolatedPool
from tests.support.hostile import encode, seeds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def pool(monkeypatch):
    """Processes of the test's own: one of them, so that it is known which."""
    pool = IsolatedPool("detr_gradio.images.decoding:serve", 1)
    monkeypatch.setattr(decoding, "_POOL", pool)
    yield pool
    pool._close()


@pytest.fixture(scope="module")
def large():
    """An AVIF that takes a while to decode."""
    return encode(Image.effect_noise((4_000, 3_000), 50), "avif", speed=10, quality=80)


def answer_of(data):
    try:
        return load_image(data).shape
    except ImageError as error:
        return error.key


def ticks(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


@pytest.mark.parametrize(
    ("number", "key"),
    [
        (signal.SIGSEGV, "image_damaged"),
        (signal.SIGABRT, "image_damaged"),
        (signal.SIGKILL, "image_memory"),
    ],
)
def test_a_decoder_that_ends_in_the_middle(pool, large, number, key):
    assert answer_of(seeds()["rgb.avif"]) == (40, 48, 3)
    (process,) = pool._idle
    before, answers = ticks(process.pid), []
    thread = threading.Thread(target=lambda: answers.append(answer_of(large)))
    thread.start()
    while ticks(process.pid) < before + 3:  # it is at work
        time.sleep(0.005)
    os.kill(process.pid, number)
    thread.join()
    assert answers == [key]
    for name in ("rgb.avif", "rgb.heic", "rgb.tif"):
        assert answer_of(seeds()[name]) == (40, 48, 3)
    assert pool._idle[0].pid != process.pid


def test_a_decoder_that_takes_too_long(pool, large, monkeypatch):
    assert answer_of(seeds()["rgb.avif"]) == (40, 48, 3)
    monkeypatch.setattr(decoding, "_WALL_SECONDS", 0.1)
    assert answer_of(large) == "image_too_slow"
    monkeypatch.undo()
    assert answer_of(seeds()["rgb.avif"]) == (40, 48, 3)


def test_a_frame_much_larger_than_the_header_says(pool):
    """256 megapixels coded, 48x40 in the header: a gigabyte from 3 kB."""
    data = (Path(__file__).parent / "data" / "huge-frame.avif").read_bytes()
    assert len(data) < 10_000
    assert answer_of(data) == "image_damaged"
    status = Path(f"/proc/{pool._idle[0].pid}/status").read_text()
    assert int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) < 400_000


def test_the_limits_are_those_of_the_caller(pool, monkeypatch):
    from detr_gradio.images import loading
    from detr_gradio.limits import Limits

    monkeypatch.setattr(loading, "limits", lambda: Limits(min_image_side=41))
    for name in ("rgb.avif", "rgb.tif", "float.tif"):
        assert answer_of(seeds()[name]) == "image_too_small"


def test_neither_torch_nor_pyav_is_there(pool):
    assert answer_of(seeds()["rgb.tif"]) == (40, 48, 3)
    maps = Path(f"/proc/{pool._idle[0].pid}/maps").read_text()
    assert "_imaging" in maps
    assert "libtorch" not in maps
    assert "/av/" not in maps


def test_many_at_once_get_their_own():
    names = ["rgb.avif", "rgb.heic", "rgb.tif", "deep.tif", "float.tif", "alpha.avif"]
    alone = [load_image(seeds()[name]) for name in names]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda name: load_image(seeds()[name]), names * 3))
    assert all(map(np.array_equal, together, alone * 3))
