"""``convert``: the annotations of other tools, as a data set to train on."""

from __future__ import annotations

import argparse
import dataclasses
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from tqdm import tqdm

from ..data_sets.category_table import CategoryTable
from ..data_sets.conversion import Conversion, Converter
from ..data_sets.layout import PREFIX, find_splits
from ..data_sets.sources.annotated import Label
from ..data_sets.sources.files import load_json
from ..data_sets.sources.finding import OpenSource, open_png, open_source, open_table
from ..data_sets.sources.index_png import IndexFolder
from ..data_sets.sources.tables import VOID, label_of
from ..messages import UserError, message
from .check import print_table, split_documents

_SHOWN = 10  # remarks of one kind


def run(arguments: argparse.Namespace) -> int:
    """Convert a source, say what was left out and what there is now; 1 where something was lost.

    Raises:
        UserError: it can't be done as it was asked for.
    """
    _check(arguments)
    found = open_source(
        arguments.source,
        kind=arguments.format,
        images=arguments.images,
        table=arguments.categories,
        crowds=not arguments.no_crowds,
    )
    converter = Converter(
        found,
        arguments.output,
        arguments.split,
        _table(arguments, found),
        _semantic(arguments, found),
    )
    try:
        with tqdm(unit="picture", disable=None, leave=False) as bar:
            done = converter.run(arguments.val, bar.update)
    except OSError as error:
        raise UserError("cli_not_writable", reason=error.strerror or error) from error
    losses = sum(remark.is_loss for remark in done.remarks)
    if arguments.json:
        print(json.dumps(_document(done), ensure_ascii=False, indent=1, default=str))
    else:
        _tell(done, losses, arguments)
    sys.stdout.flush()
    return 1 if losses or not any(split.images for split in done.splits) else 0


def _check(arguments: argparse.Namespace) -> None:
    output = arguments.output.resolve()
    if not re.fullmatch(r"[\w-]{1,40}", arguments.split):
        raise UserError("convert_split", name=arguments.split)
    if not 0 <= arguments.val < 1 or (arguments.val and arguments.split == "val"):
        raise UserError("convert_share")
    if arguments.source.is_dir() and arguments.source.resolve() in (output, *output.parents):
        raise UserError("convert_inside", name=arguments.output)
    for split in (arguments.split, *(("val",) if arguments.val else ())):
        file = arguments.output / f"{PREFIX}{split}.json"
        if file.exists():
            raise UserError("convert_exists", name=file)


def _table(arguments: argparse.Namespace, found: OpenSource) -> CategoryTable:
    """Return the categories that were asked for, or those of the parts that are there already."""
    if arguments.categories and not found.by_stem:
        labels = open_table(arguments.categories).values()
        known = [
            replace(label, is_thing=label.name not in arguments.stuff)
            if label.is_thing is None
            else label
            for label in labels
            if label.name.lower() not in VOID
        ]
        return CategoryTable(known, closed=True)
    return CategoryTable(_existing(arguments), arguments.stuff)


def _existing(arguments: argparse.Namespace) -> Iterable[Label]:
    known: dict[int | None, Label] = {}
    for split in find_splits(arguments.output):
        try:
            entries = load_json(split.annotations)["categories"]
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(
                "convert_unreadable", name=split.annotations, said=type(error).__name__
            ) from error
        for label in map(label_of, entries):
            if label is not None:
                known.setdefault(label.id, label)
    return known.values()


def _semantic(arguments: argparse.Namespace, found: OpenSource) -> IndexFolder | None:
    """Return the folder whose stuff is to lie beneath the regions; things are the source's own."""
    if arguments.semantic is None:
        return None
    folder = open_png(arguments.semantic, arguments.categories)
    things = {
        label.name
        for label in found.source.labels
        if label.is_thing is not False and label.name not in arguments.stuff
    }
    labels = {
        value: None if label is None or label.is_thing or label.name in things else label
        for value, label in folder.labels.items()
    }
    return replace(folder, labels=labels)


def _tell(done: Conversion, losses: int, arguments: argparse.Namespace) -> None:
    language = arguments.language
    counts = Counter(remark.kind for remark in done.remarks)
    shown: Counter[str] = Counter()
    for remark in done.remarks:
        shown[remark.kind] += 1
        if shown[remark.kind] <= _SHOWN:
            print(remark.sentence(language))
        elif shown[remark.kind] == counts[remark.kind]:
            print(message("convert_more", language, count=counts[remark.kind] - _SHOWN))
    categories = done.categories
    if not any(split.images for split in done.splits):
        print(message("convert_nothing", language))
        return
    entries = {c.id: {"name": c.name, "isthing": c.is_thing} for c in categories.table}
    print_table(entries, done.splits, language)
    if all(category.is_thing for category in categories.table):
        print(message("convert_kinds", language))
    if losses:
        print(message("convert_losses", language, count=losses))
    overlap = f"{done.overlap / done.pixels:.1%}"
    print(message("convert_done", language, name=arguments.output, overlap=overlap))


def _document(done: Conversion) -> dict:
    return {
        "remarks": [
            {**dataclasses.asdict(remark), "loss": remark.is_loss} for remark in done.remarks
        ],
        "splits": split_documents(done.splits),
        "categories": [
            {"id": c.id, "name": c.name, "isthing": int(c.is_thing)} for c in done.categories.table
        ],
        "overlap": done.overlap,
    }
