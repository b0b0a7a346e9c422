"""The checkpoint that a command asks for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from ..checkpoints import catalogue
from ..checkpoints.hub import CATEGORIES
from ..messages import message

if TYPE_CHECKING:
    from ..model.precision import Precision
    from ..segmenter import Segmenter


def checkpoint_name(text: str | None) -> str | Path:
    """Return what ``load_segmenter`` takes: whoever types a folder vouches for it."""
    if text is None:
        return catalogue.DEFAULT
    return Path(text) if text not in catalogue.CATALOGUE and Path(text).is_dir() else text


def open_segmenter(
    text: str | None, *, precision: Precision = "exact", language: str = "en"
) -> Segmenter:
    """Load the checkpoint of ``--checkpoint``, with a bar while it downloads.

    Where "fast" can't be had, and where nothing says which of its categories are things, a
    sentence on stderr says so.

    Raises:
        CheckpointUnavailable: it can't be had.
    """
    from ..segmenter import load_segmenter  # noqa: PLC0415 - torch: many a rerun needs none

    name = checkpoint_name(text)
    title = catalogue.find(name).title
    with tqdm(desc=title, unit="B", unit_scale=True, disable=None, leave=False) as bar:

        def show(stage: str, done: int, total: int) -> None:
            if stage == "download":
                bar.total = total or None
                bar.update(done - bar.n)

        segmenter = load_segmenter(name, precision=precision, progress=show)
    if segmenter.network.precision != precision:
        print(message("precision_exact", language), file=sys.stderr)
    if not segmenter.categories.kinds_known:
        values = {"title": title, "file": CATEGORIES}
        print(message("categories_kinds_unknown", language, **values), file=sys.stderr)
    return segmenter
