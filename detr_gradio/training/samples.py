"""Pictures of a data set as the network sees them, with their ground truth."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from ..checkpoints.configuration import Preprocessor
from ..data_sets.layout import Split
from ..evaluation.truth import read_ids
from ..images import load_image
from ..model.preparation import Preparation, input_size
from .augmentation import augment
from .losses import VOID, Truth
from .settings import Settings

LEAST_PIXELS = 4  # of the input: what is left of a smaller segment says nothing


@dataclass(frozen=True)
class Annotated:
    """A picture, its PNG file of ids, and the label of each id. Crowds have none: they are void."""

    picture: Path
    masks: Path
    labels: Mapping[int, int]


def read_annotated(split: Split, label_of: Mapping[int, int]) -> list[Annotated]:
    """Return the pictures of a data set's part that ``check`` found nothing wrong with.

    Args:
        split: the part.
        label_of: the network's label by category id.
    """
    document = json.loads(split.annotations.read_bytes())
    names = {image["id"]: image["file_name"] for image in document["images"]}
    return [
        Annotated(
            split.images / names[entry["image_id"]],
            split.masks / entry["file_name"],
            {
                info["id"]: label_of[info["category_id"]]
                for info in entry["segments_info"]
                if not info.get("iscrowd")
            },
        )
        for entry in document["annotations"]
    ]


class Samples:
    """The samples of a training.

    Args:
        pictures: with their annotations.
        preprocessor: of the checkpoint.
        settings: of the training.
    """

    def __init__(self, pictures: list[Annotated], preprocessor: Preprocessor, settings: Settings):
        self.pictures = pictures
        self._preprocessor, self._settings = preprocessor, settings
        self._preparation = Preparation(preprocessor, torch.device("cpu"))

    def get(self, index: int, version: int) -> tuple[Tensor, Truth]:
        """Return a version of a picture: (3, h, w) float32 for the network, and its truth."""
        annotated, settings = self.pictures[index], self._settings
        rgb = load_image(annotated.picture, as_stored=True)
        ids = read_ids(annotated.masks)
        seed = int(np.random.default_rng([settings.seed, index, version]).integers(2**62))
        rgb, ids = augment(settings.augmentation, rgb, ids, seed)
        said = self._preprocessor
        size = input_size(*rgb.shape[:2], said.shortest_edge, said.longest_edge)
        pixels = self._preparation.pixels(np.ascontiguousarray(rgb), size)[0]
        return pixels.contiguous(), truth_of(ids, annotated.labels, size)


def truth_of(ids: np.ndarray, labels: Mapping[int, int], size: tuple[int, int]) -> Truth:
    """Return the ground truth of a picture in the network's geometry.

    Args:
        ids: (H, W) int32.
        labels: of the ids that count.
        size: (h, w) of the input.
    """
    small = cv2.resize(ids, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    owner = np.full(size, VOID, np.int16)
    found, boxes = [], []
    for segment_id in np.unique(small).tolist():
        mask = small == segment_id
        if segment_id not in labels or mask.sum() < LEAST_PIXELS:
            continue
        owner[mask] = len(found)
        found.append(labels[segment_id])
        x, y, w, h = cv2.boundingRect(mask.view(np.uint8))
        boxes.append(((x + w / 2) / size[1], (y + h / 2) / size[0], w / size[1], h / size[0]))
    return Truth(
        torch.from_numpy(owner),
        torch.tensor(found, dtype=torch.long),
        torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
    )
