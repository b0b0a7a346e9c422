"""What the command line says of a problem."""

from __future__ import annotations

from ..limits import variable
from ..messages import UserError

_LIMITS = {
    "image_too_heavy": "max_image_bytes",
    "image_too_many_pixels": "max_image_pixels",
    "image_too_narrow": "max_image_aspect",
    "image_too_small": "min_image_side",
    "video_too_heavy": "max_video_bytes",
    "video_too_long": "max_video_seconds",
    "video_too_many_pixels": "max_video_pixels",
}


def format_error(error: UserError, language: str) -> str:
    """Return the sentence of a problem; where it is a limit, also who sets it: the reader."""
    if error.key in _LIMITS:
        limit = variable(_LIMITS[error.key])
        error = UserError("cli_your_limit", problem=error, variable=limit)
    return error.message(language)
