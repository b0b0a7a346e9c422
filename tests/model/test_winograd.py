import pytest
import torch
from torch import nn

from detr_gradio.model.winograd import WinogradConv2d


@pytest.mark.parametrize("size", [(1, 1), (4, 8), (7, 5), (13, 50)])
def test_equals_the_direct_convolution(size):
    torch.manual_seed(0)
    convolution = nn.Conv2d(256, 24, 3, padding=1)
    images = torch.randn(2, 256, *size).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        expected = convolution.double()(images.double())
        ours = WinogradConv2d(convolution.float())(images)
    assert ours.shape == expected.shape
    torch.testing.assert_close(ours.double(), expected, rtol=0, atol=2e-5)


@pytest.mark.parametrize(
    ("convolution", "suits"),
    [
        (nn.Conv2d(256, 256, 3, padding=1), True),
        (nn.Conv2d(256, 256, 3, padding=1, stride=2), False),
        (nn.Conv2d(256, 256, 3, padding=2, dilation=2), False),
        (nn.Conv2d(256, 256, 3), False),
        (nn.Conv2d(256, 256, 1), False),
        (nn.Conv2d(256, 256, 3, padding=1, groups=2), False),
        (nn.Conv2d(256, 256, 3, padding=1, bias=False), False),
        (nn.Conv2d(64, 64, 3, padding=1), False),
    ],
)
def test_stands_only_for_what_it_computes(convolution, suits):
    assert WinogradConv2d.is_supported(convolution) is suits
