"""The backbones of the catalogue's checkpoints, named as in timm, whose import takes seconds.

ResNet: https://arxiv.org/abs/1512.03385; EfficientNet-Lite0 as TensorFlow has it, from which timm's
weights come: https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

RESNETS = {"resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3)}
"""Blocks of each stage."""

LITE = "tf_efficientnet_lite0"

CHANNELS = {**dict.fromkeys(RESNETS, (256, 512, 1024, 2048)), LITE: (24, 40, 112, 320)}
"""Of each backbone's feature maps, fine to coarse."""

# Blocks, kernel, stride and channels of the stages behind the first one; and the stages whose
# output is a feature map.
_LITE_STAGES = (
    *((2, 3, 2, 24), (2, 5, 2, 40), (3, 3, 2, 80)),
    *((3, 5, 1, 112), (4, 5, 2, 192), (1, 3, 1, 320)),
)
_LITE_MAPS = (1, 2, 4, 6)


class Backbone(nn.Module):
    """(1, 3, H, W) float32 pixels to feature maps at a quarter to a 32nd of it, fine to coarse."""


class _Bottleneck(nn.Module):
    def __init__(self, before: int, inner: int, stride: int, dilation: int, is_first: bool):
        super().__init__()
        after = 4 * inner
        self.conv1 = nn.Conv2d(before, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, after, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(after)
        self.act1, self.act2, self.act3 = (nn.ReLU(inplace=True) for _ in range(3))
        if is_first:
            shortcut = nn.Conv2d(before, after, 1, stride, bias=False)
            self.downsample = nn.Sequential(shortcut, nn.BatchNorm2d(after))
        else:
            self.downsample = nn.Identity()

    def forward(self, images: Tensor) -> Tensor:
        inner = self.act1(self.bn1(self.conv1(images)))
        inner = self.act2(self.bn2(self.conv2(inner)))
        return self.act3(self.bn3(self.conv3(inner)) + self.downsample(images))


class ResNet(Backbone):
    """A ResNet of bottlenecks.

    Args:
        blocks: of each stage.
        dilated: whether the last stage keeps the resolution (DC5 in the paper).
    """

    def __init__(self, blocks: tuple[int, ...], *, dilated: bool):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.act1 = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        before = 64
        self._stages = [f"layer{stage}" for stage in range(1, 5)]
        for stage, count in enumerate(blocks, 1):
            inner = 32 << stage
            keeps = stage == 1 or (stage == 4 and dilated)
            layers = []
            for index in range(count):
                dilation = 2 if dilated and stage == 4 and index else 1
                stride = 1 if keeps or index else 2
                layers.append(_Bottleneck(before, inner, stride, dilation, is_first=not index))
                before = 4 * inner
            self.add_module(self._stages[stage - 1], nn.Sequential(*layers))

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the feature maps of (1, 3, H, W) pixels, fine to coarse."""
        images = self.maxpool(self.act1(self.bn1(self.conv1(pixels))))
        maps = []
        for stage in self._stages:
            images = self.get_submodule(stage)(images)
            maps.append(images)
        return maps


class _NormAct(nn.BatchNorm2d):
    """A batch norm with the activation behind it, if there is one."""

    def __init__(self, channels: int, *, active: bool = True):
        super().__init__(channels, eps=1e-3)
        self.act = nn.ReLU6(inplace=True) if active else nn.Identity()

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - as torch calls it
        return self.act(super().forward(input))


class _PaddedConv2d(nn.Conv2d):
    """A convolution that pads as TensorFlow's "same": an odd pixel more goes right and below."""

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002 - as torch calls it
        sides = []
        for size, kernel, stride in zip(
            input.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True
        ):
            whole = max(((size + stride - 1) // stride - 1) * stride + kernel - size, 0)
            sides += [whole // 2, whole - whole // 2]
        return super().forward(F.pad(input, sides))


def _depthwise(channels: int, kernel: int, stride: int, dilation: int) -> nn.Conv2d:
    if stride > 1:
        return _PaddedConv2d(channels, channels, kernel, stride, groups=channels, bias=False)
    padding = dilation * (kernel // 2)
    return nn.Conv2d(
        *(channels, channels, kernel, 1, padding, dilation), groups=channels, bias=False
    )


class _Separable(nn.Module):
    def __init__(self, before: int, after: int):
        super().__init__()
        self.conv_dw = _depthwise(before, 3, 1, 1)
        self.bn1 = _NormAct(before)
        self.conv_pw = nn.Conv2d(before, after, 1, bias=False)
        self.bn2 = _NormAct(after, active=False)

    def forward(self, images: Tensor) -> Tensor:
        return self.bn2(self.conv_pw(self.bn1(self.conv_dw(images))))


class _Inverted(nn.Module):
    def __init__(self, before: int, after: int, kernel: int, stride: int, dilation: int):
        super().__init__()
        inner = 6 * before
        self.conv_pw = nn.Conv2d(before, inner, 1, bias=False)
        self.bn1 = _NormAct(inner)
        self.conv_dw = _depthwise(inner, kernel, stride, dilation)
        self.bn2 = _NormAct(inner)
        self.conv_pwl = nn.Conv2d(inner, after, 1, bias=False)
        self.bn3 = _NormAct(after, active=False)
        self._has_skip = before == after

    def forward(self, images: Tensor) -> Tensor:
        inner = self.bn2(self.conv_dw(self.bn1(self.conv_pw(images))))
        inner = self.bn3(self.conv_pwl(inner))
        return inner + images if self._has_skip else inner


class EfficientNetLite0(Backbone):
    """EfficientNet-Lite0.

    Args:
        dilated: whether its last map is at a 16th of the resolution.
    """

    def __init__(self, *, dilated: bool):
        super().__init__()
        self.conv_stem = _PaddedConv2d(3, 32, 3, 2, bias=False)
        self.bn1 = _NormAct(32)
        stages: list[nn.Module] = [nn.Sequential(_Separable(32, 16))]
        before, dilation = 16, 1
        for stage, (count, kernel, stride, after) in enumerate(_LITE_STAGES, 1):
            blocks = []
            for index in range(count):
                step = 1 if index or (dilated and stage == 5) else stride
                blocks.append(_Inverted(before, after, kernel, step, dilation))
                before = after
                if dilated and stage == 5:
                    dilation = 2
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the feature maps of (1, 3, H, W) pixels, fine to coarse."""
        images = self.bn1(self.conv_stem(pixels))
        maps = []
        for index, stage in enumerate(self.blocks):
            images = stage(images)
            if index in _LITE_MAPS:
                maps.append(images)
        return maps


def build_backbone(name: str, *, dilated: bool) -> Backbone:
    """Return one of ``CHANNELS`` with arbitrary weights."""
    if name == LITE:
        return EfficientNetLite0(dilated=dilated)
    return ResNet(RESNETS[name], dilated=dilated)
