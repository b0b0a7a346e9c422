"""Results of ``segment --format parquet`` in the place of a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..checkpoints.catalogue import Checkpoint
from ..messages import UserError
from ..result.categories import Categories
from ..result.panoptic import PanopticResult

if TYPE_CHECKING:
    from ..batch.results import Results
    from .files import Document


class StoredResults:
    """What a run has made of pictures, which are told by the names of their files.

    Attributes:
        checkpoint: with which.
        categories: that it knows.
    """

    def __init__(self, results: Results, checkpoint: Checkpoint):
        self._results = results
        self.checkpoint = checkpoint
        self.categories: Categories = results.categories

    def of(self, images: list[Document]) -> Iterator[tuple[Document, PanopticResult]]:
        """Give the entries of ``images`` that there are results of, with these.

        Raises:
            UserError: two pictures have the name of one file.
        """
        wanted: Mapping[str, Document] = {image["file_name"]: image for image in images}
        seen = set()
        for uri, result in self._results.by_uri():
            name = PurePosixPath(uri).name
            if name not in wanted:
                continue
            if name in seen:
                raise UserError("evaluation_results_twice", name=name)
            seen.add(name)
            yield wanted[name], result
