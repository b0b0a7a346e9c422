"""Small pieces of HTML in both languages at once; the page shows the one of its language.

Everything that is put in is escaped here, whatever it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from ..messages import LANGUAGES, UserError
from .i18n import text


def both(key: str, **values: object) -> str:
    """Return a text of the page in both languages, its values filled in."""
    return _spans({code: text(key, code, **values) for code in LANGUAGES})


def both_messages(error: UserError) -> str:
    """Return what a problem says, in both languages."""
    return _spans({code: error.message(code) for code in LANGUAGES})


def both_texts(texts: Mapping[str, str]) -> str:
    """Return given texts by language, such as the title of an example."""
    return _spans(texts)


def _spans(texts: Mapping[str, str]) -> str:
    if len(set(texts.values())) == 1:
        return escape(next(iter(texts.values())))
    return "".join(f'<span lang="{code}">{escape(said)}</span>' for code, said in texts.items())
