"""The page's own pictures and texts: files that the browser loads once they are seen, and keeps.

Within the page's HTML all would come before the page can be used, those of closed tabs included.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import PurePath

PLACE = "pictures"
"""Where they are, relative to the page."""

_PICTURES: dict[str, bytes] = {}


def picture_address(content: bytes, ending: str) -> str:
    """Return the address of a picture that is served as long as the server runs.

    Another content has another address, so that a browser may keep what it has for ever.

    Args:
        content: the file.
        ending: of its name, such as "webp".
    """
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
    _PICTURES[name] = content
    return f"{PLACE}/{name}"


def later(html: str) -> str:
    """Return what stands for a part of the page until it is on show, and ``part.js`` loads it."""
    return f'<div data-part="{picture_address(html.encode(), "html")}"></div>'


def find_picture(name: str) -> tuple[bytes, str] | None:
    """Return the content and the media type of a picture; None where there is none of that name."""
    content = _PICTURES.get(name)
    if content is None:
        return None
    return content, mimetypes.types_map[PurePath(name).suffix]
