"""A backbone rewritten for inference: the same function, fewer and cheaper operations."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from .winograd import WinogradConv2d

# transformers' frozen batch norm keeps its epsilon inside its forward.
_FROZEN_EPSILON = 1e-5


class _Tracer(fx.Tracer):
    """Trace down to the modules without children, and keep batch norms with activation whole."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Return whether a module stays one node of the graph."""
        leaf = not any(True for _ in m.children()) or isinstance(m, nn.BatchNorm2d)
        return leaf or super().is_leaf_module(m, module_qualified_name)


def is_of_transformers(backbone: nn.Module) -> bool:
    """Return whether a backbone is one of transformers' own, whose import would take seconds."""
    return type(backbone).__module__.startswith("transformers.")


class FeatureMaps(nn.Module):
    """A backbone of transformers that answers as those of timm do: with a list of feature maps."""

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: torch.Tensor) -> list[torch.Tensor]:
        """Return the feature maps of (1, 3, H, W) pixels, fine to coarse."""
        return list(self.backbone(pixels).feature_maps)


@torch.no_grad()
def fold_batch_norm(backbone: nn.Module) -> fx.GraphModule:
    """Return the same function with every batch norm folded into the convolution before it.

    Args:
        backbone: in eval mode; (1, 3, H, W) float32 in, a list of feature maps out. It shares
            its weights with the result, except for those of the folded convolutions.
    """
    graph = _Tracer().trace(backbone)
    folded = fx.GraphModule(backbone, graph)
    modules = dict(folded.named_modules())
    for node in list(graph.nodes):
        norm: Any = modules.get(node.target) if node.op == "call_module" else None
        if getattr(norm, "running_var", None) is None:
            continue
        source = node.args[0]
        convolution = modules.get(source.target) if source.op == "call_module" else None
        if not isinstance(convolution, nn.Conv2d) or len(source.users) > 1:
            continue
        convolution.weight, convolution.bias = fuse_conv_bn_weights(
            convolution.weight,
            convolution.bias,
            norm.running_mean,
            norm.running_var,
            getattr(norm, "eps", _FROZEN_EPSILON),
            norm.weight,
            norm.bias,
        )
        activation = getattr(norm, "act", None)
        if activation is None or isinstance(activation, nn.Identity):
            node.replace_all_uses_with(source)
            graph.erase_node(node)
            folded.delete_submodule(node.target)
        else:
            folded.set_submodule(node.target, activation)
    folded.recompile()
    return folded


def add_in_place(backbone: fx.GraphModule) -> None:
    """Let the additions of residual blocks write into their first operand where nobody else reads.

    That operand is the fresh result of a convolution; new memory for the sum costs more than it.
    """
    modules = dict(backbone.named_modules())
    for node in backbone.graph.nodes:
        if node.target is not operator.add:
            continue
        first = node.args[0]
        module = modules.get(first.target) if first.op == "call_module" else None
        if isinstance(module, nn.Conv2d | WinogradConv2d) and len(first.users) == 1:
            node.target = operator.iadd
    backbone.recompile()


def use_winograd(backbone: fx.GraphModule) -> None:
    """Exchange the 3x3 convolutions that are faster by Winograd's method on a CPU."""
    for name, module in list(backbone.named_modules()):
        if isinstance(module, nn.Conv2d) and WinogradConv2d.is_supported(module):
            backbone.set_submodule(name, WinogradConv2d(module))
