"""Which kind of file this is, by its first bytes alone."""

from __future__ import annotations

import re
import struct

from .bounds import ImageError

# Names to tell people, and Pillow's decoders. Only what cameras, phones, browsers and scanners
# write is opened: each further decoder (EPS with its Ghostscript, PSD, FITS, ...) would be more
# surface for attacks than use.
DECODERS: dict[str, tuple[str, ...]] = {
    "AVIF": ("AVIF", "HEIF"),  # they share a container, and the brand "mif1" may hold either
    "BMP": ("BMP",),
    "GIF": ("GIF",),
    "HEIC": ("AVIF", "HEIF"),
    "JPEG": ("JPEG",),
    "PNG": ("PNG",),
    "TIFF": ("TIFF",),
    "WebP": ("WEBP",),
}

SUFFIXES = {".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif"}
SUFFIXES |= {".tiff", ".webp"}
"""Which files of a folder are taken for pictures. A file that is named itself may have any."""

_RAW, _VIDEO, _SOUND = "image_raw", "image_video", "image_sound"

# First bytes, and the format's name or the sentence that says what it is instead.
_SIGNATURES = (
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"GIF8", "GIF"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"(II\*\0|MM\0\*|II\+\0|MM\0\+)....CR", _RAW),  # Canon's CR2 is a TIFF with this mark
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "TIFF"),
    (
        rb"II(RO|RS|U\0|\x1a\0\0\0HEAPCCDR)|MMOR|FUJIFILMCCD-RAW|FOVb|\0MRM",
        _RAW,
    ),  # Olympus, Canon, Fuji, ...
    (rb"RIFF....AVI |\x1aE\xdf\xa3|FLV\x01|\0\0\x01[\xb3\xba]|0&\xb2u\x8ef\xcf\x11", _VIDEO),
    (rb"....(moov|mdat|wide|skip|pnot)|G.{187}G", _VIDEO),  # QuickTime, transport streams
    (rb"RIFF....WAVE|FORM....AIF[FC]|ID3[\x02-\x04]|OggS|fLaC|MThd|caff\0|#!AMR", _SOUND),
    (rb"\xff[\xe2\xe3\xf1-\xf3\xf9-\xfb]", _SOUND),  # MP3 and AAC without a header
    (rb"BM", "BMP"),
)
_PATTERNS = tuple((re.compile(signature, re.DOTALL), kind) for signature, kind in _SIGNATURES)

# Brands of ISO containers. What else there is are videos: isom, mp42, qt, 3gp5, dash, ...
_STILLS = {b"mif1", b"msf1", b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
_AVIF = {b"avif", b"avis"}
_BRANDS = {b"crx ": _RAW, b"M4A ": _SOUND, b"M4B ": _SOUND, b"M4P ": _SOUND, b"F4A ": _SOUND}


def identify(data: bytes) -> str:
    """Return the name of a picture's format, a key of ``DECODERS``.

    Raises:
        ImageError: it is none of these; the sentence says what it is, where that is known.
    """
    kind = _container(data) if data[4:8] == b"ftyp" else _by_signature(data)
    if kind in DECODERS:
        return kind
    raise ImageError(kind)


def _by_signature(data: bytes) -> str:
    for pattern, kind in _PATTERNS:
        if pattern.match(data):
            return kind
    if b"<svg" in data[:4096].lower():
        return "image_vector"
    return "image_not_a_picture"


def _container(data: bytes) -> str:
    (size,) = struct.unpack_from(">I", data)
    major = data[8:12]
    # The compatible brands count where the major one is nobody's that is known.
    others = [data[at : at + 4] for at in range(16, min(size, 256), 4)]
    for brand in (major, *others):
        if brand in _AVIF:
            return "AVIF"
        if brand in _STILLS:
            return "HEIC"
        if brand in _BRANDS:
            return _BRANDS[brand]
    return _VIDEO
