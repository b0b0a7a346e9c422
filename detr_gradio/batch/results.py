"""A place with the shards of a run: what was made with which settings, and its results."""

from __future__ import annotations

import json
import uuid
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from ..messages import UserError
from ..result.categories import Categories
from ..result.panoptic import PanopticResult
from .rows import SCHEMA, Row, categories_json, read_categories_json, row_result
from .storage import inside, listing, locate, read_file, write_file

# Readers of Parquet folders pass over what begins with an underscore.
_RUN, _CATEGORIES, CHECKPOINT, MANIFEST = (
    "_run.json",
    "_categories.json",
    "_checkpoint",
    "_manifest.parquet",
)

_BATCH = 64  # rows in memory at a time


@dataclass(frozen=True)
class RunSettings:
    """What makes the rows of a run the same whoever makes them.

    Attributes:
        checkpoint: its name.
        revision: its commit; None where it is known otherwise.
        weights: as ``catalogue.weights_state``.
        threshold, detail, method, precision: as for ``Segmenter.segment``.
        language: of the errors' sentences.
        engine: "here" or "ray", which note differently what is done.
        beside: as of ``BatchOptions``.
        version: of the rows.
    """

    checkpoint: str
    revision: str | None
    weights: list[float]
    threshold: float
    detail: int | None
    method: str
    precision: str
    language: str
    engine: str
    beside: list[str]
    version: int = 1


class Results:
    """The results of a run, read when they are asked for.

    Going through it gives (id, ``PanopticResult``) of each picture that was segmented, in no
    order; ``len`` counts all pictures, and ``errors`` has those that could not be.

    Args:
        place: folder or URI, as of ``segment --output``.

    Attributes:
        place: where they are.

    Raises:
        UserError: they can't be read.
    """

    def __init__(self, place: str | Path):
        self.place = str(place)

    def __iter__(self) -> Iterator[tuple[str, PanopticResult]]:
        for row in self.rows(pc.field("error").is_null()):
            yield row["id"], self._result(row)

    def by_uri(self) -> Iterator[tuple[str, PanopticResult]]:
        """Give (place, ``PanopticResult``) of each picture that was segmented."""
        for row in self.rows(pc.field("error").is_null()):
            yield row["uri"], self._result(row)

    def __len__(self) -> int:
        return sum(self._metadata(shard).num_rows for shard in self._shards())

    def __getitem__(self, name: str) -> PanopticResult:
        for row in self.rows(pc.field("id") == name):
            if row["error"] is None:
                return self._result(row)
        raise KeyError(name)

    def errors(self) -> Iterator[tuple[str, str]]:
        """Give (id, sentence) of each picture that could not be segmented."""
        for row in self.rows(pc.field("error").is_valid(), ["id", "error"]):
            yield row["id"], row["error"]

    def ids(self) -> Iterator[str]:
        """Give the ids of all pictures that are done, those with errors too."""
        for row in self.rows(columns=["id"]):
            yield row["id"]

    def rows(
        self, condition: pc.Expression | None = None, columns: list[str] | None = None
    ) -> Iterator[Row]:
        """Give rows as ``rows.SCHEMA`` has them.

        Args:
            condition: which; all if not given.
            columns: which; all if not given.
        """
        for shard in self._shards():
            system, path = locate(inside(self.place, shard))
            with _named(shard):
                scanner = ds.dataset(path, filesystem=system, format="parquet").scanner(
                    filter=condition, columns=columns, batch_size=_BATCH
                )
                for batch in scanner.to_batches():
                    yield from batch.to_pylist()

    @cached_property
    def settings(self) -> RunSettings:
        """How they were made."""
        return RunSettings(**self._document(_RUN))

    @cached_property
    def categories(self) -> Categories:
        """All that the checkpoint knows."""
        content = self._content(_CATEGORIES)
        try:
            return read_categories_json(content)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError("batch_damaged", name=_CATEGORIES) from error

    def claim(self, settings: RunSettings) -> None:
        """Begin or continue a run here.

        Raises:
            UserError: there is one with other settings, or nothing can be written.
        """
        try:
            if read_file(inside(self.place, _RUN)) is None:
                content = json.dumps(asdict(settings), indent=1).encode()
                write_file(inside(self.place, _RUN), content)
            elif self._document(_RUN) != json.loads(json.dumps(asdict(settings))):
                raise UserError("batch_other_settings", place=self.place)
        except OSError as error:
            raise UserError("cli_not_writable", reason=error.strerror or error) from error

    def keep_categories(self, categories: Categories) -> None:
        """Note what the checkpoint knows, unless it is noted already."""
        if read_file(inside(self.place, _CATEGORIES)) is None:
            write_file(inside(self.place, _CATEGORIES), categories_json(categories))

    def add(self, rows: list[Row]) -> None:
        """Write rows as a shard of their own.

        Raises:
            OSError: it can't be written.
        """
        if rows:
            buffer = pa.BufferOutputStream()
            pq.write_table(pa.Table.from_pylist(rows, SCHEMA), buffer)
            content = buffer.getvalue().to_pybytes()
            write_file(inside(self.place, f"part-{uuid.uuid4().hex}.parquet"), content)

    def _shards(self) -> list[str]:
        """Return the names of the shards that are whole.

        Ray notes the ids of a shard once it is written; one without them is half done.
        """
        try:
            names = [info.base_name for info in listing(self.place)]
            noted = {info.base_name for info in listing(inside(self.place, CHECKPOINT))}
        except OSError as error:
            raise UserError("batch_unreadable", place=self.place) from error
        shards = [n for n in names if n.endswith(".parquet") and n[0] not in "._"]
        if self.settings.engine == "ray":
            shards = [n for n in shards if f"{n.rpartition('-')[0]}.parquet" in noted]
        return sorted(shards)

    def _metadata(self, shard: str) -> pq.FileMetaData:
        system, path = locate(inside(self.place, shard))
        with _named(shard):
            return pq.read_metadata(path, filesystem=system)

    def _result(self, row: Row) -> PanopticResult:
        try:
            return row_result(row, self.categories)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError("batch_damaged", name=row["id"]) from error

    def _content(self, name: str) -> bytes:
        try:
            content = read_file(inside(self.place, name))
        except OSError:
            content = None
        if content is None:
            raise UserError("batch_unreadable", place=self.place)
        return content

    def _document(self, name: str) -> dict[str, Any]:
        try:
            return json.loads(self._content(name))
        except ValueError as error:
            raise UserError("batch_damaged", name=name) from error


@contextmanager
def _named(shard: str) -> Generator[None]:
    """Say in which shard a problem is."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        raise UserError("batch_damaged", name=shard) from error


def read_results(place: str | Path) -> Results:
    """Return the results that ``segment --format parquet`` has written, read as they are needed.

    ``for name, result in read_results("results")`` gives each picture's id and its
    ``PanopticResult``; ``read_results("results")[name]`` is one of them.

    Args:
        place: a folder, or a URI such as "s3://bucket/results".

    Raises:
        UserError: there is no such run.
        ImportError: the package pyarrow is not installed: ``pip install "detr-gradio[scale]"``.
    """
    results = Results(place)
    _ = results.settings
    return results
