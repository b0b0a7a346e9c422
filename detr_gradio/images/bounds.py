"""What size a picture may have, and the error that says why one can't be used."""

from __future__ import annotations

from ..limits import Limits
from ..messages import UserError


class ImageError(UserError):
    """A picture can't be used; the message says why and what to do."""


def check_size(width: int, height: int, bounds: Limits) -> None:
    """Refuse a size outside the limits.

    Raises:
        ImageError: too many pixels, too short a side, or too long for its height.
    """
    check_pixels(width * height, bounds)
    size = {"width": width, "height": height}
    if min(width, height) < bounds.min_image_side:
        raise ImageError("image_too_small", limit=bounds.min_image_side, **size)
    if max(width, height) > bounds.max_image_aspect * min(width, height):
        raise ImageError("image_too_narrow", limit=f"{bounds.max_image_aspect:g}", **size)


def check_pixels(count: int, bounds: Limits) -> None:
    """Refuse more pixels than the limit.

    Raises:
        ImageError: too many pixels.
    """
    if count > bounds.max_image_pixels:
        raise too_many_pixels(bounds)


def too_many_pixels(bounds: Limits) -> ImageError:
    """Return the error of a picture with too many pixels."""
    return ImageError("image_too_many_pixels", limit=f"{bounds.max_image_pixels / 1e6:g}")
