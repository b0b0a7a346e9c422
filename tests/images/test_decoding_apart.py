"""Rare decoders run apart: whatever becomes of them, there is a sentence, and the next picture."""

import contextlib
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from detr_gradio.images import ImageError, decoding, load_image
from detr_gradio.isolation import IsolatedPool
from detr_gradio.limits import Limits
from tests.support.children import peak_memory
from tests.support.hostile import encode, png, png_chunk, seeds, small_picture
from tests.support.pictures import SRGB, rgb_profile
from tests.support.tiffs import write_tiff

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


@pytest.fixture
def pool(monkeypatch):
    """Processes of the test's own: one of them, so that it is known which."""
    pool = IsolatedPool("detr_gradio.images.decoding:serve", 1)
    monkeypatch.setattr(decoding, "_POOL", pool)
    yield pool
    for process in pool._idle:
        process.close()


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
    assert peak_memory(pool._idle[0].pid) < 400_000_000


def test_floats_of_a_large_picture_take_no_copies_in_twice_their_size(pool):
    """49 megapixels of floats, 200 MB once unpacked, from some 300 kB."""
    buffer = BytesIO()
    floats = Image.fromarray(np.ones((7_000, 7_000), np.float32))
    floats.save(buffer, "TIFF", compression="tiff_adobe_deflate")
    assert len(buffer.getvalue()) < 500_000
    assert answer_of(buffer.getvalue()) == (7_000, 7_000, 3)
    assert peak_memory(pool._idle[0].pid) < 1_000_000_000


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


class Asked(BaseException):
    """Another process was asked."""


@pytest.fixture
def refused(monkeypatch):
    """No process is to be asked."""

    def refuse(*_, **__):
        raise Asked

    monkeypatch.setattr(decoding._POOL, "run", refuse)


@pytest.mark.parametrize("extension", ["jpg", "png", "webp", "gif", "bmp"])
def test_ordinary_pictures_are_decoded_here(refused, extension):
    assert load_image(encode(small_picture(), extension)).shape == (40, 48, 3)


def test_srgb_ones_too(refused):
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert load_image(encode(small_picture(), "jpg", icc_profile=srgb)).shape == (40, 48, 3)


TURNED = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
PQ = png(40, 40, bytes(121 * 40), png_chunk(b"cICP", bytes((9, 16, 0, 1))))


@pytest.mark.parametrize(
    "data",
    [
        *[encode(small_picture(), extension) for extension in ("tif", "avif", "heic")],
        encode(small_picture(), "png", icc_profile=TURNED),
        PQ,
    ],
)
def test_rare_ones_and_those_of_other_colours_are_not(refused, data):
    with pytest.raises(Asked):
        decoding.decode(data, Limits())


def test_as_stored_no_colours_are_converted(refused):
    for data in (encode(small_picture(), "png", icc_profile=TURNED), PQ):
        decoding.decode(data, Limits(), as_stored=True)


def test_two_at_a_time():
    data = encode(Image.effect_noise((1_000, 800), 50), "avif", speed=10)
    with ThreadPoolExecutor(5) as threads:
        assert len({rgb.shape for rgb in threads.map(load_image, [data] * 10)}) == 1
    assert len(decoding._POOL._idle) == 2


def grey_tiff(width, height, **tags):
    return write_tiff([bytes(width * height * 4)], size=(width, height), t258=(3, 32), **tags)


@pytest.mark.parametrize(
    ("name", "data", "memory"),
    [
        # Twice 300 MB while nobody knows how many pixels there are; then 300 MB, 20 bytes a pixel.
        ("TIFF", encode(Image.new("L", (300, 20)), "tif"), [600_000_000, 300_120_000]),
        ("AVIF", encode(Image.new("L", (32, 40)), "avif"), [600_000_000, 300_025_600]),
        ("TIFF", grey_tiff(50, 400), [600_000_000, 300_400_000]),  # which OpenCV reads
        ("TIFF", grey_tiff(32, 24, t50706=(1, 1)), [600_000_000]),  # refused before
    ],
)
def test_memory_and_time_are_bounded_by_the_number_of_pixels(name, data, memory, monkeypatch):
    asked = []
    monkeypatch.setattr(decoding, "bound_resources", lambda **bounds: asked.append(bounds))
    with contextlib.suppress(ImageError):
        decoding._read_apart(data, name, Limits(), False)
    assert asked == [{"memory": value, "processor_seconds": 20} for value in memory]


def test_a_decoder_may_take_three_times_as_long_as_its_processor_does(pool, monkeypatch):
    asked = []
    monkeypatch.setattr(
        pool, "run", lambda *_, timeout: asked.append(timeout) or ({"shape": [1]}, [np.zeros(1)])
    )
    decoding.decode(seeds()["rgb.tif"], Limits())
    assert asked == [60]
