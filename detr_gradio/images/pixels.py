"""Pixels of any kind - deep, indexed, transparent, turned, in other colours - as upright RGB."""

from __future__ import annotations

import contextlib
from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageFilter

from .hdr import Transfer, tone_map
from .metadata import exif_orientation
from .profiles import profile_to_apply
from .tiff import BITS, ORIENTATION, PHOTOMETRIC

# EXIF orientation: what makes the picture upright again.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

_GRID = 65  # colours a channel of the table for HDR: the most that Pillow takes
_STRIP = 2**22  # values scaled at a time: as float64 they take eight times the room


def to_rgb(
    image: Image.Image,
    orientation: int | None = None,
    *,
    hdr: Transfer | None = None,
    as_stored: bool = False,
) -> np.ndarray:
    """Decode an opened image and return it as upright RGB on white.

    Args:
        image: of any mode, opened but not necessarily decoded.
        orientation: as in EXIF, 1..8; None takes the one that the image carries.
        hdr: the transfer function of a picture with a high dynamic range, of BT.2020's colours.
        as_stored: applies neither the orientation nor the colour profile.

    Returns:
        (H, W, 3) uint8, C-contiguous and writable.

    Raises:
        Exception: whatever a decoder makes of bytes that it can't decode.
    """
    turned = getattr(image, "tag_v2", {}).get(ORIENTATION, 1)
    image.load()
    if as_stored:
        # Pillow has turned a TIFF, and taken away its tag.
        upright, profile = _UPRIGHT.get(turned_back(turned)), None
    else:
        upright = _UPRIGHT.get(_orientation(image) if orientation is None else orientation)
        profile = image.info.get("icc_profile")
    image = _to_8_bits(image)
    if image.has_transparency_data:
        image = _on_white(image)
    image = image.convert("RGB").filter(_hdr_table(hdr)) if hdr else _to_srgb(image, profile)
    if upright is not None:
        image = image.transpose(upright)
    return np.array(image)


def turned_back(orientation: int) -> int:
    """Return the orientation that undoes what another one does."""
    return {6: 8, 8: 6}.get(orientation, orientation)


def _orientation(image: Image.Image) -> int:
    # Image.getexif would do, but it parses whatever it finds, without bounds.
    exif = image.info.get("exif")
    return exif_orientation(exif) if isinstance(exif, bytes) else 1


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Return an image of Pillow's deep grey modes (I;16, I, F) as L, any other one as it is."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    if image.mode.startswith("I;16"):
        # A 12-bit TIFF comes as I;16 too.
        most = 2 ** int(tags.get(BITS, (16,))[0]) - 1
        grey = scale_to_8_bits(np.minimum(values, most), most)
        if tags.get(PHOTOMETRIC) == 0:  # 0 is white, which Pillow minds up to 8 bits only
            grey = 255 - grey
    else:
        grey = scale_to_fit(values)
    flat = Image.fromarray(grey)
    if isinstance(key := image.info.get("transparency"), int):
        flat.putalpha(Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8)))
    return flat


def scale_to_fit(values: np.ndarray) -> np.ndarray:
    """Scale samples whose range no header tells: the smallest usual range that holds them.

    Args:
        values: numbers of any type. Ranges tried: 0..1 (floats), 0..255, 0..32767 (16 bits with
            a sign), 0..65535; values beyond are stretched from their least to their greatest.
            What is not finite is black.

    Returns:
        uint8, of the same shape.
    """
    ranges = {"f": (1, 255, 65535), "i2": (255, 32767)}
    usual = ranges.get(values.dtype.kind, ranges.get(values.dtype.str[1:], (255, 65535)))
    bounds = [(strip.min(), strip.max()) for strip in map(_finite, _strips(values))]
    least, most = min(low for low, _ in bounds), max(high for _, high in bounds)
    for top in usual:
        if least >= 0 and most <= top:
            return scale_to_8_bits(values, top)
    if least == most:  # negative, or beyond, and flat
        return np.zeros(values.shape, np.uint8)
    return scale_to_8_bits(values, float(most), float(least))


def scale_to_8_bits(values: np.ndarray, most: float, least: float = 0) -> np.ndarray:
    """Return values of least..most as uint8 of 0..255, rounded to the nearest.

    What is not finite is 0.
    """
    scaled = np.empty(values.shape, np.uint8)
    for strip, target in zip(_strips(values), _strips(scaled), strict=True):
        target[:] = np.rint((_finite(strip) - least) * 255 / (most - least))
    return scaled


def _strips(values: np.ndarray) -> list[np.ndarray]:
    rows = max(1, _STRIP // max(1, values[:1].size))
    return [values[start : start + rows] for start in range(0, len(values), rows)]


def _finite(values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64)
    return np.nan_to_num(values, copy=False, posinf=0, neginf=0)


def _on_white(image: Image.Image) -> Image.Image:
    """Lay an image with any kind of transparency on white and return it as RGB."""
    key = image.info.get("transparency")
    if isinstance(key, tuple) and max(key) > 255:
        # Pillow keeps the upper bytes of 16-bit colours, but all of their transparent colour.
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in key)
    if image.mode == "La":  # premultiplied, which Pillow converts to LA alone
        image = image.convert("LA")
    image = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert to RGB, by way of the embedded ICC profile where it is for RGB or CMYK."""
    if image.mode not in ("RGB", "CMYK"):
        image = image.convert("RGB")
    if profile := profile_to_apply(profile, image.mode):
        # A profile that is broken leaves the colours as they are.
        with contextlib.suppress(Exception):
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")  # ty: ignore[invalid-explicit-return]  # None only in place
    return image if image.mode == "RGB" else image.convert("RGB")


@lru_cache(maxsize=2)
def _hdr_table(transfer: Transfer) -> ImageFilter.Color3DLUT:
    """Map a grid of colours, between which Pillow interpolates: large pictures take no time."""
    levels = np.linspace(0, 65535, _GRID).round().astype(np.uint16)
    blue, green, red = np.meshgrid(levels, levels, levels, indexing="ij")  # red changes fastest
    grid = np.stack([red, green, blue], axis=-1).reshape(_GRID, _GRID**2, 3)
    mapped = tone_map(grid, transfer).astype(np.float32) / 255
    return ImageFilter.Color3DLUT(_GRID, mapped.ravel())
