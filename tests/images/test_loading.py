"""Paths, bytes, arrays and PIL images become RGB, or a kind sentence says why not."""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images import ImageError, load_image, loading
from detr_gradio.limits import Limits
from tests.support.hostile import small_picture
from tests.support.pictures import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    assert_flat,
    assert_is_an_answer,
    assert_is_kind,
    file_of,
    flat,
)


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("HSV", (0, 255, 255), RED),
        ("YCbCr", (76, 85, 255), RED),  # ITU-R BT.601: 0.299 * 255 = 76
        ("PA", (9, 0), WHITE),
        ("RGBX", (1, 2, 3, 0), (1, 2, 3)),
        ("RGBa", (100, 50, 0, 128), (227, 177, 127)),  # premultiplied
        ("La", (50, 128), (177, 177, 177)),
        ("I;16B", 65535, WHITE),
    ],
)
def test_modes_that_only_live_in_memory(mode, color, expected):
    assert_flat(load_image(flat(mode, color)), expected, tolerance=1)


def test_values_beyond_every_usual_range_are_stretched():
    values = np.full((24, 32), -50.0, np.float32)
    values[:, 16:] = 150.0
    values[:, 8:16] = 50.0
    rgb = load_image(Image.fromarray(values))
    assert [rgb[0, x, 0] for x in (0, 8, 16)] == [0, 128, 255]
    assert_flat(load_image(Image.new("I", (32, 24), -7)), (0, 0, 0))
    assert_flat(load_image(Image.new("I", (32, 24), 2**31 - 1)), (0, 0, 0))


def test_a_pil_image_gives_its_current_frame():
    frames = [flat("RGB", color) for color in (RED, GREEN, BLUE)]
    data = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with Image.open(BytesIO(data)) as image:
        image.seek(1)
        assert_flat(load_image(image), GREEN)


def test_every_kind_of_source_gives_the_same(tmp_path):
    picture = small_picture()
    data = file_of(picture)
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    expected = np.asarray(picture)
    sources = [path, str(path), data, bytearray(data), memoryview(data), picture, expected]
    sources.append(np.asfortranarray(expected))
    for source in sources:
        rgb = load_image(source)
        assert_is_an_answer(rgb)
        assert np.array_equal(rgb, expected)


def test_a_turned_picture_is_upright_unless_it_is_wanted_as_stored():
    exif = Image.Exif()
    exif[0x0112] = 6
    image = flat("RGB", RED, (32, 24))
    image.info["exif"] = exif.tobytes()
    for source in (image, file_of(image, exif=exif)):
        assert load_image(source).shape == (32, 24, 3)
        assert load_image(source, as_stored=True).shape == (24, 32, 3)


def test_the_result_shares_nothing_with_its_source():
    array = np.array(small_picture())
    load_image(array)[:] = 0
    assert array.any()
    image = small_picture()
    load_image(image)[:] = 0
    assert np.asarray(image).any()


def test_a_pil_image_is_left_as_it_was():
    image = flat("P", 0)
    image.info["transparency"] = 0
    exif = Image.Exif()
    exif[0x0112] = 6
    image.info["exif"] = exif.tobytes()
    before = (image.size, image.mode, dict(image.info), image.tobytes())
    load_image(image)
    assert (image.size, image.mode, dict(image.info), image.tobytes()) == before


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.full((20, 30), 7, np.uint8), (7, 7, 7)),
        (np.full((20, 30, 1), 7, np.uint8), (7, 7, 7)),
        (np.full((20, 30, 3), (1, 2, 3), np.uint8), (1, 2, 3)),
        (np.full((20, 30, 4), (200, 100, 0, 128), np.uint8), (227, 177, 127)),
        (np.full((20, 30), 32768, np.uint16), (128, 128, 128)),
        (np.full((20, 30), 32768, ">u2"), (128, 128, 128)),
        (np.full((20, 30, 3), (0, 65535, 257), np.uint16), (0, 255, 1)),
        (np.full((20, 30), True), WHITE),
        (np.full((20, 30, 1), False), (0, 0, 0)),
        (np.full((20, 30, 3), (0, 0.5, 1), np.float32), (0, 128, 255)),
        (np.full((20, 30), 1.0, np.float16), WHITE),
        (np.full((20, 30, 4), (1, 0, 0, 0.0)), WHITE),
        (np.full((40, 60), 7, np.uint8)[::2, ::-2], (7, 7, 7)),
    ],
)
def test_arrays(array, expected):
    before = array.copy()
    rgb = load_image(array)
    assert_is_an_answer(rgb)
    assert rgb.shape == (20, 30, 3)
    assert_flat(rgb, expected)
    assert np.array_equal(array, before)


@pytest.mark.parametrize(
    ("array", "key"),
    [
        (np.zeros((20, 30, 2), np.uint8), "image_array_shape"),
        (np.zeros((20, 30, 5), np.uint8), "image_array_shape"),
        (np.zeros((1, 20, 30, 3), np.uint8), "image_array_shape"),
        (np.zeros(30, np.uint8), "image_array_shape"),
        (np.array(3, np.uint8), "image_array_shape"),
        (np.zeros((0, 30, 3), np.uint8), "image_too_small"),
        (np.zeros((1, 1, 3), np.uint8), "image_too_small"),
        (np.zeros((3, 20, 30), np.uint8), "image_array_shape"),
        (np.zeros((20, 30), np.int8), "image_array_type"),
        (np.zeros((20, 30), np.int16), "image_array_type"),
        (np.zeros((20, 30), np.int32), "image_array_type"),
        (np.zeros((20, 30), np.int64), "image_array_type"),
        (np.zeros((20, 30), np.uint32), "image_array_type"),
        (np.zeros((20, 30), complex), "image_array_type"),
        (np.full((20, 30), "a"), "image_array_type"),
        (np.full((20, 30), None), "image_array_type"),
        (np.zeros((20, 30), "datetime64[s]"), "image_array_type"),
        (np.full((20, 30), 1.01), "image_array_values"),
        (np.full((20, 30), -0.01), "image_array_values"),
        (np.full((20, 30), np.nan), "image_array_values"),
        (np.full((20, 30), np.inf, np.float32), "image_array_values"),
        (np.full((20, 30, 3), 200.0), "image_array_values"),
        (np.broadcast_to(np.uint8(0), (10_000, 5_001)), "image_too_many_pixels"),
        (np.broadcast_to(np.uint8(0), (16, 321)), "image_too_narrow"),
    ],
)
def test_arrays_that_are_no_pictures(array, key):
    with pytest.raises(ImageError) as caught:
        load_image(array)
    assert caught.value.key == key
    assert_is_kind(caught.value)


class Strange:
    def __eq__(self, other):
        raise RuntimeError("compared")

    __hash__ = None


@pytest.mark.parametrize(
    ("source", "key"),
    [
        (None, "image_none"),
        ("", "image_none"),
        (b"", "image_empty"),
        (7, "image_wrong_type"),
        ([1, 2], "image_wrong_type"),
        ({"path": "x"}, "image_wrong_type"),
        (Strange(), "image_wrong_type"),
        ("no-such-file.png", "image_missing"),
        ("a\0b.png", "image_missing"),
        ("\udc80.png", "image_missing"),
        ("https://example.com/picture.png", "image_missing"),
        ("x" * 5_000, "image_unreadable"),
        (Path(__file__) / "picture.png", "image_missing"),
        (Path(__file__).parent, "image_directory"),
        ("/", "image_directory"),
        (".", "image_directory"),
        ("/dev/zero", "image_not_a_file"),
        ("/dev/null", "image_not_a_file"),
        ("/proc/self/mem", "image_unreadable"),
        ("/proc/self/environ", "image_not_a_picture"),
    ],
)
def test_sources_that_are_no_pictures(source, key):
    with pytest.raises(ImageError) as caught:
        load_image(source)
    assert caught.value.key == key
    assert_is_kind(caught.value, "environ")


def test_a_fifo_does_not_block(tmp_path):
    path = tmp_path / "fifo.png"
    os.mkfifo(path)
    with pytest.raises(ImageError) as caught:
        load_image(path)
    assert caught.value.key == "image_not_a_file"


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    def refuse(path, flags, *rest, **more):
        raise PermissionError(13, "Permission denied", str(path))

    path = tmp_path / "secret.png"
    path.write_bytes(b"x")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ImageError) as caught:
        load_image(path)
    assert caught.value.key == "image_unreadable"
    assert_is_kind(caught.value, str(tmp_path), "secret")


def test_links_in_a_circle(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    with pytest.raises(ImageError) as caught:
        load_image(tmp_path / "a.png")
    assert_is_kind(caught.value, str(tmp_path))


def test_refusals_leave_no_file_open(tmp_path):
    def count():
        return len(list(Path("/proc/self/fd").iterdir()))

    (tmp_path / "text.png").write_text("no picture")
    before = count()
    for source in (tmp_path, tmp_path / "text.png", "/dev/null", "/dev/zero", tmp_path / "none"):
        for _ in range(20):
            with pytest.raises(ImageError):
                load_image(source)
    assert count() == before


def test_heavy_files_are_refused_before_they_are_read(tmp_path, monkeypatch):
    path = tmp_path / "sparse.png"
    with path.open("wb") as file:
        file.truncate(10**12)  # takes no room on the disk
    with pytest.raises(ImageError) as caught:
        load_image(path)
    assert caught.value.key == "image_too_heavy"
    assert "larger than 25 MB" in str(caught.value)
    data = file_of(small_picture())
    monkeypatch.setattr(loading, "limits", lambda: Limits(max_image_bytes=len(data)))
    assert load_image(data).shape == (40, 48, 3)
    monkeypatch.setattr(loading, "limits", lambda: Limits(max_image_bytes=len(data) - 1))
    with pytest.raises(ImageError, match="MB"):
        load_image(data)


@pytest.mark.parametrize("trouble", [MemoryError, RecursionError, OSError, SystemError, KeyError])
def test_whatever_a_pil_image_raises_is_told_kindly(trouble, monkeypatch):
    def fail(*_, **__):
        raise trouble("/srv/app/secret.png")

    monkeypatch.setattr(loading, "to_rgb", fail)
    with pytest.raises(ImageError) as caught:
        load_image(small_picture())
    assert caught.value.key == ("image_memory" if trouble is MemoryError else "image_damaged")
    assert_is_kind(caught.value, "secret")


@pytest.mark.parametrize(
    ("size", "key"),
    [
        ((10_000, 5_001), "image_too_many_pixels"),
        ((15, 400), "image_too_small"),
        ((16, 321), "image_too_narrow"),
    ],
)
def test_pil_images_have_the_same_limits(size, key):
    with pytest.raises(ImageError) as caught:
        load_image(Image.new("L", size))
    assert caught.value.key == key


def test_a_file_that_does_not_tell_its_size_is_measured(monkeypatch):
    """Those of /proc say 0 bytes: what is read of them counts, to one byte over the limit."""
    data = Path("/proc/self/maps").read_bytes()
    assert Path("/proc/self/maps").stat().st_size == 0
    assert len(data) > 2_000
    for most, key in ((1_000, "image_too_heavy"), (10_000_000, "image_not_a_picture")):
        monkeypatch.setattr(loading, "limits", lambda most=most: Limits(max_image_bytes=most))
        with pytest.raises(ImageError) as caught:
            load_image("/proc/self/maps")
        assert caught.value.key == key
