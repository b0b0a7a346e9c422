"""What every format is read as: pictures with regions, each of a category."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ...result.palette import RGB
from ..remarks import Remark

Size = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True)
class Label:
    """A category as a source has it.

    Attributes:
        name: as the source says it.
        id: the source's own number, where it has one.
        is_thing: True for things, False for stuff, None where nothing says.
        color: (red, green, blue), where it has one.
        supercategory: the group; may be empty.
    """

    name: str
    id: int | None = None
    is_thing: bool | None = None
    color: RGB | None = None
    supercategory: str = ""


@dataclass(frozen=True)
class Region:
    """Pixels of a picture that somebody gave a category.

    Attributes:
        label: the category; None for what is to be void.
        rle: compressed run lengths of the whole picture, as pycocotools has them.
        crowd: whether it is a group of things that are not told apart.
        group: regions of one label and group are one segment; None for one of its own.
    """

    label: Label | None
    rle: dict[str, Any]
    crowd: bool = False
    group: object = None


def size_of(width: object, height: object) -> Size | None:
    """Return a size that a source says; None where it says nothing that can be."""
    if type(width) is int and type(height) is int:
        return width, height
    return None


Regions = Callable[[Size], Iterable[Region | Remark]]
"""Gives the regions of a picture of this size, the lowest first, and what can't be read of them."""


@dataclass(frozen=True)
class AnnotatedPicture:
    """A picture and what is said of it.

    Attributes:
        name: the picture's path as the source has it.
        regions: of it.
        size: what the source says; None where it says nothing.
        image_id: COCO's id; None where the source has none.
        content: the bytes of the file, where the source holds them.
        remarks: what is to be said of the picture.
    """

    name: str
    regions: Regions
    size: Size | None = None
    image_id: int | None = None
    content: bytes | None = None
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Source:
    """Annotations of many pictures.

    Attributes:
        pictures: one after the other; a remark stands for one that can't be read.
        labels: the categories that it lists.
        upright: whether regions belong to the picture as it is seen, or to its pixels as they are
            stored, where nothing else tells.
    """

    pictures: Iterator[AnnotatedPicture | Remark]
    labels: tuple[Label, ...] = ()
    upright: bool = False
