"""TIFF files written by hand, of any arrangement of samples."""

import struct

import numpy as np

WIDTH, HEIGHT = 32, 24
COMPRESSION, PHOTOMETRIC, SAMPLES = 259, 262, 277
UNSIGNED, SIGNED, FLOATING = 1, 2, 3  # sample formats
TYPES = {1: "B", 3: "H", 4: "I", 16: "Q"}


def write_tiff(planes, *, order="<", big=False, size=(WIDTH, HEIGHT), **tags):
    """A TIFF, or BigTIFF, written by hand: each plane a strip, which may be compressed.

    Args:
        planes: the bytes of each strip.
        order: "<" or ">".
        big: BigTIFF.
        size: width and height.
        **tags: "t258": type and values, and so on.
    """
    word, entry = ("Q", "HHQ") if big else ("I", "HHI")
    room = struct.calcsize(f"={word}")
    entries = {
        256: (4, size[0]), 257: (4, size[1]), COMPRESSION: (3, 1), PHOTOMETRIC: (3, 1),
        SAMPLES: (3, 1), 278: (4, size[1]), 273: (4, *[0] * len(planes)),
        279: (4, *map(len, planes)),
    } | {int(name[1:]): value for name, value in tags.items()}  # fmt: skip
    head = b"II" if order == "<" else b"MM"
    head += struct.pack(f"{order}HHHQ", 43, 8, 0, 16) if big else struct.pack(f"{order}HI", 42, 8)
    count = struct.pack(f"{order}Q" if big else f"{order}H", len(entries))
    behind = len(head) + len(count) + len(entries) * (struct.calcsize(f"={entry}") + room) + room
    far = {}
    for tag, (kind, *values) in entries.items():
        data = struct.pack(f"{order}{len(values)}{TYPES[kind]}", *values)
        if len(data) > room:
            far[tag] = behind
            behind += len(data)
    starts = np.cumsum([behind, *map(len, planes)])[:-1]
    entries[273] = (4, *map(int, starts))
    directory, tail = b"", b""
    for tag, (kind, *values) in sorted(entries.items()):
        data = struct.pack(f"{order}{len(values)}{TYPES[kind]}", *values)
        directory += struct.pack(f"{order}{entry}", tag, kind, len(values))
        place = struct.pack(f"{order}{word}", far[tag]) if tag in far else data
        directory += place.ljust(room, b"\0")
    for tag in entries:
        if tag in far:
            kind, *values = entries[tag]
            tail += struct.pack(f"{order}{len(values)}{TYPES[kind]}", *values)
    return head + count + directory + bytes(room) + tail + b"".join(planes)
