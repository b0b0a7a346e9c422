"""A folder of PNG files whose pixels are numbers of categories, with a table of their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ...images import ImageError
from ...images.bounds import check_pixels
from ...limits import limits
from ..remarks import Remark
from . import masks
from .annotated import AnnotatedPicture, Label, Region, Size, Source
from .tables import SUFFIXES, VOID, read_table

_GREY_BITS = {1: 255, 2: 85, 4: 17}  # Pillow spreads the values of few bits over 0..255


@dataclass(frozen=True)
class IndexFolder:
    """Such a folder.

    Attributes:
        folder: with the PNG files, in subfolders too.
        labels: by the value of the pixels; None is void.
        stuff_alone: whether pixels of things are left out, which somebody else has better.
    """

    folder: Path
    labels: Mapping[int, Label | None]
    stuff_alone: bool = False

    def source(self, leave_out: Sequence[Path] = ()) -> Source:
        """Return its pictures, each called as its PNG file is.

        Args:
            leave_out: folders whose PNG files are none of it.
        """
        labels = (label for label in self.labels.values() if label is not None)
        return Source(self._pictures(leave_out), tuple(labels))

    def _pictures(self, leave_out: Sequence[Path]) -> Iterator[AnnotatedPicture | Remark]:
        for path in sorted(self.folder.rglob("*.png")):
            if any(folder in path.parents for folder in leave_out):
                continue
            name = path.relative_to(self.folder).as_posix()
            try:
                with Image.open(path, formats=("PNG",)) as picture:
                    size = picture.size
            except Exception:  # Pillow meets any bytes with any error
                yield Remark("png_unreadable", name)
                continue
            yield AnnotatedPicture(
                name=name,
                regions=lambda size, name=name: self.regions(name, size),
                size=size,
            )

    def regions(self, name: str, size: Size) -> Iterator[Region | Remark]:
        """Yield what the PNG file of a picture says.

        Such a file does not tell things of one category apart: each part that is connected, by
        corners too, is taken for one.

        Args:
            name: of the picture; the PNG file is called the same but for its ending.
            size: of the picture.
        """
        path = self.folder / Path(name).with_suffix(".png")
        file = path.relative_to(self.folder).as_posix()
        if not path.is_file():
            yield Remark("png_none", file)
            return
        try:
            values = read_values(path)
        except ImageError as error:
            yield Remark("png_not_numbers" if error.key == "image_none" else "png_unreadable", file)
            return
        if values.shape != size[::-1]:
            yield Remark(
                "png_size", file, {"found": _told(values.shape[::-1]), "said": _told(size)}
            )
            return
        found, counts = np.unique(values, return_counts=True)
        for value, count in zip(found.tolist(), counts.tolist(), strict=True):
            if value not in self.labels:
                if value:  # 0 is void where nothing is said of it
                    yield Remark("value_unknown", file, {"said": value, "count": count})
                continue
            label = self.labels[value]
            if label is None or (self.stuff_alone and label.is_thing):
                continue
            yield from _segments(values == value, label)


def open_folder(folder: Path, table: Mapping[int, Label] | None = None) -> IndexFolder:
    """Return a folder with the one table in it or beside it; where nothing says, all is stuff.

    Raises:
        ValueError: there is no table, or several.
    """
    if table is None:
        readable = [_table_in(path) for path in folder.iterdir() if path.suffix.lower() in SUFFIXES]
        readable = [found for found in readable if found is not None]
        if len(readable) != 1:
            raise ValueError(f"{len(readable)} tables")
        (table,) = readable
    labels = {
        value: None if label.name.lower() in VOID else replace(label, is_thing=bool(label.is_thing))
        for value, label in table.items()
    }
    return IndexFolder(folder, labels)


def _table_in(path: Path) -> dict[int, Label] | None:
    try:
        return read_table(path)
    except ValueError:
        return None


def read_values(path: Path) -> np.ndarray:
    """Return the numbers in a PNG file of 1 to 16 bits, grey or with a palette: (H, W) int.

    Colours count where red, green and blue are the same everywhere.

    Raises:
        ImageError: it can't be read; "image_none" where its pixels are colours.
    """
    try:
        with Image.open(path, formats=("PNG",)) as picture:
            check_pixels(picture.width * picture.height, limits())
            values = np.asarray(picture).astype(np.int32)
            mode = picture.mode
        with path.open("rb") as file:
            bits, kind = file.read(26)[24:26]
    except ImageError:
        raise
    except Exception as error:  # Pillow meets any bytes with any error
        raise ImageError("image_damaged", format="PNG") from error
    if values.ndim == 3:
        colors = values[:, :, : {"LA": 1}.get(mode, 3)]
        if (colors != colors[:, :, :1]).any():
            raise ImageError("image_none")
        return colors[:, :, 0]
    return values // _GREY_BITS.get(bits, 1) if kind == 0 and mode != "1" else values


def _segments(mask: np.ndarray, label: Label) -> Iterator[Region]:
    if not label.is_thing:
        yield Region(label, masks.encode(mask))
        return
    count, parts = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    for part in range(1, count):
        yield Region(label, masks.encode(parts == part))


def _told(size: tuple[int, ...]) -> str:
    return f"{size[0]} x {size[1]}"
