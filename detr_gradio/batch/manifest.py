"""Which pictures a run is about: their ids and where they are."""

from __future__ import annotations

import csv
import fnmatch
import io
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from ..messages import UserError
from .storage import is_remote, local_path, locate, read_file, split_options

MANIFESTS = {".csv", ".parquet", ".txt"}
"""Endings of files that list pictures."""

_PLACES = ("uri", "url", "path", "file_name")
"""Columns of a manifest that may say where a picture is; the first that is there counts."""


def is_manifest(place: str) -> bool:
    """Whether a place is a file that lists pictures, by its name."""
    return _file(place).suffix.lower() in MANIFESTS


def _file(place: str) -> PurePosixPath:
    return PurePosixPath(place.partition("?")[0] if is_remote(place) else place)


def uri_of(path: Path) -> str:
    """Return the absolute path of a picture; a URI where it is no UTF-8, which columns can't hold.

    Two names of one file, through a symbolic link, stay two.
    """
    text = os.path.abspath(path)  # noqa: PTH100 - links stay
    try:
        text.encode()
    except UnicodeEncodeError:
        return Path(text).as_uri()
    return text


def read_manifest(place: str) -> Iterator[tuple[str, str]]:
    """Give (id, place) of the pictures that a file lists.

    A text has a path or URI on each line; CSV and Parquet have a column ``uri`` or ``path``, and
    ``id`` if the pictures have ids. Without one, a picture's place is its id. Relative paths begin
    at the folder of the file.

    Raises:
        UserError: it can't be read, or has no such column.
    """
    name = _file(place).name
    try:
        content = read_file(place)
        if content is None:
            raise UserError("batch_manifest_missing", name=name)
        suffix = _file(place).suffix.lower()
        if suffix == ".parquet":
            rows = _table_rows(content)
        elif suffix == ".csv":
            rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
        else:
            lines = content.decode("utf-8-sig").splitlines()
            rows = ({"uri": line.strip()} for line in lines if line.strip())
        for row in rows:
            where = next((row[column] for column in _PLACES if row.get(column)), None)
            if where is None:
                raise UserError("batch_manifest_columns", name=name)
            uri = _absolute(str(where), place)
            named = row.get("id")
            yield (uri if named in (None, "") else str(named)), uri
    except (OSError, UnicodeDecodeError, csv.Error, pa.ArrowException) as error:
        raise UserError("batch_manifest_unreadable", name=name) from error


def _table_rows(content: bytes) -> Iterator[dict]:
    for batch in pq.ParquetFile(pa.BufferReader(content)).iter_batches():
        yield from batch.to_pylist()


def _absolute(where: str, manifest: str) -> str:
    if "://" in where or os.path.isabs(where):  # noqa: PTH117 - it may be a URI
        return where
    if is_remote(manifest):
        folder = manifest.partition("?")[0].rpartition("/")[0]
        return f"{folder}/{where}{split_options(manifest)[1]}"
    folder = manifest.rpartition("/")[0]
    return os.path.abspath(os.path.join(local_path(folder), where))  # noqa: PTH100, PTH118


def remote_pictures(place: str, suffixes: Iterable[str]) -> Iterator[str]:
    """Give the URIs of the pictures that a URI stands for: a folder, a pattern or itself.

    Args:
        place: such as "s3://bucket/photos" or "s3://bucket/2024/*.jpg?region=eu-west-1".
        suffixes: of the files of a folder that are pictures.

    Raises:
        UserError: nothing can be listed there.
    """
    bare, options = split_options(place)
    scheme, path = bare.split("://", 1)
    if scheme in ("http", "https"):
        yield place  # the web lists nothing
        return
    if not _has_stars(path) and PurePosixPath(path).suffix:
        yield place
        return
    # Of a pattern, the folder before the first star.
    start = re.split(r"[*\[]", path)[0].rpartition("/")[0] if _has_stars(path) else path
    try:
        system, root = locate(f"{scheme}://{start}{options}")
        found = system.get_file_info(fs.FileSelector(root, recursive=True))
    except OSError as error:
        raise UserError("batch_unreadable", place=place) from error
    for info in sorted(found, key=lambda info: info.path):
        key = info.path.lstrip("/")
        chosen = fnmatch.fnmatchcase(key, path) if _has_stars(path) else True
        if info.is_file and chosen and f".{info.extension.lower()}" in suffixes:
            yield f"{scheme}://{key}{options}"


def _has_stars(path: str) -> bool:
    return "*" in path or "[" in path


def once_each(pictures: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the place of each picture by its id.

    Raises:
        UserError: an id stands for two pictures.
    """
    found: dict[str, str] = {}
    for name, uri in pictures:
        if found.setdefault(name, uri) != uri:
            raise UserError("batch_id_twice", name=name)
    return found
