"""Which format a source is in, found out by looking, and where its pictures are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...messages import UserError
from ..documents import LISTS
from .annotated import Label, Source
from .coco import read_coco
from .cvat import read_cvat
from .files import load_json
from .index_png import IndexFolder, open_folder
from .label_studio import read_label_studio
from .labelme import read_labelme
from .tables import read_table

_IMAGES = "images"


@dataclass(frozen=True)
class OpenSource:
    """A source, and how its pictures are found.

    Attributes:
        source: its annotations.
        name: what remarks on the whole are to call it.
        folders: where its pictures may be, in subfolders too.
        beside: folder from which a picture is looked for by its very path.
        by_stem: whether a picture's file may have any ending.
    """

    source: Source
    name: str
    folders: list[Path]
    beside: Path
    by_stem: bool = False


def open_source(
    path: Path,
    *,
    kind: str | None = None,
    images: Sequence[Path] = (),
    table: Path | None = None,
    crowds: bool = True,
) -> OpenSource:
    """Open what somebody has.

    Args:
        path: a file or a folder.
        kind: "coco", "png", "labelme", "label-studio" or "cvat"; None to find out.
        images: folders of the pictures; without any, ``images/`` in the source or beside it.
        table: names of the values in PNG files; without it, the one table in their folder.
        crowds: whether COCO's ``iscrowd`` counts.

    Raises:
        UserError: it is not there, in no known format, or can't be read.
    """
    for needed in (path, *images):
        if not needed.exists():
            raise UserError("convert_missing", name=needed)
    base = path if path.is_dir() else path.parent
    kind, file, content = _look(path, kind)
    near = [place / _IMAGES for place in (base, *file.parents[:2], base.parent)]
    folders = list(images) or [place for place in near if place.is_dir()][:1]
    if kind == "png":
        source = open_png(path, table).source(leave_out=folders)
        return OpenSource(source, path.name, folders or [path], base, by_stem=True)
    if kind == "labelme":
        files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
        return OpenSource(read_labelme(files, base), path.name, folders or [base], base)
    try:
        source = {
            "coco": lambda: read_coco(content, file.name, crowds=crowds),
            "label-studio": lambda: read_label_studio(content, file.name),
            "cvat": lambda: read_cvat(file),
        }[kind]()
    except ValueError as error:
        raise UserError("convert_unreadable", name=file, said=str(error)[:80]) from error
    if path.is_dir():
        folders = folders or [path]
    return OpenSource(source, file.name, folders, file.parent)


def open_png(folder: Path, table: Path | None) -> IndexFolder:
    """Return a folder of PNG files with its table.

    Raises:
        UserError: there is no folder, or not one table.
    """
    if not folder.is_dir():
        raise UserError("convert_missing", name=folder)
    try:
        return open_folder(folder, open_table(table) if table else None)
    except ValueError as error:
        raise UserError("convert_no_table", name=folder) from error


def open_table(path: Path) -> dict[int, Label]:
    """Return the labels of a table by the value of their pixels.

    Raises:
        UserError: it is none.
    """
    try:
        return read_table(path)
    except ValueError as error:
        raise UserError("convert_table", name=path, said=str(error)[:80]) from error


def _look(path: Path, kind: str | None) -> tuple[str, Path, Any]:
    """Return the format, the one file that has it all where there is one, and its contents."""
    if kind in ("png", "labelme"):
        return kind, path, None
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.suffix.lower() in (".json", ".xml"))
    found = []
    for file in files:
        its_kind, content = _kind(file)
        if its_kind == "labelme" and kind is None:
            return "labelme", path, None
        if its_kind is not None and kind in (None, its_kind):
            found.append((its_kind, file, content))
        if len(found) > 1:
            names = ", ".join(str(file.relative_to(path)) for _, file, _ in found)
            raise UserError("convert_several", name=path, names=names)
    if found:
        return found[0]
    if path.is_dir() and kind is None and any(path.rglob("*.png")):
        return "png", path, None
    raise UserError("convert_format", name=path)


def _kind(file: Path) -> tuple[str | None, Any]:
    """Return the format of a file, None if it is none of ours; and its contents, of JSON."""
    if file.suffix.lower() == ".xml":
        with file.open("rb") as opened:
            return ("cvat" if b"<annotations" in opened.read(4096) else None), None
    try:
        content = load_json(file)
    except ValueError as error:
        raise UserError("convert_unreadable", name=file, said=str(error)[:80]) from error
    if isinstance(content, list):
        tasks = any(isinstance(each, dict) and "data" in each for each in content)
        return ("label-studio" if tasks else None), content
    if not isinstance(content, dict):
        return None, None
    if isinstance(content.get("shapes"), list):
        return "labelme", None
    if not all(isinstance(content.get(key), list) for key in LISTS):
        return None, None
    if any(isinstance(a, dict) and "segments_info" in a for a in content["annotations"]):
        raise UserError("convert_already", name=file)
    return "coco", content
