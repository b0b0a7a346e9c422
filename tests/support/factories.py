"""Checkpoints with random weights, calibrated so that every part of the network matters.

With plain random weights the masks of DETR do not depend on the query at all, and a test of
parity passes whatever the code does. Here activations keep their scale, a chosen number of queries
is kept, the attention of each query has places of its own, and the mask head listens to it. They
are written as on the Hub: old configuration, old names of the tensors.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DetrConfig, DetrForSegmentation, DetrImageProcessor
from transformers.models.detr.modeling_detr import DetrFrozenBatchNorm2d

from detr_gradio.checkpoints.architecture import build_model
from detr_gradio.result.coco import COCO, NO_OBJECT

IMAGE_MEAN, IMAGE_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

SMALL = {
    "backbone": "resnet18",
    "d_model": 64,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_ffn_dim": 128,
    "decoder_ffn_dim": 128,
    "num_queries": 20,
}
"""A network that answers within milliseconds, for tests of what is around it."""

# New names to those of the files on the Hub, in order.
_OLD_NAMES = (
    (r"model\.backbone\.model\.", "model.backbone.conv_encoder.model."),
    (r"\.o_proj\.", ".out_proj."),
    (r"\.mlp\.(fc\d)\.", r".\1."),
    (r"bbox_attention\.(\w)_proj", r"bbox_attention.\1_linear"),
    (r"mask_head\.conv(\d)\.conv", r"mask_head.lay\1"),
    (r"mask_head\.conv(\d)\.norm", r"mask_head.gn\1"),
    (r"mask_head\.fpn_stages\.0\.fpn_adapter", "mask_head.adapter1"),
    (r"mask_head\.fpn_stages\.1\.fpn_adapter", "mask_head.adapter2"),
    (r"mask_head\.fpn_stages\.2\.fpn_adapter", "mask_head.adapter3"),
    (r"mask_head\.fpn_stages\.0\.refine\.conv", "mask_head.lay3"),
    (r"mask_head\.fpn_stages\.0\.refine\.norm", "mask_head.gn3"),
    (r"mask_head\.fpn_stages\.1\.refine\.conv", "mask_head.lay4"),
    (r"mask_head\.fpn_stages\.1\.refine\.norm", "mask_head.gn4"),
    (r"mask_head\.fpn_stages\.2\.refine\.conv", "mask_head.lay5"),
    (r"mask_head\.fpn_stages\.2\.refine\.norm", "mask_head.gn5"),
    (r"mask_head\.output_conv", "mask_head.out_lay"),
)


def write_checkpoint(
    folder: Path,
    image: np.ndarray,
    *,
    kept: int = 15,
    seed: int = 0,
    shortest_edge: int = 800,
    longest_edge: int = 1333,
    **config: object,
) -> Path:
    """Write a checkpoint in the Hub's old layout and return its folder.

    Args:
        folder: made if it isn't there.
        image: (H, W, 3) uint8; the network is calibrated on it.
        kept: how many queries get a score above 0.5 for that image.
        seed: of the weights.
        shortest_edge, longest_edge: for the preprocessor.
        **config: of the old DetrConfig, such as backbone="resnet101" or dilation=True.
    """
    config = {"backbone": "resnet50", "dilation": False, **config}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(
        json.dumps(
            {
                "architectures": ["DetrForSegmentation"],
                "model_type": "detr",
                "use_timm_backbone": True,
                "id2label": {str(label): f"LABEL_{label}" for label in range(NO_OBJECT)},
                "label2id": {f"LABEL_{label}": label for label in range(NO_OBJECT)},
                **config,
            }
        )
    )
    (folder / "preprocessor_config.json").write_text(
        json.dumps(
            {
                "do_normalize": True,
                "do_resize": True,
                "feature_extractor_type": "DetrFeatureExtractor",
                "format": "coco_panoptic",
                "image_mean": IMAGE_MEAN,
                "image_std": IMAGE_STD,
                "max_size": longest_edge,
                "size": shortest_edge,
            }
        )
    )
    torch.manual_seed(seed)
    model = build_model(DetrConfig.from_dict(json.loads((folder / "config.json").read_text())))
    inputs = DetrImageProcessor.from_pretrained(folder)(images=image, return_tensors="pt")
    with torch.no_grad():
        _calibrate(model, inputs["pixel_values"], kept)
    weights = {old_name(name): tensor.contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


def old_name(name: str) -> str:
    """Return the name that a tensor has in the files on the Hub."""
    for new, old in _OLD_NAMES:
        name = re.sub(new, old, name)
    return name


def _calibrate(model: DetrForSegmentation, pixels: Tensor, kept: int) -> None:
    for name, module in model.named_modules():
        if isinstance(module, nn.LayerNorm | nn.GroupNorm | DetrFrozenBatchNorm2d):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(0, 0.1)
            if re.search(r"layer\d\.\d+\.bn[23]$", name):
                # Residual branches of full size amplify rounding errors from layer to layer.
                module.weight.mul_(0.1)
        elif isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.Linear):
            # Residual branches smaller than what they are added to, or all tokens become the same;
            # and attention of the queries sharp enough to tell them apart.
            gain = 0.3 if name.endswith(("fc2", "self_attn.o_proj")) else 1.0
            gain = 3.0 if name.endswith("encoder_attn.q_proj") else gain
            module.weight.normal_(0, gain * module.in_features**-0.5)
        if isinstance(module, nn.Conv2d | nn.Linear) and module.bias is not None:
            module.bias.normal_(0, 0.05)
        if isinstance(module, DetrFrozenBatchNorm2d):
            module.register_forward_pre_hook(_take_statistics)
    detr, head, attention = model.detr.model, model.mask_head, model.bbox_attention
    nn.init.normal_(detr.query_position_embeddings.weight)

    # Places that differ from each other give queries that differ from each other.
    project = detr.input_projection
    *fine, features = (
        feature for feature, _ in detr.backbone(pixels, torch.ones_like(pixels[:, 0]))
    )
    projected = project(features)
    project.weight.div_(projected.std((0, 2, 3))[:, None, None, None])
    project.bias.copy_(-F.conv2d(features, project.weight).mean((0, 2, 3)))

    # What all queries have in common is taken out of the attention, and the rest enlarged until
    # its logits have a standard deviation of 1: each query looks at some places, of its own.
    hidden, memory, projected = _run(model, pixels)
    center = hidden[0].mean(0)
    attention.q_proj.bias.zero_()
    spread = attention.q_proj(hidden - center).std()
    keys = attention.k_proj(memory.flatten(2).transpose(1, 2))
    attention.q_proj.weight.mul_(
        1 / (spread * keys.std() * attention.head_dim**0.5 * attention.scaling)
    )
    attention.q_proj.bias.copy_(-attention.q_proj.weight @ center)
    maps = attention(hidden, memory)[0]
    first, channels = head.conv1.conv, projected.shape[1]
    shared = F.conv2d(projected, first.weight[:, :channels], padding=1)
    own = F.conv2d(maps, first.weight[:, channels:], padding=1)
    first.weight[:, channels:].mul_(0.5 * shared.std() / own.std())
    for stage, feature in zip(head.fpn_stages, fine[::-1], strict=True):
        stage.fpn_adapter.weight.mul_(0.3 / stage.fpn_adapter(feature).std())

    _choose_queries(model, hidden, kept)
    masks = head(projected, maps[None, :4], fine[::-1])
    head.output_conv.weight.mul_(0.5 / masks.std())
    head.output_conv.bias.zero_()
    for module in model.modules():
        module._forward_pre_hooks.clear()


def _take_statistics(norm: DetrFrozenBatchNorm2d, inputs: tuple[Tensor]) -> None:
    norm.running_mean.copy_(inputs[0].mean((0, 2, 3)))
    norm.running_var.copy_(inputs[0].var((0, 2, 3)) + 1e-3)


def _run(model: DetrForSegmentation, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    outputs = model.detr.model(pixels)
    features = model.detr.model.backbone(pixels, torch.ones_like(pixels[:, 0]))[-1][0]
    projected = model.detr.model.input_projection(features)
    memory = outputs.encoder_last_hidden_state.transpose(1, 2).view_as(projected)
    return outputs.last_hidden_state, memory, projected


def _choose_queries(model: DetrForSegmentation, hidden: Tensor, kept: int) -> None:
    """Scale the class head so that some queries are sure of a category and the others of none."""
    head = model.detr.class_labels_classifier
    categories = list(COCO)
    unknown = torch.ones(NO_OBJECT + 1, dtype=torch.bool)
    unknown[[*categories, NO_OBJECT]] = False
    head.bias[unknown] = -100
    head.weight[unknown] = 0
    # What the queries have in common can't tell them apart: it is taken out of the logits.
    center = hidden[0].mean(0)
    head.weight.mul_(6 / ((hidden[0] - center) @ head.weight[~unknown].T).std())
    head.weight[NO_OBJECT] = 0
    head.bias[categories] = -head.weight[categories] @ center
    # A query is kept while exp(best) > exp(bias) + the sum of the other categories.
    best, others = (
        head(hidden)[0, :, categories]
        .sort(-1, descending=True)
        .values.split([1, len(categories) - 1], dim=-1)
    )
    margin = 1 - (others.logsumexp(-1) - best[:, 0]).exp()
    limits = (best[:, 0] + margin.clamp(min=1e-9).log()).sort(descending=True).values
    head.bias[NO_OBJECT] = (limits[kept - 1] + limits[kept]) / 2
