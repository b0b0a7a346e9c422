"""What every format is made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..categories import Category

if TYPE_CHECKING:
    from ..panoptic import PanopticResult, Segment


@dataclass(frozen=True)
class ExportSource:
    """One segmented picture, and how it is to be exported.

    Attributes:
        result: what was found in it.
        file_name: of the picture, as the files shall name it: with "/" between folders.
        image: (H, W, 3) uint8 RGB, to be put into files that can hold it; None where they shall
            only name it.
        image_id: COCO's id of the picture.
        stuff: whether formats that are for things hold stuff too.
        polygons: whether COCO instances are polygons in place of run lengths.
    """

    result: PanopticResult
    file_name: str
    image: np.ndarray | None = None
    image_id: int = 1
    stuff: bool = False
    polygons: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        height, width = self.result.segment_ids.shape
        return width, height

    @property
    def categories(self) -> Collection[Category]:
        """All categories that the network knows."""
        return self.result.categories.table

    @property
    def instances(self) -> list[Segment]:
        """The things, and the stuff where it is wanted."""
        return [segment for segment in self.result.segments if self.stuff or segment.is_thing]

    @property
    def instance_categories(self) -> list[Category]:
        """The categories that ``instances`` may have."""
        return [category for category in self.categories if self.stuff or category.is_thing]

    def crop(self, segment: Segment) -> np.ndarray:
        """Return the mask of a segment within its box: (h, w) bool."""
        x, y, width, height = segment.bbox
        return self.result.segment_ids[y : y + height, x : x + width] == segment.id


def hand_made_mark(segment: Segment) -> dict[str, bool]:
    """Return what a JSON entry of a segment says of a person's work: nothing of the network's."""
    return {"hand_made": True} if segment.hand_made else {}


def xml_text(text: str) -> str:
    """Return a text with � for the characters that XML has no way to write."""
    return re.sub("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", "�", text)


def label_names(categories: Collection[Category]) -> dict[int, str]:
    """Return a name for each category id, for formats that tell categories apart by name alone.

    The official names; where several categories have the same one, the id follows in brackets.
    """
    counts = Counter(category.name for category in categories)
    return {
        category.id: category.name
        if counts[category.name] == 1
        else f"{category.name} ({category.id})"
        for category in categories
    }
