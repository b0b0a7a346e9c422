"""The page's first view, before Gradio has started."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path

from .i18n import text
from .markup import bilingual
from .panel.first_result import first_value
from .scripts import bundle
from .workspace import MAIN_TABS


def early_links(theme: str) -> str:
    """Return what the first view needs besides the page: the sooner it is asked for, the better.

    Args:
        theme: address of Gradio's theme.
    """
    picture = first_value()["by_language"]["en"]["image"]["address"]
    described = escape(text("tagline", "en"))
    return (
        "<title>DETR Panoptic</title>"
        f'<meta name="description" property="og:description" content="{described}">'
        f'<link rel="stylesheet" href="{theme}">'
        # No link that preloads: it names an origin, and what was asked for with one is kept apart.
        f'<script>fetch("{picture}").catch(() => {{}})</script>'
    )


def early_script() -> str:
    """Return the script that shows it; it stands at the page's end, before Gradio's run."""
    wish = f'<div class="status running" role="status">{bilingual("early_wish")}</div>'
    tabs = "".join(
        f'<span role="presentation">{bilingual(f"tab_{tab}")}</span>' for tab in MAIN_TABS
    )
    css = (Path(__file__).parent / "early.css").read_text(encoding="utf-8")
    said = json.dumps({"wish": wish, "tabs": tabs, "css": css, "box": bilingual("choose_picture")})
    return bundle("ui/early.js").replace("TEXTS", said.replace("</", "<\\/"))
