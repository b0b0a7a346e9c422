"""What a TIFF file's tags tell before a decoder meets it (TIFF 6.0; DNG 1.7)."""

from __future__ import annotations

import struct
from typing import TypeAlias

import cv2
import numpy as np

from ..limits import Limits
from .bounds import ImageError, check_pixels

Tags: TypeAlias = "dict[int, tuple[int, ...]]"

NEW_SUBFILE_TYPE, WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
MAKE, ORIENTATION, SAMPLES, PLANAR = 271, 274, 277, 284
TILE_WIDTH, TILE_LENGTH, SUB_IFDS, SAMPLE_FORMAT = 322, 323, 330, 339
DNG_VERSION = 50706

_UNSIGNED, _SIGNED = 1, 2  # sample formats

# Bytes of one value of each field type, if more than 1 (TIFF 6.0, section 2; from 13: BigTIFF).
_TYPE_SIZES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
# Whole numbers among them, and text, of which it only counts that it is there.
_CODES = {1: "B", 2: "B", 3: "H", 4: "I", 16: "Q"}
# More than the strips or tiles of any picture within the limits of size.
_MAX_VALUES = 250_000

# Colour filter arrays and linear raw values; how Nikon, Kodak, Samsung, Sony and Pentax pack them.
_RAW_PHOTOMETRICS = (32803, 34892)
_RAW_COMPRESSIONS = (34713, 32867, 32769, 32770, 32767, 65535)


def read_tags(data: bytes) -> dict[int, tuple[int, ...]]:
    """Return the whole numbers in the first directory of a file, by tag; of each the first ones.

    Args:
        data: a TIFF or BigTIFF file.

    Raises:
        ValueError: too many values in one tag, or more bytes in all than the file has twice over.
        struct.error, OverflowError: the directory points outside of the file.
    """
    order = "<" if data[:2] == b"II" else ">"
    head, entry, value = ("Q", "HHQ", "Q") if b"+" in data[2:4] else ("H", "HHI", "I")
    head, entry, value = order + head, order + entry, order + value
    (start,) = struct.unpack_from(value, data, 8 if value[1] == "Q" else 4)
    (entries,) = struct.unpack_from(head, data, start)
    room = struct.calcsize(value)
    tags, total = {}, 0
    for number in range(entries):
        place = start + struct.calcsize(head) + number * (struct.calcsize(entry) + room)
        tag, kind, count = struct.unpack_from(entry, data, place)
        size = _TYPE_SIZES.get(kind, 1)
        total += count * size
        if (size > 1 and count > _MAX_VALUES) or total > 2 * len(data):
            raise ValueError("too many values")
        place += struct.calcsize(entry)
        if count * size > room:
            (place,) = struct.unpack_from(value, data, place)
        if code := _CODES.get(kind):
            tags[tag] = struct.unpack_from(f"{order}{min(count, 8)}{code}", data, place)
    return tags


def check_kind(data: bytes, tags: Tags, bounds: Limits) -> None:
    """Refuse raw files, of which only a thumbnail could be read, and what is read wrongly.

    Args:
        data: the file.
        tags: of ``read_tags``.
        bounds: for a tile, which is decoded whole, however few pixels the picture has.

    Raises:
        ImageError: it is the raw file of a camera, or has too large tiles.
        ValueError: no decoder here reads this arrangement of samples.
    """
    camera = MAKE in tags
    if (
        DNG_VERSION in tags
        or first(tags, PHOTOMETRIC) in _RAW_PHOTOMETRICS
        or first(tags, COMPRESSION) in _RAW_COMPRESSIONS
        or (camera and (SUB_IFDS in tags or first(tags, NEW_SUBFILE_TYPE) & 1))
    ):
        raise ImageError("image_raw")
    check_pixels(first(tags, TILE_WIDTH) * first(tags, TILE_LENGTH), bounds)
    samples, planes = first(tags, SAMPLES, 1), first(tags, PLANAR) == 2
    if planes and samples > 1 and (samples == 2 or not is_for_pillow(data, tags)):
        raise ValueError("planes of this kind")


def is_for_pillow(data: bytes, tags: Tags) -> bool:
    """Whether Pillow reads a file rightly; if not, ``read_with_opencv`` may.

    Pillow has no signed samples, wraps 32 bits without a sign, mixes up the bytes of big-endian
    ones that are compressed, and takes no big-endian BigTIFF for what it is.
    """
    return (
        data[:4] != b"MM\0+"
        and all(kind == _UNSIGNED for kind in tags.get(SAMPLE_FORMAT, ()))
        and all(bits <= 16 for bits in tags.get(BITS, ()))
    )


def read_with_opencv(data: bytes, tags: Tags) -> np.ndarray:
    """Return the samples of a file, upright; 0 is black.

    Returns:
        (H, W) grey or (H, W, 3) RGB, of the file's type of numbers; integers of 8 and 16 bits
        without a sign fill their range.

    Raises:
        ValueError: OpenCV doesn't read it, or not rightly.
    """
    form, bits = first(tags, SAMPLE_FORMAT, _UNSIGNED), first(tags, BITS, 1)
    if (form == _SIGNED and bits == 8) or (form == _UNSIGNED and bits == 64):
        raise ValueError("samples of this kind")
    samples = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None or samples.shape[2:] not in ((), (3,)):
        raise ValueError("samples of this kind")
    return samples if samples.ndim == 2 else samples[..., ::-1]


def first(tags: Tags, tag: int, default: int = 0) -> int:
    """Return the first value of a tag."""
    return next(iter(tags.get(tag, ())), default)
