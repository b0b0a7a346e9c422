"""Small pieces of HTML, in both languages at once: the page shows the one of its language.

Everything that is put in is escaped here, whatever it is.
"""

from __future__ import annotations

import base64
import io
import re
from html import escape

import numpy as np
from PIL import Image

from ..messages import LANGUAGES, UserError
from .i18n import text

_HUB_ADDRESS = re.compile(r"https://(\w+\.)?huggingface\.co(/\w+)*")


def bilingual_pair(english: str, spanish: str) -> str:
    """Return a text in both languages; once where it is the same in both."""
    if english == spanish:
        return escape(english)
    return f'<span lang="en">{escape(english)}</span><span lang="es">{escape(spanish)}</span>'


def bilingual(key: str, **values: object) -> str:
    """Return a text of the page (``i18n.TEXTS``) in both languages, its values filled in."""
    return bilingual_pair(*(text(key, code, **values) for code in LANGUAGES))


def bilingual_error(error: UserError) -> str:
    """Return the sentence of an error in both languages; addresses of Hugging Face are links."""
    return _HUB_ADDRESS.sub(
        r'<a href="\g<0>" target="_blank" rel="noopener noreferrer">\g<0></a>',
        bilingual_pair(*map(error.message, LANGUAGES)),
    )


def jpeg_data_url(image: np.ndarray, quality: int) -> str:
    """Return an (H, W, 3) uint8 RGB picture as a data URL; see ``jpeg_bytes``."""
    return "data:image/jpeg;base64," + base64.b64encode(jpeg_bytes(image, quality)).decode("ascii")


def jpeg_bytes(image: np.ndarray, quality: int) -> bytes:
    """Return an (H, W, 3) uint8 RGB picture as a JPEG file.

    Args:
        image: the picture, in the size that is wanted.
        quality: of the JPEG, 1..95.
    """
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
