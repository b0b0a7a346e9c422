"""Which colour profiles are obeyed (ICC.1:2010, sections 7 to 10).

Cameras, phones and printers' programs write a matrix with curves, or tables. What may hold more
is ignored, as a broken profile is: one of 0.6 kB, in multi-process elements, took 415 s.
"""

from __future__ import annotations

import struct

MAX_PROFILE_BYTES = 4_000_000
"""The largest in use, for offset printing, have 2.7 MB."""

_CLASSES = {b"mntr", b"scnr", b"prtr", b"spac"}
_SPACES = {"RGB": b"RGB ", "CMYK": b"CMYK"}
_CURVES = {b"curv", b"para"}
_TABLES = {b"mft1", b"mft2", b"mAB "}
_TYPES = {b"rTRC": _CURVES, b"gTRC": _CURVES, b"bTRC": _CURVES}
_TYPES |= {b"A2B0": _TABLES, b"A2B1": _TABLES, b"A2B2": _TABLES}
_MAX_TAGS = 100


def profile_to_apply(profile: bytes | None, mode: str) -> bytes | None:
    """Return the profile if colours have to be converted by it, or None.

    Args:
        profile: an embedded ICC profile, whatever stands in it.
        mode: Pillow's, "RGB" or "CMYK"; other ones have no profile that is obeyed.
    """
    if not profile or len(profile) > MAX_PROFILE_BYTES or mode not in _SPACES:
        return None
    try:
        tags = _tags(profile)
    except struct.error:
        return None
    usual = (
        tags is not None
        and profile[36:40] == b"acsp"
        and profile[12:16] in _CLASSES
        and profile[16:20] == _SPACES[mode]
        and profile[20:24] in (b"XYZ ", b"Lab ")
        and not any(name[:3] in (b"D2B", b"B2D") for name in tags)
        and all(tags[name][:4] in types for name, types in _TYPES.items() if name in tags)
    )
    return profile if usual and not _is_srgb(tags.get(b"desc", b"")) else None


def _tags(profile: bytes) -> dict[bytes, bytes] | None:
    (count,) = struct.unpack_from(">I", profile, 128)
    if count > _MAX_TAGS:
        return None
    entries = [struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(count)]
    return {name: profile[start : start + size] for name, start, size in entries}


def _is_srgb(description: bytes) -> bool:
    if description[:4] == b"desc":
        return description[12:16] == b"sRGB"
    if description[:4] == b"mluc" and len(description) >= 28:
        (start,) = struct.unpack_from(">I", description, 24)
        return description[start : start + 8] == "sRGB".encode("utf-16-be")
    return False
