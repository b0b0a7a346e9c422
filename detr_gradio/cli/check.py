"""``check``: is a data set fit to train on?"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys

from tqdm import tqdm

from ..data_sets.checking import CheckedDataSet, check_data_set
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
    _print_table(found, language)
    key = "check_faults" if found.faults else "check_fit"
    print(message(key, language, count=len(found.faults)))
    sys.stdout.flush()
    return 1 if found.faults else 0


def _print_table(found: CheckedDataSet, language: str) -> None:
    """Print the segments of each category and part."""
    names = [split.name for split in found.splits]
    print(f"{'id':>8} {'':8}" + "".join(f"{name[:9]:>10}" for name in names))
    for category_id, entry in found.categories.items():
        kind = KIND_NAMES["thing" if entry.get("isthing") else "stuff"][language]
        counts = "".join(f"{split.segments[category_id]:10}" for split in found.splits)
        print(f"{category_id:8} {kind:8}{counts}  {entry.get('name')}")
    for split in found.splits:
        counts = {"segments": split.segments.total(), "crowds": split.crowds}
        void = f"{split.void:.1%}"
        print(
            message(
                "check_split", language, name=split.name, images=split.images, void=void, **counts
            )
        )


def _document(found: CheckedDataSet) -> dict:
    return {
        "fit": not found.faults,
        "faults": [dataclasses.asdict(fault) for fault in found.faults],
        "splits": [
            {
                "name": split.name,
                "images": split.images,
                "segments": {str(key): count for key, count in split.segments.items()},
                "crowds": split.crowds,
                "void": round(split.void, 4),
            }
            for split in found.splits
        ],
    }
