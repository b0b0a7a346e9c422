"""Annotations of other tools, written as a data set in COCO's panoptic format."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..images import ImageError, load_image
from ..result.categories import MAX_ID, Categories
from ..result.exports import coco_dataset, ids_to_rgb
from ..result.pictures import encode_picture
from .category_table import CategoryTable
from .checking import SplitSummary
from .layout import PREFIX
from .picture_files import PictureFiles, new_name
from .pictures import orientation
from .remarks import Remark
from .segments import Segments, lay
from .sources.annotated import AnnotatedPicture, Region, Size
from .sources.finding import OpenSource
from .sources.index_png import IndexFolder

Entry = dict[str, Any]
_NAMED = 20  # categories of one remark


@dataclass(frozen=True)
class Written:
    """A picture that was written.

    Attributes:
        image: its entry of ``images``.
        annotation: its entry of ``annotations``.
        digest: of the picture's file: the same picture has the same.
        void: pixels without a segment.
    """

    image: Entry
    annotation: Entry
    digest: bytes
    void: int


@dataclass
class Conversion:
    """What a conversion did.

    Attributes:
        remarks: all that is to be said of the source.
        splits: what was written.
        categories: of the data set.
        overlap: pixels that more than one region laid claim to.
        pixels: of all pictures that were written.
    """

    remarks: list[Remark] = field(default_factory=list)
    splits: list[SplitSummary] = field(default_factory=list)
    categories: Categories = field(default_factory=lambda: Categories((), ()))
    overlap: int = 0
    pixels: int = 0


class Converter:
    """Writes a source's pictures and what is in them.

    Args:
        found: the source.
        output: folder of the data set; made where it isn't there.
        split: name of the part, such as "train".
        table: of the categories.
        semantic: PNG files of the same pictures, whose stuff lies beneath all else.
    """

    def __init__(
        self,
        found: OpenSource,
        output: Path,
        split: str,
        table: CategoryTable,
        semantic: IndexFolder | None = None,
    ) -> None:
        self._found, self._output, self._split = found, output, split
        self._table, self._semantic = table, semantic
        self._files = PictureFiles(found)
        self._names: set[str] = set()
        self._seen: set[Path] = set()
        self._ids: set[int] = set()
        self.done = Conversion()

    def run(self, val: float = 0, progress: Callable[[], None] = lambda: None) -> Conversion:
        """Write the data set; its JSON files come last.

        Args:
            val: share of the pictures that become the part "val", 0..1; the same picture is never
                in both.
            progress: called after each picture.

        Raises:
            OSError: something can't be written.
        """
        for label in self._found.source.labels:
            self._table.resolve(label)
        written = []
        for picture in self._found.source.pictures:
            if isinstance(picture, Remark):
                self.done.remarks.append(picture)
            else:
                one = self._picture(picture)
                written += [one] if one else []
            progress()
        self.done.categories = self._table.categories()
        source = self._found.name
        if unused := [label.name for label in self._table.unused]:
            said = ", ".join(unused[:_NAMED]) + ("..." if len(unused) > _NAMED else "")
            values = {"count": len(unused), "said": said}
            self.done.remarks.append(Remark("categories_unused", source, values))
        self.done.remarks += [
            Remark("stuff_unknown", source, {"said": name})
            for name in sorted(self._table.unknown_stuff)
        ]
        chosen = _share(written, val)
        if chosen:
            held_back = [one for one in written if one.digest in chosen]
            self._move(held_back)
            self._write("val", held_back)
        self._write(self._split, [one for one in written if one.digest not in chosen])
        if crowds := sum(split.crowds for split in self.done.splits):
            self.done.remarks.append(Remark("crowds", source, {"count": crowds}))
        return self.done

    def _picture(self, picture: AnnotatedPicture) -> Written | None:
        """Write one picture and its map; None where it is left out, which is said."""
        remarks = self.done.remarks
        remarks += picture.remarks
        found = self._files.find(picture.name)
        if found is not None and found.path in self._seen:
            remarks.append(Remark("picture_twice", picture.name))
            return None
        if found is None and picture.content is None:
            remarks.append(Remark("picture_missing", picture.name))
            return None
        file = found.path if found else picture.content or b""
        try:
            pixels, turned = _as_annotated(file, picture.size, self._found.source.upright)
        except ImageError as error:
            remarks.append(Remark("picture_unreadable", picture.name, {"said": error}))
            return None
        size = pixels.shape[1], pixels.shape[0]
        if picture.size not in (None, size):
            values = {"found": _told(size), "said": _told(picture.size)}
            remarks.append(Remark("picture_size", picture.name, values))
            return None
        segments = lay(self._regions(picture, size), size, self._table, picture.name, remarks)
        if not segments.infos:
            remarks.append(Remark("picture_nothing", picture.name))
            return None
        if found is not None:
            self._seen.add(found.path)
        content = file if isinstance(file, bytes) else file.read_bytes()
        if turned:
            content = encode_picture("turned.png", pixels)
        return self._save(picture, found.name if found else picture.name, content, segments, turned)

    def _regions(self, picture: AnnotatedPicture, size: Size) -> Iterator[Region | Remark]:
        if self._semantic is not None:
            yield from self._semantic.regions(picture.name, size)
        yield from picture.regions(size)

    def _save(
        self,
        picture: AnnotatedPicture,
        said: str,
        content: bytes,
        segments: Segments,
        turned: bool,
    ) -> Written:
        name = self._free_name(posixpath.splitext(said)[0] + ".png" if turned else said)
        if turned:
            self.done.remarks.append(Remark("picture_turned", picture.name, {"said": name}))
        elif name != said:
            self.done.remarks.append(Remark("picture_renamed", picture.name, {"said": name}))
        mask_name = posixpath.splitext(name)[0] + ".png"
        _save(self._output / self._split / name, content)
        png = encode_picture(mask_name, ids_to_rgb(segments.ids))
        _save(self._output / (PREFIX + self._split) / mask_name, png)
        self.done.overlap += segments.overlap
        self.done.pixels += segments.ids.size
        height, width = segments.ids.shape
        image_id = self._free_id(picture.image_id)
        return Written(
            {"id": image_id, "file_name": name, "width": width, "height": height},
            {"image_id": image_id, "file_name": mask_name, "segments_info": segments.infos},
            hashlib.blake2b(content, digest_size=16).digest(),
            int((segments.ids == 0).sum()),
        )

    def _free_name(self, said: str) -> str:
        """Return a name whose stem no other has, as masks are called by it, in any case."""
        stem, suffix = posixpath.splitext(new_name(said))
        name, number = stem, 1
        while name.casefold() in self._names:
            number += 1
            name = f"{stem}-{number}"
        self._names.add(name.casefold())
        return name + suffix

    def _free_id(self, said: int | None) -> int:
        if said is None or not 0 <= said <= MAX_ID or said in self._ids:
            said = max(self._ids, default=0) + 1
        self._ids.add(said)
        return said

    def _move(self, pictures: list[Written]) -> None:
        """Move pictures and their maps to the part "val"."""
        for one in pictures:
            for prefix, entry in (("", one.image), (PREFIX, one.annotation)):
                target = self._output / f"{prefix}val" / entry["file_name"]
                target.parent.mkdir(parents=True, exist_ok=True)
                (self._output / (prefix + self._split) / entry["file_name"]).replace(target)

    def _write(self, split: str, pictures: list[Written]) -> None:
        """Write the JSON file of a part and count what is in it."""
        summary = SplitSummary(split, images=len(pictures))
        for one in pictures:
            summary.pixels += one.image["width"] * one.image["height"]
            summary.void_pixels += one.void
            for info in one.annotation["segments_info"]:
                summary.segments[info["category_id"]] += 1
                summary.crowds += info["iscrowd"]
        self.done.splits.append(summary)
        document = coco_dataset(
            (one.image for one in pictures),
            (one.annotation for one in pictures),
            self.done.categories,
            description=f"Converted from {self._found.name}",
        )
        content = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
        _save(self._output / f"{PREFIX}{split}.json", content)


def _as_annotated(file: Path | bytes, said: Size | None, upright: bool) -> tuple[np.ndarray, bool]:
    """Return a picture's pixels as its annotations see them, and whether that needs a new file.

    Where the size that the annotations say fits one of the two alone, that one it is.
    """
    stored = load_image(file, as_stored=True)
    if not 2 <= orientation(file) <= 8:
        return stored, False
    turned = load_image(file)
    sizes = [(pixels.shape[1], pixels.shape[0]) for pixels in (stored, turned)]
    if sizes[0] != sizes[1] and said in sizes:
        upright = said == sizes[1]
    return (turned if upright else stored), True


def _share(written: list[Written], share: float) -> set[bytes]:
    """Return the digests of a share of the pictures, by chance but always the same."""
    digests = sorted({one.digest for one in written})
    count = round(share * len(digests))
    if share and len(digests) > 1:
        count = min(max(count, 1), len(digests) - 1)
    return set(digests[:count])


def _save(path: Path, content: bytes) -> None:
    """Write a file so that it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name[:40]}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _told(size: Size | None) -> str:
    return f"{size[0]} x {size[1]}" if size else ""
