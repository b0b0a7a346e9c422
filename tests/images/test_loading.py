"""Loading images: right pixels for every kind of picture, a kind sentence for everything else."""

import contextlib
import os
import struct
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageOps

from detr_gradio.images import ImageError, decoding, load_image, loading
from detr_gradio.limits import Limits
from detr_gradio.messages import LANGUAGES, MESSAGES
from tests.support.hostile import (
    hostile_files,
    png,
    png_chunk,
    seeds,
    small_picture,
    tiff,
    write_hostile_files,
)

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def file_of(image, kind="PNG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def flat(mode, color, size=(32, 24)):
    return Image.new(mode, size, color)


def quadrants(top_left, top_right, bottom_left, bottom_right, half=32):
    """A square of four colours; 32 pixels each, so that no codec's block holds two of them."""
    rgb = np.empty((2 * half, 2 * half, 3), np.uint8)
    rgb[:half, :half], rgb[:half, half:] = top_left, top_right
    rgb[half:, :half], rgb[half:, half:] = bottom_left, bottom_right
    return rgb


def corners(rgb):
    """The colours in the middle of the four quarters, in reading order."""
    height, width = rgb.shape[:2]
    return [
        tuple(int(v) for v in rgb[y, x])
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def assert_flat(rgb, color, tolerance=0):
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - color).max() <= tolerance


def assert_is_an_answer(rgb, bounds=None):
    """What load_image promises of every array that it returns."""
    bounds = bounds or Limits()
    assert type(rgb) is np.ndarray
    assert rgb.dtype == np.uint8
    assert rgb.ndim == 3
    assert rgb.shape[2] == 3
    assert rgb.flags.c_contiguous
    assert rgb.flags.writeable
    assert rgb.shape[0] * rgb.shape[1] <= bounds.max_image_pixels
    assert min(rgb.shape[:2]) >= bounds.min_image_side


def assert_is_kind(error, *secrets):
    """What every refusal promises: a known sentence in each language, without paths."""
    assert type(error) is ImageError
    assert error.key in MESSAGES
    for language in LANGUAGES:
        sentence = error.message(language)
        assert 20 < len(sentence) < 250
        assert "{" not in sentence
        for secret in (*secrets, "/", "\\", "Traceback", "Error", "0x"):
            assert secret not in sentence
    assert str(error) == error.message("en")


def answer_of(source):
    """The picture, or the ImageError; nothing else may escape."""
    try:
        return load_image(source)
    except ImageError as error:
        return error


def check_answer(source, *secrets):
    answer = answer_of(source)
    if isinstance(answer, ImageError):
        assert_is_kind(answer, *secrets)
    else:
        assert_is_an_answer(answer)


# Modes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, WHITE),
        ("1", 0, (0, 0, 0)),
        # 128/255 of the colour and 127/255 of white.
        ("RGBA", (200, 100, 0, 128), (227, 177, 127)),
        ("RGBA", (200, 100, 0, 0), WHITE),
        ("RGBA", (200, 100, 0, 255), (200, 100, 0)),
        ("LA", (100, 128), (177, 177, 177)),
        ("LA", (0, 0), WHITE),
        # Grey of 16 bits: value * 255 / 65535, rounded; never clipped.
        ("I;16", 0, (0, 0, 0)),
        ("I;16", 128, (0, 0, 0)),
        ("I;16", 257, (1, 1, 1)),
        ("I;16", 32768, (128, 128, 128)),
        ("I;16", 65535, WHITE),
    ],
)
def test_modes_of_a_png(mode, color, expected):
    assert_flat(load_image(file_of(flat(mode, color))), expected)


@pytest.mark.parametrize(
    ("mode", "color", "expected", "tolerance"),
    [
        ("CMYK", (0, 255, 255, 0), RED, 0),
        ("CMYK", (0, 0, 0, 255), (0, 0, 0), 0),
        ("LAB", (255, 128, 128), WHITE, 2),
        ("I", 65535, WHITE, 0),
        ("I", 200, (200, 200, 200), 0),
        ("I;16", 32768, (128, 128, 128), 0),
        ("F", 0.5, (128, 128, 128), 0),
        ("F", 200.0, (200, 200, 200), 0),
        ("F", 65535.0, WHITE, 0),
        ("F", float("nan"), (0, 0, 0), 0),
        ("F", float("inf"), (0, 0, 0), 0),
    ],
)
def test_modes_of_a_tiff_or_in_memory(mode, color, expected, tolerance):
    assert_flat(load_image(flat(mode, color)), expected, tolerance)
    assert_flat(load_image(file_of(flat(mode, color), "TIFF")), expected, tolerance)


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


def test_lab_colours_survive_a_tiff():
    image = Image.fromarray(quadrants(RED, GREEN, BLUE, WHITE)).convert("LAB")
    found = corners(load_image(file_of(image, "TIFF")))
    # Lab in 8 bits a channel is coarse: blue comes back as (22, 7, 252).
    assert np.abs(np.subtract(found, [RED, GREEN, BLUE, WHITE])).max() <= 24


def test_cmyk_jpeg_in_adobes_inverted_convention():
    image = Image.fromarray(quadrants(RED, GREEN, BLUE, WHITE)).convert("CMYK")
    data = file_of(image, "JPEG", quality=100)
    assert b"Adobe" in data
    found = corners(load_image(data))
    assert np.abs(np.subtract(found, [RED, GREEN, BLUE, WHITE])).max() <= 2


def test_palette_with_and_without_transparency():
    image = Image.new("P", (32, 24), 1)
    image.putpalette([*RED, *GREEN, *BLUE])
    image.paste(2, (16, 0, 32, 24))
    plain = load_image(file_of(image))
    assert tuple(plain[0, 0]) == GREEN
    assert tuple(plain[0, 31]) == BLUE
    for transparency in (2, b"\xff\xff\x00"):
        keyed = load_image(file_of(image, transparency=transparency))
        assert tuple(keyed[0, 0]) == GREEN
        assert tuple(keyed[0, 31]) == WHITE


def test_transparent_colours_of_grey_and_rgb():
    grey = load_image(file_of(flat("L", 77), transparency=77))
    assert_flat(grey, WHITE)
    rgb = flat("RGB", (1, 2, 3))
    assert_flat(load_image(file_of(rgb, transparency=(1, 2, 3))), WHITE)
    assert_flat(load_image(file_of(rgb, transparency=(1, 2, 4))), (1, 2, 3))
    deep = flat("I;16", 1000)
    assert_flat(load_image(file_of(deep, transparency=1000)), WHITE)
    assert_flat(load_image(file_of(deep, transparency=1001)), (4, 4, 4))


def test_sixteen_bits_a_channel():
    pixel = struct.pack(">HHH", 0x8000, 0xFFFF, 0x0100)
    line = b"\0" + pixel * 32
    assert_flat(load_image(png(32, 24, line * 24, depth=16)), (128, 255, 1))
    key = png_chunk(b"tRNS", pixel)
    assert_flat(load_image(png(32, 24, line * 24, key, depth=16)), WHITE)
    pixel = struct.pack(">HHHH", 200 * 257, 100 * 257, 0, 128 * 257)
    line = b"\0" + pixel * 32
    assert_flat(load_image(png(32, 24, line * 24, depth=16, color=6)), (227, 177, 127))


def grey_tiff(bits, photometric, row, width=32, height=24):
    tags = {
        256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, bits), 259: (3, 1, 1),
        262: (3, 1, photometric), 273: (4, 1, 8 + 2 + 9 * 12 + 4), 277: (3, 1, 1),
        278: (4, 1, height), 279: (4, 1, len(row) * height),
    }  # fmt: skip
    return tiff(tags, row * height)


@pytest.mark.parametrize(
    ("bits", "photometric", "row", "expected"),
    [
        (12, 1, b"\xff" * 48, 255),
        (12, 1, b"\x80\x08\x00" * 16, 128),  # 2048 * 255 / 4095 = 127.5
        (16, 1, b"\x00\x80" * 32, 128),
        (16, 0, b"\x00\x00" * 32, 255),  # photometric 0: zero is white
        (16, 0, b"\xff\xff" * 32, 0),
        (8, 0, b"\x00" * 32, 255),
        (1, 0, b"\x00" * 4, 255),
        (1, 1, b"\x00" * 4, 0),
    ],
)
def test_depths_and_polarity_of_a_tiff(bits, photometric, row, expected):
    assert_flat(load_image(grey_tiff(bits, photometric, row)), (expected,) * 3)


def test_values_beyond_every_usual_range_are_stretched():
    values = np.full((24, 32), -50.0, np.float32)
    values[:, 16:] = 150.0
    values[:, 8:16] = 50.0
    rgb = load_image(Image.fromarray(values))
    assert [rgb[0, x, 0] for x in (0, 8, 16)] == [0, 128, 255]
    assert_flat(load_image(Image.new("I", (32, 24), -7)), (0, 0, 0))
    assert_flat(load_image(Image.new("I", (32, 24), 2**31 - 1)), (0, 0, 0))


@pytest.mark.parametrize("name", sorted(seeds()))
def test_each_seed_is_a_right_picture(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb = load_image(seeds()[name])
    assert_is_an_answer(rgb)
    height, width = (48, 40) if name in {
        "progressive.jpg", "alpha.png", "lossless.webp", "alpha.avif"
    } else (40, 48)  # fmt: skip
    assert rgb.shape == (height, width, 3)
    assert rgb.std() > 20


# Orientation -----------------------------------------------------------------------------------

# EXIF 2.32, 4.6.4: which side of the picture the first stored row and column are. Here: the
# stored quarters, in reading order, of a picture that is red, green / blue, white when upright.
STORED = {
    1: (RED, GREEN, BLUE, WHITE),  # top, left
    2: (GREEN, RED, WHITE, BLUE),  # top, right
    3: (WHITE, BLUE, GREEN, RED),  # bottom, right
    4: (BLUE, WHITE, RED, GREEN),  # bottom, left
    5: (RED, BLUE, GREEN, WHITE),  # left, top
    6: (GREEN, WHITE, RED, BLUE),  # right, top
    7: (WHITE, GREEN, BLUE, RED),  # right, bottom
    8: (BLUE, RED, WHITE, GREEN),  # left, bottom
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(quadrants(*STORED[orientation]))
    options = {"WEBP": {"lossless": True}, "TIFF": {}, "PNG": {}}.get(kind, {"quality": 95})
    if kind == "HEIF":
        stored.info["exif"] = exif.tobytes()  # from here it takes its properties of rotation
    else:
        options["exif"] = exif
    rgb = load_image(file_of(stored, kind, **options))
    assert np.abs(np.subtract(corners(rgb), [RED, GREEN, BLUE, WHITE])).max() <= 8


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_orientation_test_needs_turning(orientation):
    assert STORED[orientation] != STORED[1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(Image.fromarray(quadrants(*STORED[orientation])), exif=exif)
    # An independent reader agrees with the table, and one that ignores the tag does not.
    turned = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert corners(np.asarray(turned)) == [RED, GREEN, BLUE, WHITE]
    assert corners(np.asarray(Image.open(BytesIO(data)))) != [RED, GREEN, BLUE, WHITE]


def test_heic_and_avif_are_turned_once_and_by_their_properties():
    """EXIF inside of them is only a copy, which readers must not apply again."""
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = flat("RGB", RED, (128, 64))
    assert load_image(file_of(wide, "HEIF", exif=exif)).shape == (64, 128, 3)
    wide.info["exif"] = exif.tobytes()
    assert load_image(file_of(wide, "HEIF")).shape == (128, 64, 3)
    assert load_image(file_of(wide, "AVIF", exif=exif)).shape == (128, 64, 3)


def test_orientation_turns_the_size_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert load_image(file_of(flat("RGB", RED, (64, 32)), exif=exif)).shape == (64, 32, 3)


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_in_both_byte_orders(order):
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    entry = struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, 3, 0, 0)
    data = file_of(Image.fromarray(quadrants(*STORED[3])), "JPEG", exif=b"Exif\0\0" + mark + entry)
    assert np.abs(np.subtract(corners(load_image(data)), [RED, GREEN, BLUE, WHITE])).max() <= 8


# Animations, containers, profiles ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind):
    frames = [flat("RGB", color) for color in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = file_of(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    with Image.open(BytesIO(data)) as image:
        assert image.n_frames == 3
    assert_flat(load_image(data), RED)


def test_a_pil_image_gives_its_current_frame():
    frames = [flat("RGB", color) for color in (RED, GREEN, BLUE)]
    data = file_of(frames[0], "GIF", save_all=True, append_images=frames[1:])
    with Image.open(BytesIO(data)) as image:
        image.seek(1)
        assert_flat(load_image(image), GREEN)


def test_multi_picture_jpeg_gives_the_first():
    first, second = flat("RGB", RED), flat("RGB", BLUE)
    data = file_of(first, "MPO", save_all=True, append_images=[second])
    assert_flat(load_image(data), (254, 0, 0), tolerance=2)


def rgb_profile(description, primaries):
    """A minimal ICC v2 matrix profile with gamma 2.2; primaries: XYZ of red, green and blue."""

    def xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    text = description.encode() + b"\0"
    tags = {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        b"cprt": b"text\0\0\0\0none\0",
    }
    for name, values in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags[name + b"XYZ"] = xyz(values)
        tags[name + b"TRC"] = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    table, body = b"", b""
    for name, data in tags.items():
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += name + struct.pack(">II", offset, len(data))
        body += data + bytes(-len(data) % 4)
    header = bytearray(128)
    header[8:12] = b"\x02\x10\0\0"
    header[12:24] = b"mntrRGB XYZ "
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">iii", 63190, 65536, 54061)
    profile = bytes(header) + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


# sRGB's primaries adapted to D50 (IEC 61966-2-1 by Bradford's matrix).
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_an_embedded_profile_is_obeyed(kind):
    # In this profile the first channel is green, the second blue, the third red.
    profile = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
    options = {"quality": 100} if kind == "JPEG" else {}
    data = file_of(
        Image.fromarray(quadrants(RED, GREEN, BLUE, WHITE)), kind, icc_profile=profile, **options
    )
    found = corners(load_image(data))
    assert np.abs(np.subtract(found, [GREEN, BLUE, RED, WHITE])).max() <= 4


def test_a_transparent_picture_obeys_its_profile_too():
    profile = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
    data = file_of(flat("RGBA", (255, 0, 0, 255)), icc_profile=profile)
    assert_flat(load_image(data), GREEN, tolerance=3)
    data = file_of(flat("RGBA", (255, 0, 0, 0)), icc_profile=profile)
    assert_flat(load_image(data), WHITE)


def test_srgb_leaves_every_pixel_alone():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(small_picture(), icc_profile=srgb)
    assert np.array_equal(load_image(data), np.asarray(small_picture()))


def test_a_profile_of_other_channels_is_ignored():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert_flat(load_image(file_of(flat("RGB", (1, 2, 3)), icc_profile=lab)), (1, 2, 3))


# Sources ---------------------------------------------------------------------------------------


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


# Limits ----------------------------------------------------------------------------------------


def test_limits_are_obeyed(monkeypatch):
    bounds = Limits(max_image_pixels=10_000, min_image_side=20, max_image_aspect=4.0)
    monkeypatch.setattr(loading, "limits", lambda: bounds)

    def key(width, height):
        try:
            load_image(file_of(Image.new("L", (width, height))))
        except ImageError as error:
            return error.key
        return "fine"

    assert key(100, 100) == "fine"
    assert key(100, 101) == "image_too_many_pixels"
    assert key(20, 80) == "fine"
    assert key(19, 40) == "image_too_small"
    assert key(20, 81) == "image_too_narrow"
    assert key(81, 20) == "image_too_narrow"


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


def test_an_allowed_picture_of_fifty_megapixels_loads():
    data = file_of(Image.new("1", (10_000, 5_000), 1))
    rgb = load_image(data)
    assert rgb.shape == (5_000, 10_000, 3)
    assert rgb.min() == 255


def test_pillows_own_settings_stay(monkeypatch):
    before = Image.MAX_IMAGE_PIXELS
    for file in hostile_files()[::7]:
        with contextlib.suppress(ImageError):
            load_image(file.data)
    assert before == Image.MAX_IMAGE_PIXELS
    with pytest.raises(Image.DecompressionBombError):
        Image.open(BytesIO(png(60_000, 60_000, b"")))


@pytest.mark.parametrize("trouble", [MemoryError, RecursionError, OSError, SystemError, KeyError])
def test_whatever_a_decoder_raises_is_told_kindly(trouble, monkeypatch):
    def fail(*_, **__):
        raise trouble("/srv/app/secret.png")

    monkeypatch.setattr(decoding, "to_rgb", fail)
    monkeypatch.setattr(loading, "to_rgb", fail)
    key = "image_memory" if trouble is MemoryError else "image_damaged"
    for source in (file_of(small_picture()), small_picture()):
        with pytest.raises(ImageError) as caught:
            load_image(source)
        assert caught.value.key == key
        assert_is_kind(caught.value, "secret")


# Hostile files -----------------------------------------------------------------------------------


def test_there_are_hundreds_of_hostile_files():
    files = hostile_files()
    assert len(files) >= 450
    assert sum(file.answer.startswith("image_") for file in files) >= 350
    assert sum(file.answer in seeds() for file in files) >= 70


@pytest.mark.parametrize("file", hostile_files(), ids=lambda file: file.name)
def test_a_hostile_file_has_its_answer(file):
    answer = answer_of(file.data)
    if isinstance(answer, ImageError):
        assert answer.key == file.answer
        assert_is_kind(answer, file.name)
        return
    assert_is_an_answer(answer)
    if file.answer in seeds():
        assert np.array_equal(answer, load_image(seeds()[file.answer]))
        return
    size, _, color = file.answer.partition(" #")
    assert "x".join(map(str, answer.shape[1::-1])) == size
    if color:
        assert_flat(answer, tuple(bytes.fromhex(color)))


def test_hostile_files_by_path(tmp_path):
    for path in write_hostile_files(tmp_path)[::5]:
        check_answer(path, path.name, str(tmp_path))


def test_the_hostile_files_are_hostile():
    """Plain Pillow, asked for the same, lets many kinds of exceptions through."""
    kinds = set()
    for file in hostile_files():
        if len(file.data) < 5_000:  # the heavy ones would take it hours
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    np.array(Image.open(BytesIO(file.data)).convert("RGB"))
            except Exception as error:
                kinds.add(type(error))
    assert len(kinds) >= 6


def test_the_checks_can_fail():
    with pytest.raises(AssertionError):
        assert_is_an_answer(np.zeros((20, 20, 3), np.float32))
    with pytest.raises(AssertionError):
        assert_is_an_answer(np.zeros((20, 20, 4), np.uint8))
    with pytest.raises(AssertionError):
        assert_is_an_answer(np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(AssertionError):
        assert_is_kind(ImageError("image_wrong_type", type="/srv/app/secret"))


MEASURE = """
import re, sys
from pathlib import Path
from detr_gradio.images import ImageError, load_image
for path in sys.argv[1:]:
    try:
        load_image(path)
    except ImageError:
        pass
# Not getrusage: its peak includes the parent's, from between fork and exec.
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_no_hostile_file_takes_much_memory(tmp_path):
    paths = [str(path) for path in write_hostile_files(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE, *paths],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert int(run.stdout) < 300_000  # KB


# Many at once, and chance ------------------------------------------------------------------------


def test_threads_do_not_disturb_each_other():
    def result(data):
        answer = answer_of(data)
        return answer.key if isinstance(answer, ImageError) else answer.tobytes()

    files = [file.data for file in hostile_files() if len(file.data) < 5_000]
    alone = [result(data) for data in files]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(result, files * 2)) == alone * 2


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(seeds())),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=6),
    length=st.floats(0, 1),
)
def test_mutated_files(name, edits, length):
    data = bytearray(seeds()[name])
    for place, change in edits:
        at = int(place * len(data))
        data[at : at + len(change)] = change
    data = bytes(data[: max(1, round(len(data) * max(length, 0.05)))])
    check_answer(data)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200), start=st.sampled_from(sorted(seeds())))
def test_noise_behind_a_right_signature(data, start):
    check_answer(seeds()[start][:16] + data)


class TestAsStored:
    """Pixels of a data set: what Pillow alone decodes, as with the published figures."""

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_the_orientation_is_left_alone(self, orientation, tmp_path):
        rgb = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / "turned.jpg"
        Image.fromarray(rgb).save(path, exif=exif)
        stored = load_image(path, as_stored=True)
        np.testing.assert_array_equal(stored, np.asarray(Image.open(path).convert("RGB")))
        assert stored.shape == (40, 60, 3)
        assert np.array_equal(load_image(path), stored) == (orientation == 1)

    def test_a_colour_profile_is_left_alone(self):
        data = file_of(flat("RGB", RED), icc_profile=rgb_profile("t", (SRGB[1], SRGB[2], SRGB[0])))
        assert_flat(load_image(data, as_stored=True), RED)
        assert_flat(load_image(data), GREEN, tolerance=3)
