"""What stands around the pixels of a file, read with bounds.

Pillow reads tags, comments and chunks without one: a file of a few megabytes can name the same
megabytes ten thousand times in a directory of tags, or hold millions of comments of one byte, and
keep a processor busy for hours or take all memory. Of all that only the orientation is of use.
"""

from __future__ import annotations

import re
import struct
import zlib
from io import BytesIO

_ORIENTATION = 0x0112
# AVIF and HEIC: an entry of the item table (ISO/IEC 14496-12, 8.11.6) that announces EXIF.
_ITEM_EXIF = re.compile(rb"(infe.{8}(?:..)?)Exif", re.DOTALL)
_PNG_TEXTS = {b"tEXt", b"zTXt", b"iTXt"}
_MAX_CHUNKS = 100_000
_MAX_PNG_PROFILE = 1_000_000  # of more, Pillow refuses the picture


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


def hide_item_exif(data: bytes) -> bytes:
    """Return an AVIF or HEIC file in which Pillow finds no EXIF data; the bytes keep their places.

    They say the orientation outside EXIF, in properties.
    """
    return _ITEM_EXIF.sub(rb"\1----", data)


def without_texts(data: bytes) -> bytes:
    """Return a PNG file without texts and long profiles, which Pillow refuses as damage.

    What is behind the last whole chunk stays as it is.

    Raises:
        ValueError: more chunks than a picture needs.
    """
    kept, start, place = [], 0, 8
    for _ in range(_MAX_CHUNKS):
        if place + 12 > len(data):
            break
        size, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + size
        is_long = kind == b"iCCP" and _is_long_profile(data[place + 8 : end - 4])
        if end <= len(data) and (kind in _PNG_TEXTS or is_long):
            kept.append(data[start:place])
            start = end
        place = end
    else:
        raise ValueError("too many chunks")
    return b"".join((*kept, data[start:]))


def _is_long_profile(chunk: bytes) -> bool:
    packed = chunk.partition(b"\0")[2][1:]  # behind the profile's name and the method
    try:
        inflated = zlib.decompressobj().decompress(packed, _MAX_PNG_PROFILE + 1)
    except zlib.error:
        return False
    return len(inflated) > _MAX_PNG_PROFILE


def exif_orientation(exif: bytes) -> int:
    """Return the orientation in a block of EXIF data, 1..8; 1 where it says none or is broken."""
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (entries,) = struct.unpack_from(f"{order}H", exif, start)
        for place in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", exif, place)
            if tag == _ORIENTATION and kind == 3 and count == 1:
                return value if 1 <= value <= 8 else 1
    except struct.error:  # it points outside
        pass
    return 1
