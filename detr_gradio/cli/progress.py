"""A progress bar for a checkpoint on its way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from ..hub import Progress


@contextmanager
def checkpoint_progress(title: str) -> Iterator[Progress]:
    """Give what ``load_segmenter`` takes as progress: a bar in bytes while it downloads."""
    with tqdm(desc=title, unit="B", unit_scale=True, disable=None, leave=False) as bar:

        def show(stage: str, done: int, total: int) -> None:
            if stage == "download":
                bar.total = total or None
                bar.update(done - bar.n)

        yield show
