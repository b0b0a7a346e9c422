"""Pixels of unusual images in memory, each worked out by hand."""

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images.hdr import tone_map
from detr_gradio.images.metadata import exif_orientation
from detr_gradio.images.pixels import scale_to_8_bits, scale_to_fit, to_rgb, turned_back
from tests.support.pictures import SRGB, cmyk_profile, rgb_profile
from tests.support.tiffs import write_tiff

# Two rows of three greys; upright they are what each orientation says of EXIF (0th row, 0th
# column): 1 top left, 2 top right, 3 bottom right, 4 bottom left, 5 left top, 6 right top, ...
STORED = [[10, 20, 30], [40, 50, 60]]
UPRIGHT = {
    1: [[10, 20, 30], [40, 50, 60]],
    2: [[30, 20, 10], [60, 50, 40]],
    3: [[60, 50, 40], [30, 20, 10]],
    4: [[40, 50, 60], [10, 20, 30]],
    5: [[10, 40], [20, 50], [30, 60]],
    6: [[40, 10], [50, 20], [60, 30]],
    7: [[60, 30], [50, 20], [40, 10]],
    8: [[30, 60], [20, 50], [10, 40]],
}


def grey(image, **options):
    rgb = to_rgb(image, **options)
    assert (rgb.dtype, rgb.flags.c_contiguous, rgb.flags.writeable) == (np.uint8, True, True)
    assert (rgb[..., 0] == rgb[..., 1]).all()
    assert (rgb[..., 0] == rgb[..., 2]).all()
    return rgb[..., 0].tolist()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_turned_upright(orientation):
    image = Image.fromarray(np.array(STORED, np.uint8))
    assert grey(image, orientation=orientation) == UPRIGHT[orientation]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_what_was_turned_is_turned_back(orientation):
    upright = Image.fromarray(np.array(UPRIGHT[orientation], np.uint8))
    assert grey(upright, orientation=turned_back(orientation)) == STORED


def oriented(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def test_the_orientation_is_that_which_is_told_or_the_pictures_own():
    image = Image.fromarray(np.array(STORED, np.uint8))
    assert exif_orientation(oriented(6)) == 6
    image.info["exif"] = oriented(6)
    assert grey(image) == UPRIGHT[6]
    assert grey(image, orientation=3) == UPRIGHT[3]
    assert grey(image, orientation=1) == STORED
    assert grey(image, as_stored=True) == STORED
    assert grey(image, orientation=3, as_stored=True) == STORED
    image.info["exif"] = {"no": "bytes"}
    assert grey(image) == STORED


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("packed", ["raw", "tiff_lzw"])
def test_a_tiff_is_turned_once_or_not_at_all(orientation, packed):
    """Pillow turns a TIFF by itself."""
    file = io.BytesIO()
    stored = Image.fromarray(np.array(STORED, np.uint8))
    stored.save(file, "TIFF", tiffinfo={274: orientation}, compression=packed)
    with Image.open(file) as image:
        assert grey(image) == UPRIGHT[orientation]
    with Image.open(file) as image:
        assert grey(image, as_stored=True) == STORED


@pytest.mark.parametrize(
    ("most", "values", "expected"),
    [
        (65535, [0, 128, 129, 257, 65535], [0, 0, 1, 1, 255]),  # 128 / 257 is 0.498, 129 0.502
        (1, [0.0, 0.001, 0.5, 0.75, 1.0], [0, 0, 128, 191, 255]),  # 127.5 goes to the even one
        (4095, [0, 8, 9, 4095], [0, 0, 1, 255]),
    ],
)
def test_values_are_scaled_and_rounded_to_the_nearest(most, values, expected):
    assert scale_to_8_bits(np.array([values]), most).tolist() == [expected]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # Floats up to 1 are shares, up to 255 greys, up to 65535 of 16 bits, beyond stretched.
        ([0, 0.5, 1], [0, 128, 255]),
        ([0, 1, 255], [0, 1, 255]),
        ([0, 2570, 65535], [0, 10, 255]),
        ([0, 35000, 70000], [0, 128, 255]),
        ([-10, 0, 10], [0, 128, 255]),
        ([-7, -7, -7], [0, 0, 0]),
        ([float("nan"), float("inf"), 1], [0, 0, 255]),
    ],
)
def test_floats_get_the_smallest_usual_range(values, expected):
    assert grey(Image.fromarray(np.array([values], np.float32))) == [expected]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        # Whole numbers are never shares.
        ([0, 1, 1], [0, 1, 1]),
        ([0, 100, 255], [0, 100, 255]),
        ([0, 2570, 65535], [0, 10, 255]),
        ([-100, 0, 100], [0, 128, 255]),
    ],
)
def test_whole_numbers_get_the_smallest_usual_range(values, expected):
    assert grey(Image.fromarray(np.array([values], np.int32))) == [expected]


def test_sixteen_bits_are_all_of_them():
    image = Image.fromarray(np.array([[0, 257, 514, 65535]], np.uint16))
    assert grey(image) == [[0, 1, 2, 255]]


def test_a_deep_tiff_whose_0_is_white():
    file = io.BytesIO()
    values = np.array([[0, 257, 65535]], np.uint16)
    Image.fromarray(values).save(file, "TIFF", tiffinfo={262: 0})
    with Image.open(file) as image:
        assert grey(image) == [[255, 254, 0]]


def test_a_tiff_of_12_bits():
    """Two values in three bytes (TIFF 6.0, section 2): of 4095, not of 65535."""
    rows = bytes.fromhex("000fff 800010 010ffe".replace(" ", ""))
    file = write_tiff([rows], size=(6, 1), t258=(3, 12))
    with Image.open(io.BytesIO(file)) as image:
        assert image.mode == "I;16"
        # 2048 / 4095 * 255 is 127.5, 16 / 4095 * 255 is 0.996.
        assert grey(image) == [[0, 255, 128, 1, 1, 255]]


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("u1", [0, 1, 255], [0, 1, 255]),
        ("u2", [0, 1, 255], [0, 1, 255]),
        ("u2", [0, 257, 256], [0, 1, 1]),
        ("i2", [0, 1, 255], [0, 1, 255]),
        ("i2", [0, 256, 32_767], [0, 2, 255]),  # 256 / 32767 * 255 is 1.99
        ("i2", [-256, 0, 254], [0, 128, 255]),
        ("i4", [0, 257, 32_767], [0, 1, 127]),  # 127.5 less a little
        ("i4", [0, 257, 65_535], [0, 1, 255]),
        ("i4", [0, 65_536, 131_072], [0, 128, 255]),
        ("i4", [-1, 0, 1], [0, 128, 255]),
        ("u4", [0, 2**31, 2**32 - 1], [0, 128, 255]),
        ("f2", [0, 0.25, 1], [0, 64, 255]),
        ("f4", [0, 0.5, 1.5], [0, 0, 2]),  # above 1 they are greys; 0.5 goes to the even one
        ("f4", [0, 255, 256], [0, 1, 1]),
        ("f8", [0, 65_536, 131_072], [0, 128, 255]),
        ("f8", [1e200, 2e200, 5e200], [0, 64, 255]),
        ("f4", [-1, float("nan"), 1], [0, 128, 255]),  # what is not finite counts as 0
        ("f4", [0, float("-inf"), 1], [0, 0, 255]),
        ("f4", [-0.5, -0.5, -0.5], [0, 0, 0]),
        ("i4", [70_000, 70_000, 70_000], [0, 0, 0]),
    ],
)
def test_the_smallest_usual_range_that_holds_all(kind, values, expected):
    with np.errstate(all="raise"):
        scaled = scale_to_fit(np.array([values, values[::-1]], kind))
    assert scaled.dtype == np.uint8
    assert scaled.tolist() == [expected, expected[::-1]]


def test_the_range_is_that_of_all_rows():
    """They are scaled some at a time: 2000 rows of 4000 are two strips."""
    values = np.zeros((2_000, 4_000), np.float32)
    values[0, 0], values[-1, -1] = -100, 155
    scaled = scale_to_fit(values)
    assert (scaled[0, 0], scaled[1, 1], scaled[-2, -2], scaled[-1, -1]) == (0, 100, 100, 255)


def test_scaling_takes_little_memory():
    """A picture of 16 bits and 20 megapixels, of which floats would take 160 MB."""
    values = np.full((4_000, 5_000), 514, np.uint16)
    tracemalloc.start()
    scaled = scale_to_8_bits(values, 65_535)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (scaled == 2).all()
    assert peak < 20_000_000 + 100_000_000


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_the_transparent_value_of_a_deep_picture(mode):
    image = Image.new(mode, (3, 1), 0)
    image.putpixel((1, 0), 65_535)
    assert grey(image) == [[0, 255, 0]]
    image.info["transparency"] = 0
    assert grey(image) == [[255, 255, 255]]
    image.info["transparency"] = 65_535
    assert grey(image) == [[0, 255, 0]]
    image.info["transparency"] = b"\0"  # of a palette, which it doesn't have
    assert grey(image) == [[0, 255, 0]]


TURNED = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))  # red is green, ...


@pytest.mark.parametrize(
    ("mode", "color", "profile", "expected"),
    [
        ("RGB", (255, 0, 0), TURNED, [0, 255, 0]),
        ("RGBA", (255, 0, 0, 255), TURNED, [0, 255, 0]),
        ("P", 0, TURNED, [0, 255, 0]),  # whose first colour is red
        ("HSV", (0, 255, 255), TURNED, [0, 255, 0]),
        ("CMYK", (255, 0, 0, 0), cmyk_profile((54, 81, 70)), [255, 0, 0]),
        # Profiles of other colours than the picture's, and broken ones.
        ("RGB", (255, 0, 0), cmyk_profile((54, 81, 70)), [255, 0, 0]),
        ("CMYK", (255, 0, 0, 0), TURNED, [0, 255, 255]),
        ("RGB", (255, 0, 0), TURNED.replace(b"rXYZ", b"no X"), [255, 0, 0]),
        ("RGB", (255, 0, 0), TURNED[:140], [255, 0, 0]),
    ],
)
def test_colours_of_a_profile_become_srgb(mode, color, profile, expected):
    image = Image.new(mode, (2, 2), color)
    if mode == "P":
        image.putpalette([255, 0, 0])
    image.info["icc_profile"] = profile
    assert to_rgb(image)[1, 1].tolist() == pytest.approx(expected, abs=3)
    del image.info["icc_profile"]
    plain = to_rgb(image)
    image.info["icc_profile"] = profile
    assert np.array_equal(to_rgb(image, as_stored=True), plain)


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_hdr_by_a_table_is_what_each_pixel_gives(transfer):
    rng = np.random.default_rng(3)
    levels = rng.integers(0, 256, (30, 40, 3), np.uint8)
    levels[0, :3] = [[0, 0, 0], [255, 255, 255], [128, 0, 255]]
    exact = tone_map(levels.astype(np.uint16) * 257, transfer).astype(int)
    table = to_rgb(Image.fromarray(levels), hdr=transfer).astype(int)
    assert np.abs(table - exact).mean() < 1
    assert np.abs(table[0, :3] - exact[0, :3]).max() <= 1
    # Red, green and blue are told apart.
    assert np.abs(table[..., ::-1] - exact).mean() > 20


def test_a_transparent_colour_of_8_bits_is_taken_as_it_is():
    image = Image.new("RGB", (2, 1), (255, 0, 0))
    image.putpixel((1, 0), (0, 0, 0))
    image.info["transparency"] = (255, 0, 0)
    assert to_rgb(image)[0].tolist() == [[255] * 3, [0] * 3]


def test_a_transparent_value_of_a_deep_picture_is_white():
    image = Image.fromarray(np.array([[0, 257, 65535]], np.uint16))
    image.info["transparency"] = 257
    assert grey(image) == [[0, 255, 255]]


@pytest.mark.parametrize(
    ("mode", "pixel", "expected"),
    [
        ("LA", (100, 255), [100] * 3),
        ("LA", (100, 0), [255] * 3),
        ("La", (50, 127), [178] * 3),  # half of a grey of 100, the other half white
        ("RGBA", (10, 20, 30, 255), [10, 20, 30]),
        ("RGBA", (10, 20, 30, 0), [255] * 3),
        ("RGBA", (0, 100, 200, 51), [204, 224, 244]),  # a fifth of it, four fifths white
        ("1", 1, [255] * 3),
        ("L", 7, [7] * 3),
        ("CMYK", (255, 0, 0, 0), [0, 255, 255]),
    ],
)
def test_transparency_is_laid_on_white(mode, pixel, expected):
    rgb = to_rgb(Image.new(mode, (3, 2), pixel))
    assert rgb.shape == (2, 3, 3)
    assert rgb[1, 2].tolist() == pytest.approx(expected, abs=1)


def test_a_transparent_colour_of_16_bits_is_compared_with_its_upper_bytes():
    image = Image.new("RGB", (2, 1), (1, 2, 3))
    image.putpixel((1, 0), (9, 9, 9))
    image.info["transparency"] = (0x0155, 0x0255, 0x0355)
    assert to_rgb(image)[0].tolist() == [[255] * 3, [9] * 3]
    image.info["transparency"] = (9, 9, 9)
    assert to_rgb(image)[0].tolist() == [[1, 2, 3], [255] * 3]
