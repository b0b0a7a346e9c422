"""The categories that a checkpoint knows: one immutable table, which travels with its results."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from .palette import RGB, shade

KIND_NAMES = {
    "thing": {"en": "thing", "es": "cosa"},
    "things": {"en": "things", "es": "cosas"},
    "stuff": {"en": "stuff", "es": "materia"},
}
"""What the two kinds of segments are called, by language."""

_DATA_SET = {"en": "data set", "es": "los datos"}

MAX_ID = 2**53 - 1
"""The largest integer that every reader of JSON takes exactly."""

MAX_NAME = 80
"""Characters of a name: longer ones are cut. Names are other people's text."""

# What turns the direction of the text around a name, or hides a part of it, may not be in one.
_TURNS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


def clean_name(text: str) -> str:
    """Return a name on one line, without control characters, of at most ``MAX_NAME`` characters.

    Every script stays as it is; empty where nothing is left.
    """
    text = "".join(
        " " if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c
        for c in _TURNS.sub("", text[:10_000])
    )
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if len(text) <= MAX_NAME else f"{text[: MAX_NAME - 1].rstrip()}…"


@dataclass(frozen=True)
class Category:
    """One category of a checkpoint.

    Attributes:
        id: its id in the data set, any integer, such as 193.
        name: the data set's own name, such as "grass-merged"; for files that other tools read.
        name_en: short English name, such as "grass"; for people.
        name_es: short Spanish name, such as "césped".
        supercategory: the data set's group, such as "plant"; empty where it has none.
        is_thing: True for countable things, False for stuff.
        color: colour in this project's pictures, (red, green, blue), 0..255.
        source_color: colour in the data set's own table.
    """

    id: int
    name: str
    name_en: str
    name_es: str
    supercategory: str
    is_thing: bool
    color: RGB
    source_color: RGB

    def name_in(self, language: str) -> str:
        """Short name in "es" (Spanish) or, for any other language, in English."""
        return self.name_es if language == "es" else self.name_en

    def segment_name(self, number: int, language: str = "en") -> str:
        """Name of the ``number``-th segment of the category: "car 1" for a thing, "sky" for stuff.

        Stuff is one segment a category; only in files of others it has several, and then the second
        is "sky 2".
        """
        name = self.name_in(language)
        return f"{name} {number}" if self.is_thing or number > 1 else name

    def segment_color(self, number: int = 1) -> RGB:
        """Colour of the ``number``-th segment of the category, the same one every time.

        Args:
            number: 1, 2, ... among the segments of the category; 1 has the category's own colour.

        Returns:
            (red, green, blue), 0..255.
        """
        return shade(self.color, number)


@dataclass(frozen=True)
class Categories(Mapping[int, Category]):
    """The categories of a checkpoint by id, and where each stands in its logits. Immutable.

    Attributes:
        table: the categories, in their order.
        labels: index of each in the network's logits, 0 or more. Indices of no category, such as
            that of "no object", are in nobody's place.
        source: name of the data set that the ids and names are of, such as "COCO"; may be empty.
        kinds_known: False where nothing says which are things and which stuff: all count as things.

    Raises:
        ValueError: an id or an index occurs twice, or there are not as many of both.
    """

    table: tuple[Category, ...]
    labels: tuple[int, ...]
    source: str = ""
    kinds_known: bool = True

    def __post_init__(self) -> None:
        if not len(self._by_id) == len(self.by_label) == len(self.table) == len(self.labels):
            raise ValueError("Ids and indices of categories have to be there once each.")

    @cached_property
    def _by_id(self) -> dict[int, Category]:
        return {category.id: category for category in self.table}

    @cached_property
    def by_label(self) -> Mapping[int, Category]:
        """The categories by their index in the logits."""
        return dict(zip(self.labels, self.table, strict=False))

    def source_in(self, language: str) -> str:
        """What a person reads before "id" and "name": "COCO", or "data set" where none is known."""
        return self.source or _DATA_SET.get(language, _DATA_SET["en"])

    def __getitem__(self, category_id: int) -> Category:
        return self._by_id[category_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self.table)
