"""Pictures beside the shards: overlays, and COCO panoptic's maps."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from ..messages import UserError
from ..result.exports import coco_panoptic
from ..result.panoptic import PanopticResult
from ..result.pictures import encode_picture
from ..result.render import overlay
from .storage import inside, write_file

if TYPE_CHECKING:
    from .worker import BatchOptions

_LONGEST = 200  # bytes of a name; file systems take 255


def file_name(name: str) -> str:
    """Return what the file of a picture is called: its id, with % for what names can't hold."""
    quoted = quote(name, safe=" ")
    if len(quoted) > _LONGEST:
        digest = hashlib.sha256(name.encode()).hexdigest()[:16]
        quoted = f"{quoted[: _LONGEST - 17]}-{digest}"
    return f"{quoted}.png"


def write_beside(
    options: BatchOptions, kind: str, name: str, picture: np.ndarray, result: PanopticResult
) -> None:
    """Write a file of a picture.

    Args:
        options: where, and in which language.
        kind: one of ``BESIDE_FORMATS``.
        name: id of the picture.
        picture: (H, W, 3) uint8 RGB.
        result: what was found in it.

    Raises:
        UserError: it can't be written.
    """
    file = file_name(name)
    if kind == "overlay":
        pixels = overlay(picture, result, language=options.language)
    else:
        pixels, _ = coco_panoptic(result, 1, file)
    try:
        # The underscore: readers of Parquet folders pass over it.
        write_file(inside(options.place, f"_{kind}/{file}"), encode_picture(file, pixels))
    except OSError as error:
        raise UserError("cli_not_writable", reason=error.strerror or error) from error
