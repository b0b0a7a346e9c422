"""``check``: is a data set fit to train on?"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from ..data_sets.checking import CheckedDataSet, SplitSummary, check_data_set
from ..data_sets.layout import find_splits
from ..messages import UserError, message
from ..result.categories import KIND_NAMES


def run(arguments: argparse.Namespace) -> int:
    """Check a data set, name each fault and print what is in it; 1 where there is a fault.

    Raises:
        UserError: there is no data set.
    """
    if not find_splits(arguments.folder):
        raise UserError("check_no_data_set", name=arguments.folder)
    with tqdm(unit="picture", disable=None, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        found = check_data_set(arguments.folder, show)
    language = arguments.language
    if arguments.json:
        print(json.dumps(_document(found), ensure_ascii=False, indent=1, default=str))
        return 1 if found.faults else 0
    for fault in found.faults:
        print(fault.sentence(language))
    print_table(found.categories, found.splits, language)
    key = "check_faults" if found.faults else "check_fit"
    print(message(key, language, count=len(found.faults)))
    sys.stdout.flush()
    return 1 if found.faults else 0


def print_table(
    categories: Mapping[int, Mapping[str, Any]], splits: list[SplitSummary], language: str
) -> None:
    """Print the segments of each category and part.

    Args:
        categories: entries of COCO's ``categories`` by id.
        splits: the parts.
        language: "en" or "es".
    """
    print(f"{'id':>8} {'':8}" + "".join(f"{split.name[:9]:>10}" for split in splits))
    for category_id, entry in categories.items():
        kind = KIND_NAMES["thing" if entry.get("isthing") else "stuff"][language]
        counts = "".join(f"{split.segments[category_id]:10}" for split in splits)
        print(f"{category_id:8} {kind:8}{counts}  {entry.get('name')}")
    for split in splits:
        counts = {"segments": split.segments.total(), "crowds": split.crowds}
        void = f"{split.void:.1%}"
        print(
            message(
                "check_split", language, name=split.name, images=split.images, void=void, **counts
            )
        )


def split_documents(splits: list[SplitSummary]) -> list[dict[str, Any]]:
    """Return what is in each part, for JSON."""
    return [
        {
            "name": split.name,
            "images": split.images,
            "segments": {str(key): count for key, count in split.segments.items()},
            "crowds": split.crowds,
            "void": round(split.void, 4),
        }
        for split in splits
    ]


def _document(found: CheckedDataSet) -> dict[str, Any]:
    return {
        "fit": not found.faults,
        "faults": [dataclasses.asdict(fault) for fault in found.faults],
        "splits": split_documents(found.splits),
    }
