"""Orientations and readers with bounds, byte by byte."""

import struct
import tracemalloc
import zlib

import pytest

from detr_gradio.images.metadata import (
    BoundedReader,
    exif_orientation,
    hide_item_exif,
    without_texts,
)
from tests.support.hostile import png_chunk


def exif(*entries, order="<", start=8, entries_told=None):
    """A block of EXIF data with one directory of (tag, kind, count, value) at ``start``."""
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    block = mark + struct.pack(f"{order}I", start) + b"\0" * (start - 8)
    block += struct.pack(f"{order}H", len(entries) if entries_told is None else entries_told)
    for entry in entries:
        # A value of two bytes stands at the left of its four.
        block += struct.pack(f"{order}HHIHH", *entry, 0)
    return block


ORIENTATION, SHORT, LONG = 0x0112, 3, 4


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_the_orientation_in_both_byte_orders(order, value):
    assert exif_orientation(exif((ORIENTATION, SHORT, 1, value), order=order)) == value


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"Exif\0\0" + exif((ORIENTATION, SHORT, 1, 6)), 6),
        (exif((0x010F, SHORT, 1, 2), (ORIENTATION, SHORT, 1, 6)), 6),  # the second entry
        (exif((0x010F, SHORT, 1, 2), (0x0110, SHORT, 1, 3), (ORIENTATION, SHORT, 1, 8)), 8),
        (exif((ORIENTATION, SHORT, 1, 6), (ORIENTATION, SHORT, 1, 3)), 6),  # the first counts
        (exif((ORIENTATION, SHORT, 1, 6), start=26), 6),  # elsewhere
        # None, none that is one, none of the right type, none that is told.
        (exif((0x0113, SHORT, 1, 6)), 1),
        (exif((ORIENTATION, SHORT, 1, 0)), 1),
        (exif((ORIENTATION, SHORT, 1, 9)), 1),
        (exif((ORIENTATION, LONG, 1, 6)), 1),
        (exif((ORIENTATION, SHORT, 1, 6), entries_told=0), 1),
        (exif(), 1),
        (b"", 1),
        (b"II", 1),
        (b"XX*\0" + exif((ORIENTATION, SHORT, 1, 6))[4:], 1),
        # More entries than there are bytes: what is there counts, and what isn't does no harm.
        (exif((ORIENTATION, SHORT, 1, 6), entries_told=60_000), 6),
        (exif((0x0113, SHORT, 1, 6), entries_told=60_000), 1),
        (exif((ORIENTATION, SHORT, 1, 6))[:-3], 1),
        (b"II*\0\xff\xff\xff\xff" + b"\0" * 40, 1),
    ],
)
def test_an_orientation_or_1(block, expected):
    assert exif_orientation(block) == expected


@pytest.mark.parametrize(("size", "reads"), [(0, 10_000), (3_999, 10_000), (8_000, 10_002)])
def test_a_file_is_read_in_so_many_pieces_and_no_more(size, reads):
    reader = BoundedReader(b"x" * size)
    for _ in range(reads):
        reader.read(1)
    with pytest.raises(ValueError, match="too many blocks"):
        reader.read(1)


def test_a_bounded_reader_reads_as_a_file():
    reader = BoundedReader(b"abcdef")
    assert (reader.read(2), reader.read(), reader.read(5)) == (b"ab", b"cdef", b"")
    reader.seek(1)
    assert reader.read(None) == b"bcdef"


@pytest.mark.parametrize(
    ("item", "hidden"),
    [
        # ISO/IEC 14496-12, 8.11.6: version and flags, number, protection, type. Version 2 has
        # numbers of 16 bits, version 3 of 32.
        (b"infe\2\0\0\0\0\2\0\0Exif", b"infe\2\0\0\0\0\2\0\0----"),
        (b"infe\3\0\0\0\0\0\0\2\0\0Exif", b"infe\3\0\0\0\0\0\0\2\0\0----"),
        (b"infe\2\0\0\0\0\n\n\0Exif", b"infe\2\0\0\0\0\n\n\0----"),
        (b"infe\2\0\0\0\0\1\0\0av01", b"infe\2\0\0\0\0\1\0\0av01"),
        (b"infe\2\0\0\0\0\2\0Exif", b"infe\2\0\0\0\0\2\0Exif"),
        (b"info\2\0\0\0\0\2\0\0Exif", b"info\2\0\0\0\0\2\0\0Exif"),
    ],
)
def test_exif_of_an_avif_or_heic_file_is_hidden(item, hidden):
    assert hide_item_exif(b"before" + item + b"\0" + item) == b"before" + hidden + b"\0" + hidden


SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER, DATA, END = png_chunk(b"IHDR", bytes(13)), png_chunk(b"IDAT", b"abc"), png_chunk(b"IEND")


@pytest.mark.parametrize(
    ("chunks", "kept"),
    [
        ([], []),
        ([HEADER, DATA, END], [HEADER, DATA, END]),
        ([HEADER, png_chunk(b"tEXt", b"k\0v"), DATA, END], [HEADER, DATA, END]),
        ([HEADER, png_chunk(b"zTXt", b"k\0\0v"), DATA, END], [HEADER, DATA, END]),
        ([HEADER, png_chunk(b"iTXt", b"k\0\0\0\0\0v"), DATA, END], [HEADER, DATA, END]),
        ([png_chunk(b"tEXt"), HEADER, DATA, END, png_chunk(b"tEXt")], [HEADER, DATA, END]),
        ([HEADER, *[png_chunk(b"tEXt", bytes(300))] * 3, DATA], [HEADER, DATA]),
        # What is no whole chunk stays.
        ([HEADER, DATA, END, b"behind"], [HEADER, DATA, END, b"behind"]),
        ([HEADER, png_chunk(b"tEXt", b"k\0v")[:-1]], [HEADER, png_chunk(b"tEXt", b"k\0v")[:-1]]),
        ([HEADER, png_chunk(b"tEXt")[:11]], [HEADER, png_chunk(b"tEXt")[:11]]),
        ([HEADER, png_chunk(b"TEXT", b"k")], [HEADER, png_chunk(b"TEXT", b"k")]),
    ],
)
def test_texts_of_a_png_are_left_out(chunks, kept):
    assert without_texts(SIGNATURE + b"".join(chunks)) == SIGNATURE + b"".join(kept)


def profile_chunk(size, name=b"icc"):
    return png_chunk(b"iCCP", name + b"\0\0" + zlib.compress(bytes(size)))


@pytest.mark.parametrize(
    ("chunk", "kept"),
    [
        (profile_chunk(1_000_000), True),
        (profile_chunk(1_000_001), False),
        (profile_chunk(5_000_000, b"another name"), False),
        (profile_chunk(100), True),
        (png_chunk(b"iCCP", b"icc\0\0no zlib"), True),
        (png_chunk(b"iCCP", b"icc"), True),
        (png_chunk(b"icCP", b"icc\0\0" + zlib.compress(bytes(1_000_001))), True),
    ],
)
def test_a_profile_of_more_than_a_million_bytes_is_left_out(chunk, kept):
    data = SIGNATURE + HEADER + chunk + DATA + END
    assert without_texts(data) == (data if kept else SIGNATURE + HEADER + DATA + END)


def test_a_profile_is_inflated_no_further_than_that():
    data = SIGNATURE + profile_chunk(50_000_000) + END
    tracemalloc.start()
    assert without_texts(data) == SIGNATURE + END
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5_000_000


def test_chunks_are_counted():
    chunk = png_chunk(b"abcd")
    whole = SIGNATURE + chunk * 99_999
    assert without_texts(whole) == whole
    with pytest.raises(ValueError, match="too many chunks"):
        without_texts(SIGNATURE + chunk * 100_000)
