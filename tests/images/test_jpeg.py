"""JPEG files: the first picture's own segments count, scans are counted, an end may be missing."""

import re
import struct
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images import ImageError, load_image
from tests.support.hostile import seeds, small_picture

DATA = Path(__file__).parent / "data"
PHOTO = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


def jpeg(image, **options):
    buffer = BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def key_of(data):
    with pytest.raises(ImageError) as caught:
        load_image(data)
    return caught.value.key


def turned(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


# Orientation -------------------------------------------------------------------------------------


def test_the_orientation_of_another_picture_behind_the_end_does_not_count():
    data = (DATA / "two-jpegs.jpg").read_bytes()
    assert data.index(b"\xff\xd9") < data.index(b"Exif\0\0")
    assert load_image(data).shape == (80, 120, 3)
    assert np.array_equal(load_image(data), np.asarray(Image.open(DATA / "two-jpegs.jpg")))


def test_the_orientation_of_a_thumbnail_does_not_count():
    thumbnail = jpeg(Image.new("RGB", (16, 16)), exif=turned(8))
    data = jpeg(small_picture())
    for segment in (b"\xff\xe0", b"\xff\xe2", b"\xff\xed", b"\xff\xfe"):
        block = b"JFXX\0\x10" + thumbnail
        inside = segment + struct.pack(">H", len(block) + 2) + block
        assert load_image(data[:2] + inside + data[2:]).shape == (40, 48, 3)


def test_its_own_orientation_counts_whatever_else_there_is():
    data = jpeg(small_picture(), exif=turned(6)) + jpeg(small_picture(), exif=turned(3))
    assert load_image(data).shape == (48, 40, 3)
    assert np.array_equal(load_image(data), load_image(jpeg(small_picture(), exif=turned(6))))


# An end that is missing ----------------------------------------------------------------------


KINDS = [
    {},
    {"progressive": True},
    {"subsampling": 0, "quality": 95},
    {"restart_marker_blocks": 1},
    {"restart_marker_rows": 1, "progressive": True},
]


@pytest.fixture(scope="module", params=KINDS, ids=str)
def whole(request):
    return jpeg(Image.open(PHOTO).resize((160, 120)), **request.param)


@pytest.mark.parametrize("behind", [b"", b"\xff", b"\xff\xff", bytes(40)])
def test_a_picture_without_its_end_is_shown(whole, behind):
    assert whole[-2:] == b"\xff\xd9"
    rgb = load_image(whole[:-2] + behind)
    assert np.array_equal(rgb, np.asarray(Image.open(BytesIO(whole))))


def test_a_picture_that_lacks_more_is_damaged(whole):
    for lost in [*range(3, 60), *range(60, len(whole) - 700, 61)]:
        assert key_of(whole[:-lost]) == "image_damaged"


def test_each_place_between_two_scans_is_damage():
    """There, what there is of a progressive picture is whole, only coarser."""
    data = jpeg(Image.open(PHOTO).resize((160, 120)), progressive=True)
    scans = [found.start() for found in re.finditer(rb"\xff\xda", data)]
    assert len(scans) == 10
    for scan in scans[1:]:
        tables = data.rindex(b"\xff\xc4", 0, scan)
        for cut in (tables, scan, scan + 6):
            assert key_of(data[:cut]) == "image_damaged"


def test_a_grey_and_a_cmyk_picture_without_their_ends():
    for mode in ("L", "CMYK"):
        data = jpeg(small_picture().convert(mode))
        assert np.array_equal(load_image(data[:-2]), load_image(data))
        assert key_of(data[:-4]) == "image_damaged"


# Scans -------------------------------------------------------------------------------------------


def with_scans(count, size=(64, 64)):
    """A progressive JPEG whose last refinement scan stands in it so often."""
    data = jpeg(Image.new("L", size, 77), progressive=True)
    last = data.rindex(b"\xff\xc4") if data.rindex(b"\xff\xc4") > 0 else 0
    scan = data[last:-2]
    assert scan.count(b"\xff\xda") == 1
    others = data[:last].count(b"\xff\xda")
    return data[:last] + scan * (count - others) + b"\xff\xd9"


def test_scans_are_counted():
    assert load_image(with_scans(64)).shape == (64, 64, 3)
    assert key_of(with_scans(65)) == "image_damaged"


def test_thousands_of_scans_cost_nothing():
    data = with_scans(4_000, (8_000, 6_000))
    assert len(data) < 25_000_000
    start = time.process_time()
    assert key_of(data) == "image_damaged"
    assert time.process_time() - start < 1


def test_a_baseline_picture_in_one_scan_for_each_component():
    """As cameras don't write it, but the standard allows it: complete without its end too."""
    data = seeds()["rgb.jpg"]
    assert data.count(b"\xff\xda") == 1
    assert np.array_equal(load_image(data[:-2]), load_image(data))
