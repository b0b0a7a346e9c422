"""The example pictures: what they show, who made them, and small pictures of them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

import gradio as gr
from PIL import Image

from ...checkpoints.catalogue import CATALOGUE, TOY_SCENES
from ..markup import bilingual, bilingual_pair
from ..pictures import picture_address
from ..scripts import bundle

FOLDER = Path(__file__).parents[3] / "examples"

_THUMBNAIL = (320, 240)


@dataclass(frozen=True)
class Example:
    """An example picture.

    Attributes:
        path: its file.
        title, alt: by language; what it is, and a description for those who can't see it.
        author, licence, licence_url, source: whose it is and where it comes from.
        checkpoint: the one it suits.
    """

    path: Path
    title: dict[str, str]
    alt: dict[str, str]
    author: str
    licence: str
    licence_url: str
    source: str
    checkpoint: str

    @property
    def name(self) -> str:
        """What a link calls it: the file's name without its ending."""
        return self.path.stem


@lru_cache(maxsize=1)
def examples() -> dict[str, Example]:
    """Return the example pictures by name, in the gallery's order; none where there is no folder.

    The package may be installed without them.
    """
    listing = FOLDER / "credits.json"
    if not listing.is_file():
        return {}
    entries = json.loads(listing.read_text(encoding="utf-8"))
    found = [
        Example(
            path=FOLDER / entry["file"],
            title={"en": entry["title_en"], "es": entry["title_es"]},
            alt={"en": entry["alt_en"], "es": entry["alt_es"]},
            author=entry["author"],
            licence=entry["licence"],
            licence_url=entry["licence_url"],
            source=entry["source"],
            checkpoint=entry["checkpoint"],
        )
        for entry in entries
    ]
    return {example.name: example for example in found}


def example_name(path: str) -> str:
    """Return the name of the example whose file this is; "" for another file."""
    return next((name for name, example in examples().items() if str(example.path) == path), "")


def suited_examples(checkpoint: str) -> list[Example]:
    """Return the examples that a checkpoint was made for, drawn or photographed; else all."""
    known = list(examples().values())
    drawn = checkpoint == TOY_SCENES
    return [each for each in known if (each.checkpoint == TOY_SCENES) == drawn] or known


class ExampleCards(gr.HTML):
    """Thumbnails to choose from.

    Event ``choose``: ``event.name`` is the example's name.

    Args:
        value: what ``cards_value`` returns.
        **kwargs: other arguments of ``gr.HTML``.
    """

    def __init__(self, value: str | None = None, **kwargs):
        super().__init__(
            value, js_on_load=bundle("ui/panel/cards.js"), apply_default_css=False, **kwargs
        )


def cards_value(
    shown: Sequence[Example], *, with_credits: bool = True, at_work: str | None = None
) -> str:
    """Return the HTML of thumbnails, in order.

    Args:
        shown: what they show.
        with_credits: whether author and licence stand below each.
        at_work: name of the checkpoint at work; where it is that for drawn scenes, photographs
            say which one they need.
    """
    cards = "".join(
        _card(example, with_credits, needs_another=at_work == TOY_SCENES != example.checkpoint)
        for example in shown
    )
    return f'<ul class="cards">{cards}</ul>'


def _card(example: Example, with_credits: bool, needs_another: bool) -> str:
    title = CATALOGUE[example.checkpoint].title
    needs = f'<small class="needs">{bilingual("card_needs", title=title)}</small>'
    credit = (
        f'<p class="credit">{escape(example.author)} · '
        f'<a href="{escape(example.source)}" target="_blank" rel="noopener noreferrer">'
        f"{escape(example.licence)}</a></p>"
    )
    alt = escape(f"{example.alt['en']} / {example.alt['es']}")
    return (
        f'<li><button type="button" data-example="{escape(example.name)}" title="{alt}">'
        f'<img src="{_thumbnail(example.path)}" alt="" width="320" height="240" loading="lazy">'
        f"<span>{bilingual_pair(example.title['en'], example.title['es'])}"
        f"{needs if needs_another else ''}</span></button>"
        f"{credit if with_credits else ''}</li>"
    )


@lru_cache(maxsize=64)
def _thumbnail(path: Path) -> str:
    """Address of a small WebP, cropped to 4:3."""
    with Image.open(path) as opened:
        opened.draft("RGB", (_THUMBNAIL[0] * 2, _THUMBNAIL[1] * 2))
        image = opened.convert("RGB")
    width, height = image.size
    side = min(width / 4, height / 3)
    left, top = (width - 4 * side) / 2, (height - 3 * side) / 2
    small = image.resize(
        _THUMBNAIL,
        Image.Resampling.BILINEAR,
        (left, top, left + 4 * side, top + 3 * side),
        reducing_gap=2.0,
    )
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=72, method=0)
    return picture_address(buffer.getvalue(), "webp")
