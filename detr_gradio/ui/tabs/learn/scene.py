"""A drawn scene with its true panoptic result, for the pages before anybody brings a picture."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from ....result.coco import COCO
from ....result.panoptic import PanopticResult

SKY, GRASS, ROAD, SHEEP, PERSON, TREE = 187, 193, 149, 20, 1, 184
SIZE = (300, 400)


@lru_cache(maxsize=1)
def scene() -> tuple[np.ndarray, PanopticResult]:
    """Return the (300, 400, 3) uint8 picture and its result."""
    ids = np.zeros(SIZE, np.uint8)
    image = np.zeros((*SIZE, 3), np.uint8)
    category_ids: list[int] = []

    def paint(category_id: int, color: tuple[int, int, int], draw) -> None:
        mask = np.zeros(SIZE, np.uint8)
        draw(mask)
        if category_id in category_ids and category_id > 90:
            number = category_ids.index(category_id) + 1  # stuff is one segment
        else:
            category_ids.append(category_id)
            number = len(category_ids)
        ids[mask > 0] = number
        image[mask > 0] = color

    def ellipse(center, axes):
        return lambda mask: cv2.ellipse(mask, center, axes, 0, 0, 360, 1, -1)

    def polygon(*points):
        return lambda mask: cv2.fillPoly(mask, [np.array(points, np.int32)], 1)

    def rectangle(left, top, right, bottom):
        return lambda mask: cv2.rectangle(mask, (left, top), (right, bottom), 1, -1)

    paint(SKY, (170, 203, 222), rectangle(0, 0, 399, 140))
    paint(GRASS, (140, 168, 110), polygon((0, 120), (140, 105), (400, 132), (400, 300), (0, 300)))
    paint(ROAD, (176, 168, 158), polygon((236, 118), (250, 118), (330, 300), (205, 300)))
    for center in ((60, 92), (92, 78), (330, 96)):
        paint(TREE, (88, 118, 76), ellipse(center, (34, 40)))
    for x, y, size in ((70, 210, 30), (122, 224, 34), (160, 168, 20)):

        def sheep(mask, x=x, y=y, size=size):
            cv2.ellipse(mask, (x, y), (size, int(size * 0.62)), 0, 0, 360, 1, -1)
            cv2.circle(mask, (x + size, y - size // 3), size // 3, 1, -1)
            for leg in (-size // 2, size // 2):
                cv2.rectangle(mask, (x + leg - 3, y), (x + leg + 3, y + size), 1, -1)

        paint(SHEEP, (238, 234, 224), sheep)
    for x, color in ((262, (186, 84, 60)), (296, (70, 92, 140))):

        def person(mask, x=x):
            cv2.circle(mask, (x, 158), 12, 1, -1)
            cv2.rectangle(mask, (x - 15, 170), (x + 15, 222), 1, -1)
            cv2.rectangle(mask, (x - 12, 222), (x - 3, 262), 1, -1)
            cv2.rectangle(mask, (x + 3, 222), (x + 12, 262), 1, -1)

        paint(PERSON, color, person)
    return image, PanopticResult.from_map(ids, dict(enumerate(category_ids, start=1)), COCO)
