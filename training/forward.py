"""The toy network's forward pass from cached backbone features, as training needs it.

The same modules in the same order as DetrForSegmentation.forward, but with every decoder layer's
output, in batches, and with masks for a few chosen queries only.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DetrForSegmentation
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

# Processors that multiply bfloat16 in hardware train 1.8 times faster with it; others slower.
HALF_PRECISION = torch.cpu._is_avx512_bf16_supported()
FULL_PRECISION_ATTENTION = "sdpa_float32"


def half_precision() -> torch.autocast:
    """Let linear layers and convolutions compute in bfloat16 where the processor can."""
    return torch.autocast("cpu", torch.bfloat16, enabled=HALF_PRECISION)


def _attention(
    _module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    _mask: None,
    *,
    scaling: float,
    **_options: object,
) -> tuple[Tensor, None]:
    """Attend in float32: torch's gradient of attention is twice as slow in bfloat16 on a CPU."""
    with torch.autocast("cpu", enabled=False):
        attended = F.scaled_dot_product_attention(
            query.float(), key.float(), value.float(), scale=scaling
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


def transform(model: DetrForSegmentation, features: list[Tensor]) -> Hidden:
    """Run encoder and decoder on backbone features, fine to coarse, (B, C, h, w) each."""
    detr = model.detr.model
    projected = detr.input_projection(features[-1])
    places = detr.position_embedding(
        shape=projected.shape, device=projected.device, dtype=projected.dtype
    )
    places = places.flatten(2).transpose(1, 2)
    memory = projected.flatten(2).transpose(1, 2)
    for layer in detr.encoder.layers:
        memory = layer(memory, None, spatial_position_embeddings=places)
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
        )
        layers.append(detr.decoder.layernorm(hidden))
    return Hidden(projected, memory, torch.stack(layers))


def masks(
    model: DetrForSegmentation, hidden: Hidden, features: list[Tensor], chosen: Tensor
) -> Tensor:
    """Mask logits of K chosen queries per picture: (B, K, D) to (B, K, H/4, W/4).

    The first convolution is split as in ``model/network.py``: its image part runs once a picture.
    """
    head = model.mask_head
    batch, channels, height, width = hidden.projected.shape
    memory = hidden.memory.transpose(1, 2).view(batch, channels, height, width)
    attention = model.bbox_attention(chosen, memory)
    count = attention.shape[1]
    first = head.conv1.conv
    image_part = F.conv2d(hidden.projected, first.weight[:, :channels], first.bias, padding=1)
    query_part = F.conv2d(attention.flatten(0, 1), first.weight[:, channels:], padding=1)
    x = query_part + image_part.repeat_interleave(count, 0)
    x = head.conv2(head.conv1.activation(head.conv1.norm(x)))
    stages: Any = head.fpn_stages  # torch: each part may be a tensor or a module
    for stage, fine in zip(stages, features[-2::-1], strict=True):
        adapted = stage.fpn_adapter(fine).repeat_interleave(count, 0)
        x = F.interpolate(x, size=fine.shape[-2:], mode="nearest")
        x = stage.refine(x + adapted)
    return head.output_conv(x).view(batch, count, *x.shape[-2:])
