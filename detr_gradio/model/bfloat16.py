"""A folded backbone in bfloat16 on a CPU: convolution, addition and activation as one operation.

oneDNN fuses them, which saves writing and reading each map between, and takes weights that were
brought into its own layout once. torch has these operations for what it compiles itself; they need
no compiler.
"""

from __future__ import annotations

import operator

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

# With fewer places in an image oneDNN's 1x1 convolutions want their weights in another layout.
_FEWEST_PLACES = 64

_ACTIVATIONS: dict[type, tuple[str, list[float]]] = {
    nn.ReLU: ("relu", []),
    nn.ReLU6: ("hardtanh", [0.0, 6.0]),
}


class FusedConv2d(nn.Module):
    """A convolution in bfloat16, then an addition and an activation where there are any.

    Args:
        convolution: what it stands for, its weights in bfloat16.
        activation: what follows it: ReLU, ReLU6 or None.
    """

    def __init__(self, convolution: nn.Conv2d, activation: nn.Module | None = None):
        super().__init__()
        self._name, self._limits = _ACTIVATIONS.get(type(activation), ("none", []))
        # Of a 1x1 kernel the stride is taken beforehand: with one, the layout would depend on the
        # size of the images, and bringing weights into another one takes longer than convolving.
        self._pointwise = convolution.kernel_size == (1, 1) and convolution.padding == (0, 0)
        down, right = convolution.stride if self._pointwise else (1, 1)
        self._taken = slice(None, None, down), slice(None, None, right)
        self._geometry = (
            list(convolution.padding),
            [1, 1] if self._pointwise else list(convolution.stride),
            list(convolution.dilation),
            convolution.groups,
        )
        self._bias = convolution.bias
        # No buffer: a tensor in oneDNN's layout can't be moved or converted.
        self._weight = torch.ops.mkldnn._reorder_convolution_weight(
            convolution.weight, *self._geometry, [1, convolution.in_channels, 64, 64]
        )

    def forward(self, images: Tensor, added: Tensor | None = None) -> Tensor:
        """Convolve (N, C, H, W) bfloat16; the sum may be written into ``added`` if it is given."""
        images = images[:, :, self._taken[0], self._taken[1]]
        height, width = images.shape[2:]
        if self._pointwise and height * width < _FEWEST_PLACES:
            border = 0, 0, 0, -(-_FEWEST_PLACES // width) - height
            images = F.pad(images, border)
            added = None if added is None else F.pad(added, border)
            return self._convolved(images, added)[:, :, :height]
        return self._convolved(images, added)

    def _convolved(self, images: Tensor, added: Tensor | None) -> Tensor:
        parts = images, self._weight, self._bias, *self._geometry
        if added is None:
            return torch.ops.mkldnn._convolution_pointwise(*parts, self._name, self._limits, "")
        activation = None if self._name == "none" else self._name
        return torch.ops.mkldnn._convolution_pointwise_.binary(
            added, *parts, "add", 1.0, activation, self._limits, ""
        )


class _InBFloat16(nn.Module):
    """Take float32 pixels to a backbone in bfloat16."""

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Return the bfloat16 feature maps of (1, 3, H, W) pixels, fine to coarse."""
        return self.backbone(pixels.bfloat16())


@torch.no_grad()
def use_bfloat16(backbone: fx.GraphModule) -> nn.Module:
    """Return a folded backbone that computes in bfloat16; the given one must not be used again."""
    graph = backbone.to(torch.bfloat16).graph
    for node in list(graph.nodes):
        if isinstance(_module(backbone, node), nn.Identity):
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
    for node in list(graph.nodes):
        convolution = _module(backbone, node)
        # Those that pad by their own rule, as TensorFlow does, stay what they are.
        if type(convolution) is nn.Conv2d:
            _fuse(backbone, node, convolution)
    backbone.delete_all_unused_submodules()
    backbone.recompile()
    return _InBFloat16(backbone)


def _fuse(backbone: fx.GraphModule, node: fx.Node, convolution: nn.Conv2d) -> None:
    """Let one node do what a convolution and the nodes after it do."""
    last, added = _addition(node) or (node, None)
    fused = [] if added is None else [last]
    after = _only_reader(last)
    activation = _module(backbone, after) if after else None
    # oneDNN's addition knows one activation alone.
    if after and type(activation) in (_ACTIVATIONS if added is None else [nn.ReLU]):
        last = after
        fused.append(after)
    else:
        activation = None
    backbone.set_submodule(str(node.target), FusedConv2d(convolution, activation))
    last.replace_all_uses_with(node)
    for other in reversed(fused):
        backbone.graph.erase_node(other)
    if added is not None:
        node.args = node.args[0], added


def _module(backbone: fx.GraphModule, node: fx.Node) -> nn.Module | None:
    return backbone.get_submodule(str(node.target)) if node.op == "call_module" else None


def _only_reader(node: fx.Node) -> fx.Node | None:
    return next(iter(node.users)) if len(node.users) == 1 else None


def _addition(node: fx.Node) -> tuple[fx.Node, fx.Node] | None:
    """Return the addition after a node and its other term, where the sum may overwrite that."""
    addition = _only_reader(node)
    if addition is None or addition.target is not operator.add:
        return None
    others = [term for term in addition.all_input_nodes if term is not node]
    if len(others) != 1 or not others[0] < node:
        return None
    overwritten = all(reader <= addition for reader in others[0].users)
    return (addition, others[0]) if overwritten else None
