"""A backbone in bfloat16: what is fused is what stood there, within the rounding of 8 bits."""

from copy import deepcopy

import pytest
import timm
import torch
from torch import nn

from detr_gradio.model.bfloat16 import FusedConv2d, use_bfloat16
from detr_gradio.model.folding import fold_batch_norm
from tests.support.half_precision import needs_bfloat16

pytestmark = needs_bfloat16


def convolution(weight, bias):
    layer = nn.Conv2d(1, 1, 1).bfloat16().requires_grad_(False)
    layer.weight.fill_(weight)
    layer.bias.fill_(bias)
    return layer


@pytest.mark.parametrize(
    ("activation", "pixels", "expected"),
    [
        (None, [3, -1, 10], [7, -1, 21]),  # 2 x + 1
        (nn.ReLU(), [3, -1, 10], [7, 0, 21]),
        (nn.ReLU6(), [3, -1, 2], [6, 0, 5]),
    ],
)
def test_convolution_and_activation(activation, pixels, expected):
    layer = FusedConv2d(convolution(2, 1), activation)
    images = torch.tensor(pixels, dtype=torch.bfloat16).view(1, 1, 1, -1)
    assert layer(images).flatten().tolist() == expected


@pytest.mark.parametrize(("activation", "expected"), [(None, [12, -3]), (nn.ReLU(), [12, 0])])
def test_the_sum_is_written_into_what_is_added(activation, expected):
    layer = FusedConv2d(convolution(2, 1), activation)
    images = torch.tensor([3.0, -1.0], dtype=torch.bfloat16).repeat(32).view(1, 1, 8, 8)
    added = torch.tensor([5.0, -2.0], dtype=torch.bfloat16).repeat(32).view(1, 1, 8, 8)
    assert layer(images, added).flatten().tolist() == expected * 32
    assert added.flatten().tolist() == expected * 32


def test_a_small_image_is_filled_up_for_the_sum_and_cut_again():
    images = torch.tensor([3.0, -1.0], dtype=torch.bfloat16).view(1, 1, 1, 2)
    added = torch.tensor([5.0, -2.0], dtype=torch.bfloat16).view(1, 1, 1, 2)
    layer = FusedConv2d(convolution(2, 1), nn.ReLU())
    assert layer(images, added).tolist() == [[[[12, 0]]]]


def test_a_stride_takes_the_first_pixel_of_each_step():
    layer = nn.Conv2d(1, 1, 1, stride=(2, 3)).bfloat16().requires_grad_(False)
    layer.weight.fill_(2)
    layer.bias.fill_(1)
    images = torch.arange(20, dtype=torch.bfloat16).view(1, 1, 4, 5)
    assert FusedConv2d(layer)(images)[0, 0].tolist() == [[1, 7], [21, 27]]


@pytest.mark.parametrize("shape", [(1, 4), (5, 7), (8, 8), (30, 50)])
@pytest.mark.parametrize("stride", [1, 2])
def test_images_of_no_size_have_weights_brought_into_another_layout(shape, stride, capfd):
    """That takes longer than the convolution; oneDNN tells of each thing it does."""
    layer = FusedConv2d(nn.Conv2d(256, 512, 1, stride=stride).bfloat16(), nn.ReLU())
    images = torch.randn(1, 256, *(stride * side for side in shape)).bfloat16()
    images = images.contiguous(memory_format=torch.channels_last)
    added = torch.ones(1, 512, *shape, dtype=torch.bfloat16)
    added = added.contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        layer(images, added)  # what else is made once
        with torch.backends.mkldnn.verbose(torch.backends.mkldnn.VERBOSE_ON):
            assert layer(images, added).shape == (1, 512, *shape)
    told = capfd.readouterr().out
    assert ",convolution," in told
    assert ",reorder," not in told


class Residual(nn.Module):
    """relu(2 x + 1 + x), and x itself where somebody reads it on."""

    def __init__(self, reads_on):
        super().__init__()
        self.before, self.layer, self.relu = convolution(1, 0), convolution(2, 1), nn.ReLU()
        self.reads_on = reads_on

    def forward(self, pixels):
        shortcut = self.before(pixels)
        summed = self.relu(self.layer(shortcut) + shortcut)
        return [shortcut, summed] if self.reads_on else [summed]


@pytest.mark.parametrize("reads_on", [False, True])
def test_what_is_read_on_is_not_overwritten(reads_on):
    folded = fold_batch_norm(Residual(reads_on))
    network = use_bfloat16(folded)
    maps = network(torch.tensor([3.0, -1.0]).view(1, 1, 1, 2))
    answers = [feature.flatten().tolist() for feature in maps]
    assert answers == ([[3, -1], [10, 0]] if reads_on else [[10, 0]])
    # Fused where nobody reads on: neither addition nor activation is left.
    left = [node.op for node in folded.graph.nodes if node.op.startswith("call")]
    assert len(left) == (4 if reads_on else 2)


@pytest.mark.parametrize(
    ("name", "activations"), [("resnet18", 0), ("resnet50", 0), ("tf_efficientnet_lite0", 5)]
)
def test_no_further_from_float32_than_without_fusing(name, activations):
    """Those convolutions stay unfused that pad as TensorFlow does: the five of stride 2."""
    torch.manual_seed(0)
    backbone = timm.create_model(name, features_only=True).eval().requires_grad_(False)
    pixels = torch.randn(1, 3, 96, 128).contiguous(memory_format=torch.channels_last)
    folded = fold_batch_norm(backbone)
    with torch.inference_mode():
        exact = folded(pixels)
        unfused = deepcopy(folded).bfloat16()(pixels.bfloat16())
        fast = use_bfloat16(folded)
        maps = fast(pixels)
    modules = [type(module) for module in fast.modules()]
    assert modules.count(nn.ReLU) + modules.count(nn.ReLU6) == activations
    assert nn.Conv2d not in modules
    for ours, theirs, rounded in zip(maps, exact, unfused, strict=True):
        assert ours.dtype == torch.bfloat16
        assert 0 < (ours - theirs).norm() < 1.2 * (rounded - theirs).norm()
