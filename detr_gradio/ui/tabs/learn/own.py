"""The app's checkpoint, where it is somebody's own: its categories and its model card's facts."""

from __future__ import annotations

from html import escape

from ....checkpoints.catalogue import CATALOGUE
from ....checkpoints.categories import categories_of
from ....checkpoints.hub import CheckpointUnavailable
from ....checkpoints.model_card import read_card
from ....messages import LANGUAGES
from ....result.categories import KIND_NAMES, Categories
from ....result.palette import to_hex
from ....service import Service
from ...i18n import text
from ...markup import bilingual, bilingual_pair


def own_checkpoint(service: Service) -> str:
    """Return HTML on the app's checkpoint; empty for one of the catalogue and where none is there.

    What others wrote is escaped and has a direction of its own.
    """
    checkpoint = service.expected()
    if checkpoint.name in CATALOGUE:
        return ""
    try:
        categories = categories_of(checkpoint)
    except CheckpointUnavailable:
        return ""
    card = read_card(checkpoint)
    measured_on = f" ({card.data})" if card.data else ""
    quality = "" if card.pq is None else f"{card.pq:.1f}{measured_on}"
    facts = {"own_base": card.base, "own_pq": quality, "own_license": card.license}
    words = f'<blockquote dir="auto">{escape(card.words)}</blockquote>' if card.words else ""
    listed = "".join(
        f"<dt>{bilingual(key)}</dt><dd><bdi>{escape(value)}</bdi></dd>"
        for key, value in facts.items()
        if value
    )
    titles = [text("own_title", code, name=checkpoint.title) for code in LANGUAGES]
    return (
        f'<section class="own-checkpoint"><h3>{bilingual_pair(*titles)}</h3>{words}'
        f"<dl>{listed}{_kinds(categories)}</dl></section>"
    )


def _kinds(categories: Categories) -> str:
    """Return the things and the stuff, each with its colour."""
    parts = []
    for kind, is_thing in (("things", True), ("stuff", False)):
        found = [category for category in categories.table if category.is_thing == is_thing]
        if not found:
            continue
        names = "".join(
            f'<li><i style="background:{to_hex(category.color)}"></i>'
            f"<bdi>{bilingual_pair(category.name_in('en'), category.name_in('es'))}</bdi></li>"
            for category in found
        )
        title = bilingual_pair(*(f"{len(found)} {KIND_NAMES[kind][code]}" for code in LANGUAGES))
        parts.append(f"<dt>{title}</dt><dd><ul>{names}</ul></dd>")
    return "".join(parts)
