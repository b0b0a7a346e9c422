"""What stands around the pixels of a file, read with bounds.

Pillow reads tags, comments and chunks without one: a file of a few megabytes can name the same
megabytes ten thousand times in a directory of tags, or hold millions of comments of one byte, and
keep a processor busy for hours or take all memory. Of all that only the orientation is of use.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO

_ORIENTATION = 0x0112
# Bytes of one value of each TIFF field type (TIFF 6.0, section 2; 13 and 16 to 18: BigTIFF).
_TYPE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
_TYPE_SIZES |= {13: 4, 16: 8, 17: 8, 18: 8}
# More than the strips or tiles of any picture within the limits of size.
_MOST_TIFF_VALUES = 250_000

# JPEG: EXIF and the index of a multi-picture file, with the marker and the length before them.
_JPEG_METADATA = re.compile(rb"(\xff[\xe1\xe2]..)(Exif\0\0|MPF\0)", re.DOTALL)
# AVIF and HEIC: an entry of the item table (ISO/IEC 14496-12, 8.11.6) that announces EXIF.
_ITEM_EXIF = re.compile(rb"(infe.{8}(?:..)?)Exif", re.DOTALL)


class BoundedReader(BytesIO):
    """A file in memory that refuses to be read in too many pieces.

    Raises:
        ValueError: from ``read``, past 10,000 calls and one more for each 4,000 bytes. An image
            of many small chunks stays far below.
    """

    def __init__(self, data: bytes):
        super().__init__(data)
        self._reads_left = 10_000 + len(data) // 4_000

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as ``BytesIO`` does."""
        self._reads_left -= 1
        if self._reads_left < 0:
            raise ValueError("too many blocks")
        return super().read(size)


def hide_metadata(data: bytes, name: str) -> bytes:
    """Return a file in which Pillow finds no EXIF data and no index of further pictures to parse.

    The bytes keep their places. AVIF and HEIC say the orientation outside EXIF, in properties.

    Args:
        data: the file.
        name: its format: "JPEG", "AVIF" or "HEIC"; any other one is returned as it is.
    """
    if name == "JPEG":
        return _JPEG_METADATA.sub(lambda found: found[1] + b"-" * len(found[2]), data)
    if name in ("AVIF", "HEIC"):
        return _ITEM_EXIF.sub(rb"\1----", data)
    return data


def jpeg_orientation(data: bytes) -> int:
    """Return the EXIF orientation of a JPEG file, 1..8; 1 where it says none."""
    found = _JPEG_METADATA.search(data)
    while found and found[2] == b"MPF\0":
        found = _JPEG_METADATA.search(data, found.end())
    return exif_orientation(data[found.end() : found.start() + 65_537]) if found else 1


def exif_orientation(exif: bytes) -> int:
    """Return the orientation in a block of EXIF data, 1..8; 1 where it says none or is broken."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
        for place in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, _, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if tag == _ORIENTATION and kind == 3:
                return value if 1 <= value <= 8 else 1
    except struct.error:  # it points outside
        pass
    return 1


def check_tiff(data: bytes) -> None:
    """Refuse a TIFF file whose first directory names more values than a picture can need.

    Args:
        data: a TIFF or BigTIFF file.

    Raises:
        ValueError: too many values in one tag, or more bytes in all than the file has twice over.
        struct.error: the directory points outside of the file.
    """
    order = "<" if data[:2] == b"II" else ">"
    is_big = b"+" in data[2:4]
    (start,) = (
        struct.unpack_from(f"{order}Q", data, 8)
        if is_big
        else struct.unpack_from(f"{order}I", data, 4)
    )
    head, entry = (f"{order}Q", f"{order}HHQQ") if is_big else (f"{order}H", f"{order}HHII")
    (count,) = struct.unpack_from(head, data, start)
    total = 0
    for number in range(count):
        place = start + struct.calcsize(head) + number * struct.calcsize(entry)
        _, kind, values, _ = struct.unpack_from(entry, data, place)
        size = _TYPE_SIZES.get(kind, 1)
        total += values * size
        if (size > 1 and values > _MOST_TIFF_VALUES) or total > 2 * len(data):
            raise ValueError("too many values")
