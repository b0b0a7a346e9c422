"""Pixels of unusual images in memory, each worked out by hand."""

import io

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images.pixels import scale_to_8_bits, to_rgb

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
