"""The marker segments of a JPEG file, read before its decoder sees them (ITU-T T.81, annex B)."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .metadata import exif_orientation

MAX_SCANS = 64
"""Scans of a progressive picture: usual are 10. Each one costs a pass over all pixels."""

_MAX_SEGMENTS = 10_000
# A marker, behind fill bytes; within coded data FF 00 is a value and FF D0..D7 a restart.
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_RESTART = re.compile(rb"\xff([\xd0-\xd7])")
# Frames with Huffman or arithmetic coding: C0..CF but for tables (C4, CC) and a reserved one (C8).
_FRAMES = {bytes((0xC0 + number,)) for number in range(16) if number not in (4, 8, 12)}
_EOI, _SOI, _SOS, _APP1, _APP2, _TEM = b"\xd9", b"\xd8", b"\xda", b"\xe1", b"\xe2", b"\x01"
_END = b"\xff" + _EOI


@dataclass(frozen=True)
class Jpeg:
    """A JPEG file for the decoder.

    Attributes:
        files: the file without metadata to parse. Three where its end is missing: they give the
            same pixels if nothing else is, since their coded data go on in different ways.
        orientation: as in EXIF, 1..8; 1 where the picture's own segments say none.
    """

    files: tuple[bytes, ...]
    orientation: int


def read_jpeg(data: bytes) -> Jpeg:
    """Return what the decoder may see of a JPEG file: its first picture's own segments.

    Raises:
        ValueError: more scans or segments than any camera or program writes.
    """
    hidden = bytearray(data)
    orientation, scans, ended = None, 0, False
    missing: set[tuple[int, int]] = set()
    for marker, start, end in _segments(data):
        ended = ended or marker == _EOI
        name = data[start : start + 6]
        if marker in _FRAMES:
            # Eight bytes, three for each component, whose number is the first of these.
            numbers = data[start + 6 : end : 3]
            missing |= {(number, place) for number in numbers for place in range(64)}
        elif marker == _SOS:
            scans += 1
            missing -= _finished(data[start:end])
            if scans > MAX_SCANS:
                raise ValueError("too many scans")
        elif marker == _APP1 and name == b"Exif\0\0":
            hidden[start : start + 4] = b"----"
            if orientation is None and not scans:
                orientation = exif_orientation(data[start:end])
        elif marker == _APP2 and name[:4] == b"MPF\0":  # where further pictures are
            hidden[start : start + 3] = b"---"
    if ended or missing or not scans:
        files = (bytes(hidden),)
    else:
        coded = bytes(hidden).rstrip(b"\xff")
        files = tuple(coded + _more(bits, coded) + _END for bits in (b"\x00", b"\x55", b"\xaa"))
    return Jpeg(files, orientation or 1)


def _finished(scan: bytes) -> set[tuple[int, int]]:
    """Return the components' coefficients, 0..63, of which a scan brings the last bits."""
    if not scan or len(scan) < 4 + 2 * scan[0]:
        return set()
    first, last, bits = scan[1 + 2 * scan[0] :][:3]
    numbers = scan[1 : 1 + 2 * scan[0] : 2]
    if bits & 15:
        return set()
    return {(number, place) for number in numbers for place in range(first, min(last, 63) + 1)}


def _more(bits: bytes, coded: bytes) -> bytes:
    """Coded data that mean something to a picture that lacks some, restart markers included."""
    last = _RESTART.findall(coded)[-1:]
    following = last[0][0] + 1 if last else 0
    restarts = [bytes((0xFF, 0xD0 | (following + number) & 7)) for number in range(8)]
    return b"".join(bits * 64 + restart for restart in restarts) + bits * 64


def _segments(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield marker, start and end of the content of each segment of the first picture."""
    place = 2
    for _ in range(_MAX_SEGMENTS):
        found = _MARKER.search(data, place)
        if found is None:
            return
        marker, start = found[1], found.end()
        if marker in (_SOI, _TEM, _EOI):
            yield marker, start, start
            if marker == _EOI:
                return
            place = start
            continue
        if start + 2 > len(data):
            return
        place = start + max(2, struct.unpack_from(">H", data, start)[0])
        yield marker, start + 2, place
    raise ValueError("too many segments")
