"""How much work a picture is, told before it is decoded."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from .decoding import DECODED_HERE
from .kinds import DECODERS, identify

COSTLY_PIXELS = 16_000_000
"""With more pixels, decoding, drawing and packing take seconds. Phones take 12 million."""

_HEAD = 4096  # bytes that tell the format


def is_costly(path: str) -> bool:
    """Return whether a picture may take seconds: it is large, or of a format decoded apart.

    Its header alone is read. What is no picture is not costly: it is refused at once.

    Args:
        path: of a file.
    """
    try:
        with Path(path).open("rb") as file:
            name = identify(file.read(_HEAD))
        if name not in DECODED_HERE:
            return True
        with Image.open(path, formats=DECODERS[name]) as image:
            return image.width * image.height > COSTLY_PIXELS
    except Exception:  # whatever Pillow raises for what is damaged
        return False
