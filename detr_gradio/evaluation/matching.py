"""Which categories of a ground truth are which of a checkpoint's: by id, or by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from ..messages import UserError, message
from ..result.categories import Categories, clean_name
from ..result.exports import coco_dataset

Match: TypeAlias = Literal["ids", "names"]

_TOLD = 5  # names in a sentence

Entry: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Matching:
    """The categories that an evaluation counts with.

    Attributes:
        listed: COCO's ``categories``: the checkpoint's, then those of the ground truth alone.
        ids: id in ``listed`` by the ground truth's own id.
        truth_only: names of those that the checkpoint does not know, by their id in ``listed``.
        checkpoint_only: names of those that the ground truth does not have.
    """

    listed: list[Entry]
    ids: Mapping[int, int]
    truth_only: Mapping[int, str]
    checkpoint_only: tuple[str, ...]

    def sentences(self, language: str) -> list[str]:
        """Return a sentence for each side that has categories of its own."""
        sides = {
            "evaluation_truth_only": list(self.truth_only.values()),
            "evaluation_checkpoint_only": list(self.checkpoint_only),
        }
        return [
            message(key, language, count=len(names), names=_first(names))
            for key, names in sides.items()
            if names
        ]


def match_categories(
    theirs: Mapping[int, Entry], ours: Categories, match: Match, file: str
) -> Matching:
    """Match a ground truth's categories with the checkpoint's.

    Args:
        theirs: entries of the ground truth's ``categories`` by id.
        ours: the checkpoint's.
        match: by "ids", where names must agree; or by "names", each of which has to be there once
            on either side, or once as a thing and once as stuff.
        file: name of the ground truth's file.

    Raises:
        UserError: by ids, the two call one category differently.
    """
    if match == "names":
        found = _by_names(theirs, ours)
    else:
        found = {category_id: category_id for category_id in theirs if category_id in ours}
        for category_id in found:
            name, known = theirs[category_id].get("name"), ours[category_id].name
            if not isinstance(name, str) or clean_name(name) != known:
                values = {"name": file, "id": category_id, "theirs": name, "ours": known}
                raise UserError("evaluation_categories", **values)
    entries = {entry["id"]: entry for entry in coco_dataset([], [], ours)["categories"]}
    if not ours.kinds_known:  # the ground truth knows better
        for their_id, our_id in found.items():
            entries[our_id]["isthing"] = theirs[their_id].get("isthing", 1)
    free = _free_ids(entries, theirs)
    ids, truth_only = {}, {}
    for their_id, entry in theirs.items():
        ids[their_id] = found[their_id] if their_id in found else next(free)
        if their_id not in found:
            if match == "ids":
                ids[their_id] = their_id
            truth_only[ids[their_id]] = clean_name(str(entry.get("name", "")))
            entries[ids[their_id]] = {**entry, "id": ids[their_id]}
    matched = set(found.values())
    alone = tuple(category.name for category in ours.table if category.id not in matched)
    return Matching(list(entries.values()), ids, truth_only, alone)


def _by_names(theirs: Mapping[int, Entry], ours: Categories) -> dict[int, int]:
    """Return the checkpoint's id by the ground truth's, where the names leave no doubt."""

    def key(name: object, is_thing: object) -> tuple[str, object]:
        kind = bool(is_thing) if ours.kinds_known else None
        return clean_name(str(name)).casefold(), kind

    known: dict[tuple, list[int]] = {}
    for category in ours.table:
        known.setdefault(key(category.name, category.is_thing), []).append(category.id)
    named: dict[tuple, list[int]] = {}
    for their_id, entry in theirs.items():
        named.setdefault(key(entry.get("name", ""), entry.get("isthing")), []).append(their_id)
    return {
        ids[0]: known[name][0]
        for name, ids in named.items()
        if len(ids) == 1 and len(known.get(name, ())) == 1
    }


def _free_ids(*taken: Iterable[int]) -> Iterator[int]:
    start = 1 + max((abs(each) for ids in taken for each in ids), default=0)
    return iter(range(start, 2**62))


def _first(names: list[str]) -> str:
    """Return the first names of a list, and a mark where those are not all."""
    return ", ".join(names[:_TOLD]) + (", …" if len(names) > _TOLD else "")
