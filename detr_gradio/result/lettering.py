"""The letters of names on pictures: of the fonts that come along, or of one of the system."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

_FONTS = Path(__file__).parents[1] / "fonts"
_OWN = str(_FONTS / "DejaVuSans-Bold.ttf")  # Latin letters: soon opened
_WHOLE = str(_FONTS / "DejaVuSans-Bold-whole.ttf")  # Greek, Cyrillic, Arabic and others

# Looked for where systems keep their fonts, for scripts that our own do not have.
_SYSTEM = (
    *("NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "PingFang.ttc", "msyhbd.ttc", "msyh.ttc"),
    *("malgunbd.ttf", "NotoSansHebrew-Bold.ttf", "NotoSansDevanagari-Bold.ttf", "Nirmala.ttf"),
    *("NotoSansBengali-Bold.ttf", "NotoSansTamil-Bold.ttf", "NotoSansTelugu-Bold.ttf"),
    *("NotoSansThai-Bold.ttf", "NotoSansEthiopic-Bold.ttf", "unifont.otf", "Arial Unicode.ttf"),
)
_ABSENT = "\U0010ffff"  # a character that no font has
_PROBE = 24  # pixels of the letters that are compared


@lru_cache(maxsize=256)
def font_for(text: str, size: int) -> ImageFont.FreeTypeFont | None:
    """Return a font with all letters of a text, in a size in pixels; None where there is none."""
    for name in (_OWN, _WHOLE, *_SYSTEM):
        font = _font(name, _PROBE)
        if font is not None and all(_has(name, letter) for letter in set(text) if _is_seen(letter)):
            return _font(name, size)
    return None


def own_font(size: int) -> ImageFont.FreeTypeFont:
    """Return the font that comes along, in a size in pixels."""
    return ImageFont.truetype(_OWN, size)


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont | None:
    try:
        return ImageFont.truetype(name, size)
    except OSError:
        return None


def _is_seen(letter: str) -> bool:
    """Whether a character is drawn: not a space, nor what joins letters without a form."""
    return not letter.isspace() and letter not in "\u200b\u200c\u200d\ufe0e\ufe0f"


@lru_cache(maxsize=4096)
def _has(name: str, letter: str) -> bool:
    return _drawn(name, letter) != _drawn(name, _ABSENT)


@lru_cache(maxsize=4096)
def _drawn(name: str, letter: str) -> bytes:
    canvas = Image.new("L", (2 * _PROBE, 2 * _PROBE))
    ImageDraw.Draw(canvas).text((8, 8), letter, fill=255, font=_font(name, _PROBE))
    return canvas.tobytes()
