"""Where pictures and results are: this machine, S3, Google Cloud Storage, the web.

A place is a path or a URI. pyarrow reads ``s3`` and ``gs``, with options after a question mark as
in "s3://bucket/photos?region=eu-west-1"; fsspec reads the others, such as ``https``.
"""

from __future__ import annotations

import os
from functools import lru_cache
from urllib.parse import urlsplit
from urllib.request import url2pathname

import fsspec
import numpy as np
import pyarrow as pa
from pyarrow import fs

from ..images import ImageError, load_image
from ..limits import limits


def is_remote(place: str) -> bool:
    """Whether a place is a URI of another machine."""
    return "://" in place and urlsplit(place).scheme != "file"


def local_path(place: str) -> str:
    """Return the path of a place of this machine."""
    return url2pathname(urlsplit(place).path) if place.startswith("file://") else place


def split_options(place: str) -> tuple[str, str]:
    """Return a place without the options of its file system, and these with their question mark.

    In an address of the web, what follows the mark belongs to it.
    """
    if not is_remote(place) or urlsplit(place).scheme in ("http", "https"):
        return place, ""
    bare, mark, options = place.partition("?")
    return bare, f"{mark}{options}"


def inside(folder: str, name: str) -> str:
    """Return the place of a file in a folder."""
    bare, options = split_options(folder)
    return f"{bare.rstrip('/')}/{name}{options}"


def locate(place: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a place, and its path there.

    Raises:
        OSError: it can't be reached, or nothing knows such URIs.
    """
    if not is_remote(place):
        return fs.LocalFileSystem(), os.path.abspath(local_path(place))  # noqa: PTH100 - any bytes
    bare, options = split_options(place)
    scheme, rest = bare.split("://", 1)
    if scheme in ("http", "https"):
        return _file_system(scheme, "", ""), place
    host, _, path = rest.partition("/")
    system = _file_system(scheme, host, options)
    # Of object stores, the bucket is the first folder of the path.
    return system, f"{host}/{path}".rstrip("/")


@lru_cache(maxsize=32)
def _file_system(scheme: str, host: str, options: str) -> fs.FileSystem:
    try:
        return fs.FileSystem.from_uri(f"{scheme}://{host}{options}")[0]
    except pa.ArrowInvalid:
        pass  # not one of pyarrow's
    try:
        return fs.PyFileSystem(fs.FSSpecHandler(fsspec.filesystem(scheme)))
    except (ValueError, ImportError) as error:
        raise OSError(None, f"{scheme}:// {error}") from error


def load_picture(place: str) -> np.ndarray:
    """Return a picture as ``load_image`` does, from anywhere.

    Raises:
        ImageError: whatever is wrong with it.
    """
    if not is_remote(place):
        return load_image(local_path(place))
    try:
        system, path = locate(place)
        with system.open_input_stream(path) as file:
            data = file.read(limits().max_image_bytes + 1)
    except FileNotFoundError as error:
        raise ImageError("image_missing") from error
    except Exception as error:  # each file system has its own
        raise ImageError("image_unreadable") from error
    return load_image(data)


def listing(place: str) -> list[fs.FileInfo]:
    """Return the files directly in a folder; none where it isn't there.

    Raises:
        OSError: it can't be read.
    """
    system, path = locate(place)
    found = system.get_file_info(fs.FileSelector(path, allow_not_found=True))
    return [info for info in found if info.type == fs.FileType.File]


def read_file(place: str) -> bytes | None:
    """Return what a file holds; None where there is none.

    Raises:
        OSError: it can't be read.
    """
    system, path = locate(place)
    try:
        with system.open_input_stream(path) as file:
            return file.read()
    except FileNotFoundError:
        return None


def write_file(place: str, content: bytes) -> None:
    """Write a file, its folders too, so that it is there in full or not at all.

    Raises:
        OSError: it can't be written.
    """
    system, path = locate(place)
    folder, _, name = path.rpartition("/")
    system.create_dir(folder, recursive=True)
    if not isinstance(system, fs.LocalFileSystem):  # there, a file appears when it is whole
        with system.open_output_stream(path) as file:
            file.write(content)
        return
    half = f"{folder}/.{name}.{os.getpid()}.part"
    with system.open_output_stream(half) as file:
        file.write(content)
    system.move(half, path)
