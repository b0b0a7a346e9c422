"""Where the files of a data set are: as in COCO.

``panoptic_train.json`` stands in the folder or in ``annotations/``, its PNG files in the folder
``panoptic_train/`` beside it, and the pictures in ``train/``, ``images/train/`` or ``images/``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PREFIX = "panoptic_"
"""What the names of JSON files and of folders of PNG files begin with."""


@dataclass(frozen=True)
class Split:
    """A part of a data set, such as "train" or "val".

    Attributes:
        name: of the part.
        annotations: its JSON file.
        masks: folder of its PNG files, which may be missing.
        images: folder of its pictures, which may be missing.
    """

    name: str
    annotations: Path
    masks: Path
    images: Path


def find_splits(folder: Path) -> list[Split]:
    """Return the parts of a data set by name; none where no file is called ``panoptic_*.json``."""
    files = [*folder.glob(f"{PREFIX}*.json"), *folder.glob(f"annotations/{PREFIX}*.json")]
    splits = []
    for file in sorted(files, key=lambda file: file.name):
        name = file.stem.removeprefix(PREFIX)
        places = folder / name, folder / "images" / name, folder / "images"
        images = next((place for place in places if place.is_dir()), places[0])
        splits.append(Split(name, file, file.with_suffix(""), images))
    return splits
