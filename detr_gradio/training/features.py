"""What the backbone makes of pictures; that of a frozen one is computed once, where it pays."""

import copy
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DetrForSegmentation, PreTrainedModel

from ..model.folding import FeatureMaps, fold_batch_norm
from .losses import Truth
from .samples import Samples
from .settings import Settings

Maps = list[Tensor]
_TRUTH = ("owner", "labels", "boxes")
MOST_BYTES = 40 * 2**30  # that kept features may take, and at most half of what is free


def backbone_of(model: DetrForSegmentation, *, frozen: bool) -> nn.Module:
    """Return the backbone as a module that answers with a list of maps, fine to coarse."""
    backbone = model.detr.model.backbone.model
    if isinstance(backbone, PreTrainedModel):
        return FeatureMaps(backbone)
    return fold_batch_norm(copy.deepcopy(backbone)) if frozen else backbone


def maps_of(backbone: nn.Module, pictures: Sequence[Tensor]) -> list[Maps]:
    """Return the maps of (3, h, w) pictures: those of one size go through together.

    Never with padding: what a convolution makes of it is not the zeros beyond a picture's edge.
    """
    found: list[Maps] = [[] for _ in pictures]
    sizes: dict[tuple[int, ...], list[int]] = {}
    for index, picture in enumerate(pictures):
        sizes.setdefault(tuple(picture.shape), []).append(index)
    for same in sizes.values():
        levels = backbone(torch.stack([pictures[index] for index in same]))
        for place, index in enumerate(same):
            found[index] = [level[place] for level in levels]
    return found


class FeatureFiles:
    """Features of a frozen backbone in fp16, in a file for each version of a picture.

    Args:
        folder: for the files.
    """

    def __init__(self, folder: Path):
        self._folder = folder

    def get(self, index: int, version: int) -> tuple[Maps, Truth]:
        """Return the features of a version of a picture, and its truth, which were computed."""
        with np.load(self._path(index, version)) as file:
            truth = Truth(*(torch.from_numpy(file[name]) for name in _TRUTH))
            count = len(file.files) - len(_TRUTH)
            return [torch.from_numpy(file[f"map{level}"]).float() for level in range(count)], truth

    def _path(self, index: int, version: int) -> Path:
        return self._folder / f"{index:07}-{version:03}.npz"

    @torch.inference_mode()
    def compute(
        self, samples: Samples, index: int, version: int, backbone: nn.Module, device: torch.device
    ) -> None:
        """Compute the features of a version of a picture, unless they are there.

        Args:
            samples: of the training.
            index: of the picture.
            version: of it.
            backbone: as of ``backbone_of``.
            device: where it computes.
        """
        path = self._path(index, version)
        if path.exists():
            return
        pixels, truth = samples.get(index, version)
        # Alone: in another batch the last bits may be others.
        levels = backbone(pixels[None].to(device))
        columns = {f"map{level}": maps[0].half().cpu().numpy() for level, maps in enumerate(levels)}
        columns |= {name: getattr(truth, name).numpy() for name in _TRUTH}
        partial = path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("wb") as file:
            np.savez(file, **columns)
        partial.replace(path)


def versions_of(settings: Settings) -> int:
    """Return how many versions of a picture a frozen backbone sees."""
    return 1 if settings.augmentation == "none" else settings.versions


def features_pay(
    settings: Settings, samples: Samples, backbone: nn.Module, folder: Path, device: torch.device
) -> bool:
    """Return whether to keep the features of a frozen backbone.

    Each version has to be seen more than once, and the disk has to have the room.
    """
    files = len(samples.pictures) * versions_of(settings)
    if settings.backbone != "frozen" or settings.steps * settings.batch < 1.5 * files:
        return False
    pixels, _ = samples.get(0, 0)
    with torch.inference_mode():
        size = (
            sum(2 * level.numel() for level in backbone(pixels[None].to(device)))
            + 2 * pixels[0].numel()
        )
    return size * files < min(MOST_BYTES, shutil.disk_usage(folder).free // 2)
