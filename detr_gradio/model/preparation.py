"""A picture becomes the network's input, as in the code that the published results were made with.

Sizes follow facebookresearch/detr (``datasets/transforms.py``), not transformers, which keeps the
unrounded shorter side where the longest one is at its limit: 500x281 pixels are one column wider
there. Pillow resizes, so that every machine gets the same pixels.
"""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ..checkpoints.configuration import Preprocessor


def input_size(height: int, width: int, shortest_edge: int, longest_edge: int) -> tuple[int, int]:
    """Return (height, width) of the network's input for a picture of some size, in pixels.

    The shorter side becomes `shortest_edge`, or less where the longer one would pass
    `longest_edge`. It is rounded before the longer one follows from it, so that this may end up
    some pixels above its limit.
    """
    short, long = min(height, width), max(height, width)
    if long / short * shortest_edge > longest_edge:
        # Limits may allow pictures so narrow that nothing would be left.
        shortest_edge = max(round(longest_edge * short / long), 1)
    following = int(shortest_edge * long / short)
    return (shortest_edge, following) if height <= width else (following, shortest_edge)


def input_size_at(
    preprocessor: Preprocessor, height: int, width: int, detail: int | None
) -> tuple[int, int]:
    """Return (height, width) of the input at some detail, as ``Network.input_size`` explains it."""
    shortest = preprocessor.shortest_edge if detail is None else detail
    longest = round(preprocessor.longest_edge * shortest / preprocessor.shortest_edge)
    return input_size(height, width, shortest, longest)


class Preparation:
    """Resizing and normalising as a checkpoint's preprocessor says."""

    def __init__(self, preprocessor: Preprocessor, device: torch.device):
        self._device = device
        # (value * factor - mean) / std as one multiplication and one addition.
        mean, std = torch.tensor(preprocessor.image_mean), torch.tensor(preprocessor.image_std)
        self._scale = (preprocessor.rescale_factor / std).view(3, 1, 1).to(device)
        self._shift = (-mean / std).view(3, 1, 1).to(device)

    def pixels(self, rgb: np.ndarray, size: tuple[int, int]) -> Tensor:
        """Return the (1, 3, h, w) float32 input on the device.

        Args:
            rgb: (H, W, 3) uint8.
            size: (h, w), as of ``input_size``.
        """
        resized = Image.fromarray(rgb).resize(size[::-1], Image.Resampling.BILINEAR)
        image = torch.from_numpy(np.array(resized)).permute(2, 0, 1)[None].to(self._device)
        image = image.float().contiguous(memory_format=torch.channels_last)
        return image.mul_(self._scale).add_(self._shift)
