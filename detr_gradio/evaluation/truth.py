"""What is odd in a picture's ground truth, and the picture as its ground truth sees it.

COCO's masks belong to the pixels as they are stored: the code behind the published figures ignores
EXIF orientations and colour profiles. Data of other origin may be annotated upright.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from ..images import load_image
from ..messages import UserError, message
from ..result.categories import Categories
from ..result.panoptic import PanopticResult
from ..result.tables import table_csv
from .files import Document, Oddity

_ORIENTATION = 0x0112
ODDITY_KINDS = (
    *("image_twice", "category", "twice", "no_pixels", "unlisted", "area", "box"),
    *("turned", "orientation"),
)


def orientation(path: Path, mask_path: Path) -> tuple[bool, list[Oddity]]:
    """Find out in which orientation a picture belongs to its ground truth, by their sizes.

    Returns:
        True for the pixels as they are stored, False for those after the turn that the picture's
        EXIF data asks for; what is odd.

    Raises:
        ImageError: the picture can't be read.
        UserError: the mask can't be, or the two differ in size.
    """
    (height, width), turn = _stored_size(path)
    size = mask_size(mask_path)
    turned = (width, height) if turn in range(5, 9) else (height, width)
    if (height, width) == size:
        # Mirrored, upside down or square: the truth may be of either. COCO's is as stored.
        unclear = turn in range(2, 9) and turned == size
        return True, [Oddity("orientation", path.name)] if unclear else []
    if turned == size:
        return False, [Oddity("turned", path.name)]
    values = {"name": path.name, "mask": mask_path.name, "mask_size": f"{size[1]} x {size[0]}"}
    raise UserError("evaluation_sizes", size=f"{width} x {height}", **values)


def mask_size(path: Path) -> tuple[int, int]:
    """Return (height, width) of a PNG file.

    Raises:
        UserError: it is none.
    """
    try:
        with Image.open(path, formats=("PNG",)) as image:
            return image.height, image.width
    except Exception as error:  # Pillow meets any bytes with any error
        raise UserError("evaluation_damaged", name=path.name) from error


def read_ids(path: Path) -> np.ndarray:
    """Return the ids of a COCO panoptic PNG file, (H, W) int32; 0 is void.

    Raises:
        UserError: the file can't be read.
    """
    with contextlib.suppress(OSError):
        data = np.frombuffer(path.read_bytes(), np.uint8)
        png = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
        if png is not None:
            return png.astype(np.int32) @ np.array([65536, 256, 1], np.int32)
    raise UserError("evaluation_damaged", name=path.name)


def mend(annotation: Document, masks_dir: Path, picture: str) -> tuple[Document, list[Oddity]]:
    """Return an annotation whose areas and boxes are those of its masks, and what was odd.

    A segment without pixels stays, with an area of 0: it can't be found, and counts as missed.
    Of several with one id the last one counts, as panopticapi has it.

    Args:
        annotation: an entry of COCO's ``annotations``.
        masks_dir: folder of the PNG files.
        picture: name of the picture's file.

    Raises:
        UserError: the PNG file can't be read.
    """
    ids = read_ids(masks_dir / annotation["file_name"])
    boxes = bounding_boxes(ids)
    infos, odd = {}, []
    for info in annotation["segments_info"]:
        segment_id = info["id"]
        area, box = boxes.get(segment_id, (0, [0, 0, 0, 0]))
        if segment_id in infos:
            odd.append(Oddity("twice", picture, segment_id))
        if not area:
            odd.append(Oddity("no_pixels", picture, segment_id))
        elif info["area"] != area:
            odd.append(Oddity("area", picture, segment_id))
        elif list(info["bbox"]) != box:
            odd.append(Oddity("box", picture, segment_id))
        infos[segment_id] = {**info, "area": area, "bbox": box}
    odd += [Oddity("unlisted", picture, found) for found in boxes if found not in infos]
    return {**annotation, "segments_info": list(infos.values())}, odd


def bounding_boxes(ids: np.ndarray) -> dict[int, tuple[int, list[int]]]:
    """Return (pixels, [x, y, width, height]) of each id of a map but 0."""
    found, inverse, areas = np.unique(ids, return_inverse=True, return_counts=True)
    boxes = {}
    inverse = inverse.reshape(ids.shape).astype(np.int32)
    for index, (segment_id, area) in enumerate(zip(found.tolist(), areas.tolist(), strict=True)):
        if segment_id:
            mask = (inverse == index).view(np.uint8)
            boxes[segment_id] = area, list(cv2.boundingRect(mask))
    return boxes


def read_panoptic(annotation: Document, folder: Path, categories: Categories) -> PanopticResult:
    """Read a picture of a COCO panoptic folder; segments of unknown categories become void.

    At most the 255 largest segments are read.

    Raises:
        UserError: the PNG file can't be read.
    """
    # The ids have 24 bits: a map of their places in the list is small.
    coco_ids = read_ids(folder / annotation["file_name"])
    values, places = np.unique(coco_ids, return_inverse=True)
    category_ids = {info["id"]: info["category_id"] for info in annotation["segments_info"]}
    return PanopticResult.from_map(
        places.reshape(coco_ids.shape),
        {
            place: category_ids[value]
            for place, value in enumerate(values.tolist())
            if category_ids.get(value) in categories
        },
        categories,
    )


def sentences(oddities: Iterable[Oddity], language: str) -> list[str]:
    """Return one sentence for each kind of oddity: how often, and the first of them."""
    told = []
    by_kind: dict[str, list[Oddity]] = {kind: [] for kind in ODDITY_KINDS}
    for oddity in oddities:
        by_kind[oddity.kind].append(oddity)
    for kind, found in by_kind.items():
        if found:
            first = {"picture": found[0].picture, "segment": found[0].segment}
            told.append(message(f"evaluation_odd_{kind}", language, count=len(found), **first))
    return told


def write_oddities(path: Path, oddities: Iterable[Oddity]) -> None:
    """Write all oddities as a CSV file: picture, segment, kind."""
    rows = [[o.picture, "" if o.segment is None else o.segment, o.kind] for o in oddities]
    text = table_csv(["picture", "segment", "kind"], rows)
    path.write_text(text, encoding="utf-8-sig", errors="backslashreplace", newline="")


def _stored_size(path: Path) -> tuple[tuple[int, int], int]:
    """Return (height, width) of a picture's pixels and its EXIF orientation, 1 for none."""
    with contextlib.suppress(Exception), Image.open(path) as image:  # any bytes, any error
        return (image.height, image.width), int(image.getexif().get(_ORIENTATION, 1))
    return load_image(path, as_stored=True).shape[:2], 1
