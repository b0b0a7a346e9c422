"""3x3 convolutions with a quarter of the multiplications.

Winograd's minimal filtering F(4x4, 3x3): Lavin and Gray 2015, "Fast algorithms for convolutional
neural networks", https://arxiv.org/abs/1509.09308. The same sums in another order: results differ
from those of a direct convolution by rounding only.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_TILE = 4

# With fewer channels the transforms cost more than the multiplications that they save.
_FEWEST_CHANNELS = 256

# The transforms of section 4.3, for the points 0, 1, -1, 2, -2.
_INPUT = torch.tensor(
    [
        [4, 0, -5, 0, 1, 0],
        [0, -4, -4, 1, 1, 0],
        [0, 4, -4, -1, 1, 0],
        [0, -2, -1, 2, 1, 0],
        [0, 2, -1, -2, 1, 0],
        [0, 4, 0, -5, 0, 1],
    ],
    dtype=torch.float64,
)
_WEIGHT = torch.tensor(
    [
        [1 / 4, 0, 0],
        [-1 / 6, -1 / 6, -1 / 6],
        [-1 / 6, 1 / 6, -1 / 6],
        [1 / 24, 1 / 12, 1 / 6],
        [1 / 24, -1 / 12, 1 / 6],
        [0, 0, 1],
    ],
    dtype=torch.float64,
)
_OUTPUT = torch.tensor(
    [
        [1, 1, 1, 1, 1, 0],
        [0, 1, -1, 2, -2, 0],
        [0, 1, 1, 4, 4, 0],
        [0, 1, -1, 8, -8, 1],
    ],
    dtype=torch.float64,
)


class WinogradConv2d(nn.Module):
    """A 3x3 convolution of stride 1 with a border of 1, for images in channels_last."""

    def __init__(self, convolution: nn.Conv2d):
        super().__init__()
        weight, bias = convolution.weight.double(), convolution.bias
        assert bias is not None  # folded batch norms leave one
        transformed = torch.einsum("xi,yj,ocij->xyco", _WEIGHT, _WEIGHT, weight)
        self.weight = nn.Buffer(transformed.flatten(0, 1).float().contiguous())
        self.bias = nn.Buffer(bias.detach().clone())
        self.input_transform = nn.Buffer(torch.kron(_INPUT, _INPUT).float())
        self.output_transform = nn.Buffer(torch.kron(_OUTPUT, _OUTPUT).float())

    @staticmethod
    def is_supported(convolution: nn.Conv2d) -> bool:
        """Return whether this class can stand for a convolution and is faster."""
        return (
            convolution.kernel_size == (3, 3)
            and convolution.stride == convolution.dilation == (1, 1)
            and convolution.padding == (1, 1)
            and convolution.groups == 1
            and convolution.bias is not None
            and convolution.in_channels >= _FEWEST_CHANNELS
        )

    def forward(self, images: Tensor) -> Tensor:
        """Convolve (N, C, H, W) to (N, K, H, W), both in channels_last."""
        count, channels, height, width = images.shape
        rows, columns = -(-height // _TILE), -(-width // _TILE)
        border = (0, 0, 1, columns * _TILE + 1 - width, 1, rows * _TILE + 1 - height)
        padded = F.pad(images.permute(0, 2, 3, 1), border)
        # (N, rows, columns, C, 6, 6), overlapping by 2; then the places in a tile come first.
        tiles = padded.unfold(1, _TILE + 2, _TILE).unfold(2, _TILE + 2, _TILE)
        tiles = tiles.permute(4, 5, 0, 1, 2, 3).reshape(36, -1)
        tiles = (self.input_transform @ tiles).view(36, -1, channels)
        tiles = torch.bmm(tiles, self.weight)
        tiles = self.output_transform @ tiles.view(36, -1)
        tiles = tiles.view(_TILE, _TILE, count, rows, columns, -1).permute(2, 3, 0, 4, 1, 5)
        images = (tiles + self.bias).reshape(count, rows * _TILE, columns * _TILE, -1)
        return images[:, :height, :width].permute(0, 3, 1, 2)
