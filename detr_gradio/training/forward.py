"""The forward pass of DetrForSegmentation as training needs it.

The same modules in the same order as transformers has them, but with every decoder layer's output,
and with masks for a few chosen queries only. The backbone's features come from outside, so that
those of a frozen one can be kept.

Batches of pictures of different sizes are padded behind the backbone, and only for the
transformer, whose attention leaves the padding out. Convolutions would see it: at a picture's edge
they expect zeros, and group norms count all places. So they run on each size by itself.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DetrForSegmentation
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

FULL_PRECISION_ATTENTION = "sdpa_float32"


def _attention(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    *,
    scaling: float,
    dropout: float = 0.0,
    **_options: object,
) -> tuple[Tensor, None]:
    """Attend in float32: torch's gradient of attention is twice as slow in bfloat16 on a CPU."""
    with torch.autocast(query.device.type, enabled=False):
        attended = F.scaled_dot_product_attention(
            query.float(), key.float(), value.float(), mask, dropout_p=dropout, scale=scaling
        )
    return attended.transpose(1, 2).contiguous(), None


ALL_ATTENTION_FUNCTIONS.register(FULL_PRECISION_ATTENTION, _attention)


@dataclass(frozen=True)
class Hidden:
    """What the transformer makes of a batch of B pictures.

    projected: (B, D, h, w), the coarsest features. memory: (B, h*w, D), the encoder's output.
    layers: (L, B, Q, D), each decoder layer's output behind the final norm.
    """

    projected: Tensor
    memory: Tensor
    layers: Tensor

    def float(self) -> "Hidden":
        """Return the same in float32."""
        return Hidden(self.projected.float(), self.memory.float(), self.layers.float())

    def cropped(self, pictures: list[int], height: int, width: int) -> "Hidden":
        """Return some pictures, whose features have h x w places, without their padding."""
        batch, channels = self.projected.shape[:2]
        maps = self.memory.transpose(1, 2).reshape(batch, channels, *self.projected.shape[2:])
        return Hidden(
            self.projected[pictures, :, :height, :width],
            maps[pictures, :, :height, :width].flatten(2).transpose(1, 2),
            self.layers[:, pictures],
        )


def by_size(features: Sequence[Sequence[Tensor]]) -> dict[tuple[int, ...], list[int]]:
    """Return the indices of pictures whose features have the same sizes, by these."""
    groups = defaultdict(list)
    for index, levels in enumerate(features):
        groups[tuple(side for level in levels for side in level.shape[1:])].append(index)
    return dict(groups)


def padded(maps: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
    """Put maps, (C, h, w) each, into the upper left corners of one tensor of zeros.

    Returns:
        (B, C, H, W), and (B, H, W) bool, True where a picture is; None where all are the same size.
    """
    height, width = (max(each.shape[side] for each in maps) for side in (1, 2))
    if all(each.shape[1:] == (height, width) for each in maps):
        return torch.stack(list(maps)), None
    batch = maps[0].new_zeros(len(maps), maps[0].shape[0], height, width)
    valid = torch.zeros(len(maps), height, width, dtype=torch.bool, device=batch.device)
    for index, each in enumerate(maps):
        batch[index, :, : each.shape[1], : each.shape[2]] = each
        valid[index, : each.shape[1], : each.shape[2]] = True
    return batch, valid


def transform(model: DetrForSegmentation, coarse: Tensor, valid: Tensor | None = None) -> Hidden:
    """Run encoder and decoder on the backbone's coarsest features.

    Args:
        model: the network.
        coarse: (B, C, h, w).
        valid: (B, h, w) bool, as of ``padded``.
    """
    detr = model.detr.model
    projected = detr.input_projection(coarse)
    attended = None
    if valid is not None:
        projected = projected * valid[:, None]
        attended = valid.flatten(1)[:, None, None]
    places = detr.position_embedding(
        shape=projected.shape, device=projected.device, dtype=projected.dtype, mask=valid
    )
    places = places.flatten(2).transpose(1, 2)
    memory = projected.flatten(2).transpose(1, 2)
    for layer in detr.encoder.layers:
        memory = layer(memory, attended, spatial_position_embeddings=places)
    queries = detr.query_position_embeddings.weight.expand(len(memory), -1, -1)
    hidden = torch.zeros_like(queries)
    layers = []
    for layer in detr.decoder.layers:
        hidden = layer(
            hidden,
            None,
            spatial_position_embeddings=places,
            object_queries_position_embeddings=queries,
            encoder_hidden_states=memory,
            encoder_attention_mask=attended,
        )
        layers.append(detr.decoder.layernorm(hidden))
    return Hidden(projected, memory, torch.stack(layers))


def masks(model: DetrForSegmentation, hidden: Hidden, fine: list[Tensor], chosen: Tensor) -> Tensor:
    """Mask logits of K chosen queries per picture: (B, K, D) to (B, K, H/4, W/4).

    The first convolution is split as in ``model/network.py``: its image part runs once a picture.

    Args:
        model: the network.
        hidden: of B pictures of one size, without padding.
        fine: the backbone's features but the coarsest, fine to coarse, (B, C, h, w) each.
        chosen: decoder outputs.
    """
    head = model.mask_head
    batch, channels, height, width = hidden.projected.shape
    memory = hidden.memory.transpose(1, 2).reshape(batch, channels, height, width)
    attention = model.bbox_attention(chosen, memory)
    count = attention.shape[1]
    first = head.conv1.conv
    image_part = F.conv2d(hidden.projected, first.weight[:, :channels], first.bias, padding=1)
    query_part = F.conv2d(attention.flatten(0, 1), first.weight[:, channels:], padding=1)
    x = query_part + image_part.repeat_interleave(count, 0)
    x = head.conv2(head.conv1.activation(head.conv1.norm(x)))
    stages: Any = head.fpn_stages  # torch: each part may be a tensor or a module
    for stage, level in zip(stages, fine[::-1], strict=True):
        adapted = stage.fpn_adapter(level).repeat_interleave(count, 0)
        x = F.interpolate(x, size=level.shape[-2:], mode="nearest")
        x = stage.refine(x + adapted)
    return head.output_conv(x).view(batch, count, *x.shape[-2:])
