"""The network of any configuration, made by transformers, whose import takes seconds.

With no weights in it yet and no download.
"""

from collections.abc import Callable
from typing import Any

import torch
from timm.layers import BatchNormAct2d
from torch import nn
from transformers import AutoBackbone, DetrConfig, DetrForSegmentation
from transformers.conversion_mapping import get_model_conversion_mapping


def build_from_entries(
    entries: dict[str, Any], labels: int
) -> tuple[DetrForSegmentation, Callable[[str], str]]:
    """Return the network of a ``config.json``, and what tells the new name of an old tensor's.

    Args:
        entries: of the file.
        labels: how many it names.

    Raises:
        ValueError: it contradicts itself, or names a backbone that timm does not have.
    """
    config = DetrConfig.from_dict(entries)
    if labels != config.num_labels:
        raise ValueError("the number of labels is said twice")
    model = build_model(config)
    renamings = get_model_conversion_mapping(model, add_legacy=False)

    def rename(name: str) -> str:
        for renaming in renamings:
            name, _ = renaming.rename_source_key(name)
        return name

    return model, rename


def build_model(config: DetrConfig) -> DetrForSegmentation:
    """Build the network that `config` describes, in eval mode and float32, with initial weights.

    Works for the configurations on the Hub (ResNet from timm or from transformers) and for
    any backbone that timm offers as a pyramid of features. The backbone's ImageNet weights are
    never fetched: a checkpoint brings its own. `config` is not changed.

    Raises:
        ValueError: the configuration names a backbone that timm does not have.
    """
    config = DetrConfig.from_dict(config.to_dict())
    # Whatever precision it was saved in: transformers builds a backbone in the one written there.
    backbone: Any = config.backbone_config  # DetrConfig has made an object of the dictionary
    config.dtype = backbone.dtype = torch.float32
    if backbone.model_type == "timm_backbone":
        backbone.use_pretrained_backbone = False
    try:
        model = DetrForSegmentation(config)
        _restore_batch_norm_activations(model, config)
    except RuntimeError as error:
        raise ValueError(f"The backbone of this checkpoint cannot be built: {error}") from error
    return model.eval()


def _restore_batch_norm_activations(model: DetrForSegmentation, config: DetrConfig) -> None:
    """Put timm's own backbone back where transformers took its activations away.

    transformers replaces every BatchNorm2d by a frozen one. timm's `BatchNormAct2d`, used by
    EfficientNet among others, is a BatchNorm2d that carries the activation behind it, which
    would be lost without a word. In eval mode timm's layers are just as frozen.
    """
    backbone_config: Any = config.backbone_config
    if backbone_config.model_type != "timm_backbone":
        return
    with torch.device("meta"):
        shape_only = AutoBackbone.from_config(config=backbone_config)
    if any(_has_activation(module) for module in shape_only.modules()):
        backbone = AutoBackbone.from_config(config=backbone_config)._backbone
        model.detr.model.backbone.model = backbone.requires_grad_(False)


def _has_activation(module: nn.Module) -> bool:
    return isinstance(module, BatchNormAct2d) and not isinstance(module.act, nn.Identity)
