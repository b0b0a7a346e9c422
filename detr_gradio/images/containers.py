"""What the containers of AVIF, HEIC and PNG say of a high dynamic range."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from .hdr import Transfer

_TRANSFERS: dict[int, Transfer] = {16: "pq", 18: "hlg"}  # ITU-T H.273, table 3
_MAX_BOXES = 10_000


def hdr_transfer(data: bytes, name: str) -> Transfer | None:
    """Return the transfer function of a PQ or HLG picture; None for any other one.

    Args:
        data: the file.
        name: its format, of ``kinds.DECODERS``.
    """
    try:
        if name == "PNG":
            codes = _png_codes(data)
        elif name in ("AVIF", "HEIC"):
            codes = _primary_codes(data)
        else:
            return None
    except struct.error:  # it points outside
        return None
    return _TRANSFERS.get(codes[1]) if codes else None


def _png_codes(data: bytes) -> tuple[int, int] | None:
    """Primaries and transfer (PNG, third edition, 11.3.2.6: a chunk before the pixels)."""
    at = data.find(b"cICP", 8, max(0, data.find(b"IDAT")))
    return None if at < 0 else struct.unpack_from("BB", data, at + 4)


def _primary_codes(data: bytes) -> tuple[int, int] | None:
    """The colour property of the primary item (ISO/IEC 14496-12, 8.11 and 12.1.5; 23008-12)."""
    meta = _find(data, 0, len(data), b"meta")
    if meta is None:
        return None
    start, end = meta[0] + 4, meta[1]  # behind version and flags
    item, places = _find(data, start, end, b"pitm"), _find(data, start, end, b"iprp")
    if item is None or places is None:
        return None
    (primary,) = struct.unpack_from(">I" if data[item[0]] else ">H", data, item[0] + 4)
    shared, uses = _find(data, *places, b"ipco"), _find(data, *places, b"ipma")
    if shared is None or uses is None:
        return None
    properties = list(_boxes(data, *shared))
    for number in _associations(data, uses[0], primary):
        if not 1 <= number <= len(properties):
            continue
        kind, place, _ = properties[number - 1]
        if kind == b"colr" and data[place : place + 4] == b"nclx":
            return struct.unpack_from(">HH", data, place + 4)
    return None


def _associations(data: bytes, place: int, primary: int) -> Iterator[int]:
    """Yield the numbers of an item's properties, from 1."""
    version, wide = data[place], data[place + 3] & 1
    (count,) = struct.unpack_from(">I", data, place + 4)
    place += 8
    for _ in range(min(count, _MAX_BOXES)):
        item, number = struct.unpack_from(">IB" if version else ">HB", data, place)
        place += 5 if version else 3
        for _ in range(number):
            (use,) = struct.unpack_from(">H" if wide else ">B", data, place)
            place += 1 + wide
            if item == primary:
                yield use & (0x7FFF if wide else 0x7F)  # the first bit says whether it is essential


def _find(data: bytes, start: int, end: int, kind: bytes) -> tuple[int, int] | None:
    return next((box[1:] for box in _boxes(data, start, end) if box[0] == kind), None)


def _boxes(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of the content of each box between two places."""
    for _ in range(_MAX_BOXES):
        if start + 8 > end:
            return
        size, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            return
        yield kind, start + head, start + size
        start += size
