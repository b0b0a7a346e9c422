"""Whether a video file is all there."""

from __future__ import annotations

from pathlib import Path

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"  # the two outermost parts of Matroska


def is_cut_off(path: Path) -> bool:
    """Whether a file ends before its outermost parts do, as their own sizes tell.

    MP4's boxes (ISO/IEC 14496-12, 4.2), AVI's RIFF chunks and Matroska's elements (RFC 8794).
    FFmpeg itself takes a WebM that breaks off for one that ends.
    """
    size = path.stat().st_size
    place = 0
    with path.open("rb") as file:
        while place + 16 <= size:
            file.seek(place)
            length = _length(file.read(16))
            if length is None:
                return False
            place += length
    return place > size


def _length(head: bytes) -> int | None:
    """Bytes of the part with this head, or None where it doesn't say."""
    if head[:4] == b"RIFF":
        length = int.from_bytes(head[4:8], "little")
        return 8 + length + length % 2
    if head[:4] in {_EBML, _SEGMENT}:
        count = 9 - head[4].bit_length()  # bytes of the number that follows
        value = int.from_bytes(head[4 : 4 + count], "big") - (1 << 7 * count)
        return None if count > 8 or value == (1 << 7 * count) - 1 else 4 + count + value
    length = int.from_bytes(head[:4], "big")
    if length == 1:
        length = int.from_bytes(head[8:16], "big")
    return length if length >= 8 else None
