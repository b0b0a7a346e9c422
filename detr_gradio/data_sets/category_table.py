"""Which category of the new data set each of a source's labels is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from ..result.categories import MAX_ID, Categories, Category, clean_name
from ..result.palette import make_colors
from .sources.annotated import Label


class CategoryTable:
    """Categories by what a source calls them.

    Args:
        known: categories, with ids and kinds, that the data set has already or is to have.
        stuff: names of those that are stuff; the others are things where nothing else says.
        closed: whether there are no others than the known ones.
    """

    def __init__(
        self, known: Iterable[Label] = (), stuff: Iterable[str] = (), *, closed: bool = False
    ) -> None:
        self._known = [label for label in known if label.id is not None]
        self._kept = set() if closed else {label.id for label in self._known}
        self._closed = closed
        self._stuff = {clean_name(name) for name in stuff}
        self._resolved: dict[Label, Label | None] = {}
        self._used: set[int | None] = set()

    def resolve(self, label: Label) -> Label | None:
        """Return the category that a label is, with id and kind; None where there is none."""
        if label not in self._resolved:
            self._resolved[label] = self._find(label) or (
                None if self._closed else self._add(label)
            )
        return self._resolved[label]

    def use(self, category: Label) -> None:
        """Note that there is a segment of a category."""
        self._used.add(category.id)

    @property
    def unused(self) -> list[Label]:
        """Categories without a single segment, which the data set does not have either."""
        return [label for label in self._known if label.id not in self._used | self._kept]

    @property
    def unknown_stuff(self) -> set[str]:
        """Names that were called stuff and that no category has."""
        return self._stuff - {clean_name(label.name) for label in self._known}

    def categories(self) -> Categories:
        """Return those with a segment, and those that the data set had; with a colour each."""
        listed = [label for label in self._known if label.id in self._used | self._kept]
        made = make_colors(
            [bool(label.is_thing) for label in listed],
            [label.color for label in listed if label.color],
        )
        table = []
        for label, other in zip(listed, made, strict=True):
            assert label.id is not None
            color, name = label.color or other, label.name
            texts = name, name, name, clean_name(label.supercategory)
            table.append(Category(label.id, *texts, bool(label.is_thing), color, color))
        return Categories(tuple(table), tuple(range(len(table))))

    def _find(self, label: Label) -> Label | None:
        name = clean_name(label.name)
        # Formats that know names alone may have the id in brackets behind a name that is there
        # twice: see result.formats.source.label_names.
        same = [each for each in self._known if name in (each.name, f"{each.name} ({each.id})")]
        if label.is_thing is not None:
            kind = [each for each in same if each.is_thing == label.is_thing]
            same = kind or (same if self._closed else [])
        by_id = [each for each in same if each.id == label.id]
        return next(iter(by_id or same), None)

    def _add(self, label: Label) -> Label:
        taken = {each.id for each in self._known}
        free = next(number for number in count(1) if number not in taken)
        usable = label.id is not None and label.id not in taken and abs(label.id) <= MAX_ID
        category_id = label.id if usable else free
        name = clean_name(label.name) or f"category {category_id}"
        is_thing = name not in self._stuff and label.is_thing is not False
        added = replace(label, name=name, id=category_id, is_thing=is_thing)
        self._known.append(added)
        return added
