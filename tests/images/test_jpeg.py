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
from detr_gradio.images.jpeg import read_jpeg
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


# Segment by segment, written by hand (ITU-T T.81, annex B) ---------------------------------------

SOI, EOI = b"\xff\xd8", b"\xff\xd9"


def segment(marker, content):
    return b"\xff" + marker + struct.pack(">H", 2 + len(content)) + content


def exif_block(orientation):
    return b"Exif\0\0MM\0*" + struct.pack(">IHHHIHH", 8, 1, 0x0112, 3, 1, orientation, 0)


def frame(*numbers):
    head = struct.pack(">BHHB", 8, 16, 16, len(numbers))
    return segment(b"\xc0", head + b"".join(bytes((number, 0x11, 0)) for number in numbers))


def scan(*numbers, first=0, last=63, bits=0):
    """The last bits of these coefficients where the lower half of ``bits`` is 0."""
    parts = b"".join(bytes((number, 0)) for number in numbers)
    return segment(b"\xda", bytes((len(numbers),)) + parts + bytes((first, last, bits)))


CODED = b"\x12\xff\0\x34"  # an FF among coded data is followed by 0


@pytest.mark.parametrize("before", [0, 1, 2, 3, 8, 14])  # bytes of a segment in front of it
def test_the_orientation_and_exif_is_hidden(before):
    front = SOI + (segment(b"\xe0", bytes(before)) if before else b"")
    rest = frame(1) + scan(1) + CODED + EOI
    jpeg = read_jpeg(front + segment(b"\xe1", exif_block(6)) + rest)
    assert jpeg.orientation == 6
    assert jpeg.files == (front + segment(b"\xe1", b"----" + exif_block(6)[4:]) + rest,)


@pytest.mark.parametrize(
    ("segments", "orientation"),
    [
        ([(b"\xe1", exif_block(3))], 3),
        ([(b"\xe1", b"http://ns.adobe.com/xap/1.0/\0"), (b"\xe1", exif_block(3))], 3),
        ([(b"\xe1", exif_block(3)), (b"\xe1", exif_block(8))], 3),  # the first counts
        ([(b"\xe1", exif_block(1)), (b"\xe1", exif_block(8))], 1),
        ([(b"\xe2", exif_block(3))], 1),
        ([(b"\xe1", exif_block(3)[6:])], 1),
        ([], 1),
    ],
)
def test_which_segment_says_the_orientation(segments, orientation):
    front = SOI + b"".join(segment(*one) for one in segments)
    assert read_jpeg(front + frame(1) + scan(1) + CODED + EOI).orientation == orientation
    behind = SOI + frame(1) + scan(1) + CODED + segment(b"\xe1", exif_block(3)) + EOI
    assert read_jpeg(behind).orientation == 1  # nothing counts behind the first scan


@pytest.mark.parametrize("before", [0, 1, 2, 3, 9])
def test_the_index_of_further_pictures_is_hidden(before):
    front = SOI + (segment(b"\xe0", bytes(before)) if before else b"")
    rest = frame(1) + scan(1) + CODED + EOI
    index, other = segment(b"\xe2", b"MPF\0II*\0"), segment(b"\xe2", b"MPF!")
    data = front + index + other + segment(b"\xe3", b"MPF\0") + rest
    assert read_jpeg(data).files == (data.replace(b"MPF\0II", b"---\0II"),)


def is_whole(data):
    """Whether all there is but the end: it is tried with three ends."""
    files = read_jpeg(data).files
    if len(files) == 1:
        assert files == (data,)
        return False
    begun = data.rstrip(b"\xff")
    ends = [file.removeprefix(begun) for file in files]
    assert [len(end) for end in ends] == [9 * 64 + 8 * 2 + 2] * 3
    assert [end[:64] for end in ends] == [bytes([bits]) * 64 for bits in (0, 0x55, 0xAA)]
    assert {end[-66:] for end in ends} == {bytes([b]) * 64 + EOI for b in (0, 0x55, 0xAA)}
    return True


@pytest.mark.parametrize(
    ("segments", "whole"),
    [
        ([frame(1), scan(1)], True),
        ([frame(1, 2, 3), scan(1, 2, 3)], True),
        ([frame(1, 2, 3), scan(1), scan(2), scan(3)], True),
        ([frame(1, 2, 3), scan(1), scan(3)], False),
        ([frame(1), scan(1, last=62)], False),
        ([frame(1), scan(1, first=1)], False),
        ([frame(1), scan(1, last=0), scan(1, first=1)], True),
        ([frame(1), scan(1, last=0), scan(1, first=2)], False),
        # The last bits come in a refinement: 1 of them is missing before.
        ([frame(1), scan(1, bits=0x01)], False),
        ([frame(1), scan(1, bits=0x01), scan(1, bits=0x10)], True),
        ([frame(1), scan(1, bits=0x21), scan(1, last=62, bits=0x10)], False),
        ([frame(1), scan(1, last=255)], True),  # there are 64
        ([frame(1)], False),
        ([frame(1), segment(b"\xda", b"")], False),
        ([frame(1), segment(b"\xda", b"\1\1\0\0\x3f")], False),  # one byte short
        ([frame(1), segment(b"\xda", b"\1\1\0\0\x3f\0")], True),
    ],
)
def test_a_file_without_end_is_whole_if_every_coefficient_has_come(segments, whole):
    data = SOI + b"".join(part + (CODED if part[1] == 0xDA else b"") for part in segments)
    assert is_whole(data) is whole
    assert read_jpeg(data + EOI).files == (data + EOI,)
    if whole:
        assert is_whole(data + b"\xff\xff")


@pytest.mark.parametrize("marker", [*range(0xC0, 0xC4), *range(0xC5, 0xC8), 0xC9, 0xCF])
def test_every_frame_needs_its_components(marker):
    kind = bytes((marker,))
    data = SOI + frame(1, 2).replace(b"\xff\xc0", b"\xff" + kind) + scan(1) + CODED
    assert not is_whole(data)
    assert is_whole(data + scan(2) + CODED)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC, 0xDB])
def test_tables_are_no_frames(marker):
    table = frame(1, 2).replace(b"\xff\xc0", bytes((0xFF, marker)))
    assert is_whole(SOI + frame(1) + table + scan(1) + CODED)


@pytest.mark.parametrize(("last", "following"), [(None, 0), (0, 1), (3, 4), (6, 7), (7, 0)])
def test_restart_markers_go_on_in_turn(last, following):
    coded = CODED if last is None else CODED + b"\xff\xd5\x12\xff" + bytes((0xD0 + last, 0x12))
    data = SOI + frame(1) + scan(1) + coded
    end = read_jpeg(data).files[0].removeprefix(data)
    numbers = [*range(following, 8), *range(following)]
    assert re.findall(rb"\xff([\xd0-\xd7])", end) == [bytes((0xD0 + n,)) for n in numbers]


@pytest.mark.parametrize(
    "data",
    [
        SOI,
        SOI + b"\xff",
        SOI + b"\xff\xe1",
        SOI + b"\xff\xe1\0",
        SOI + b"\xff\xe1\0\x40Exif\0\0",
        SOI + segment(b"\xe1", b"Exif\0\0")[:-1],
        SOI + b"\xff\xe1\0\0" + EOI,  # a length that is no length counts as 2
    ],
)
def test_what_breaks_off_stays_as_it_is(data):
    jpeg = read_jpeg(data)
    assert jpeg.orientation == 1
    assert jpeg.files[0].replace(b"----", b"Exif") == data
    assert len(jpeg.files) == 1


def test_fill_bytes_and_markers_without_length():
    rest = segment(b"\xe1", exif_block(6)) + frame(1) + scan(1) + CODED + EOI
    assert read_jpeg(SOI + b"\xff\xff\xff\xff\xff" + rest[1:]).orientation == 6
    assert read_jpeg(SOI + b"\xff\x01" + rest).orientation == 6  # TEM
    assert read_jpeg(SOI + SOI + rest).orientation == 6
    assert read_jpeg(SOI + EOI + rest).orientation == 1  # behind the end


def test_segments_are_counted():
    many = SOI + segment(b"\xe0", b"") * 9_997
    assert len(read_jpeg(many + frame(1) + scan(1) + EOI).files) == 1
    with pytest.raises(ValueError, match="too many segments"):
        read_jpeg(many + segment(b"\xe0", b"") + frame(1) + scan(1) + EOI)


def test_scans_are_counted_one_by_one():
    assert is_whole(SOI + frame(1) + scan(1) * 64)
    with pytest.raises(ValueError, match="too many scans"):
        read_jpeg(SOI + frame(1) + scan(1) * 65)
