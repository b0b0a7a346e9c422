"""What an object query, or a point of the image, looks at: the attention of the last layers.

`transformers` gives attention weights only when the whole model is switched to its slow "eager"
implementation, which other threads would notice. The weights follow from the inputs of a layer, so
the layers are run one by one and the weights of the last ones computed beside them, by the
definition: softmax(Q Kᵀ / √d) (Vaswani et al. 2017, equation 1).
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from transformers import DetrForSegmentation

from .attention_record import AttentionRecord


@torch.inference_mode()
def record(model: DetrForSegmentation, pixels: Tensor) -> AttentionRecord:
    """Run a network without its mask head, and record its attention.

    Reads the model and changes nothing of it, so other threads may use it meanwhile.

    Args:
        model: in eval mode; its backbone gives feature maps, fine to coarse.
        pixels: (1, 3, H, W), normalised.
    """
    detr = model.detr.model
    features = detr.backbone.model(pixels)
    projected = detr.input_projection(features[-1])
    height, width = projected.shape[-2:]
    places = detr.position_embedding(
        shape=projected.shape, device=pixels.device, dtype=projected.dtype
    )
    places = places.flatten(2).transpose(1, 2)

    hidden = projected.flatten(2).transpose(1, 2)
    *earlier, last = detr.encoder.layers
    for layer in earlier:
        hidden = layer(hidden, None, spatial_position_embeddings=places)
    self_attention = last.self_attn
    encoder_queries = _heads(self_attention.q_proj(hidden + places), self_attention.head_dim)
    encoder_keys = _heads(self_attention.k_proj(hidden + places), self_attention.head_dim)
    memory = last(hidden, None, spatial_position_embeddings=places)

    slots = detr.query_position_embeddings.weight[None]
    hidden = torch.zeros_like(slots)
    *earlier, last = detr.decoder.layers
    for layer in earlier:
        hidden = layer(hidden, None, places, slots, memory)
    # The first half of the last layer gives the queries of its cross-attention.
    mixed, _ = last.self_attn(hidden, attention_mask=None, position_embeddings=slots)
    asking = last.self_attn_layer_norm(hidden + mixed) + slots
    cross = last.encoder_attn
    queries = _heads(cross.q_proj(asking), cross.head_dim) * cross.scaling
    keys = _heads(cross.k_proj(memory + places), cross.head_dim)
    cross_attention = (queries @ keys.transpose(-1, -2)).softmax(-1)
    hidden = detr.decoder.layernorm(last(hidden, None, places, slots, memory))

    map_of_memory = memory.transpose(1, 2).view_as(projected)
    return AttentionRecord(
        features=tuple(_numpy(f[0].float().square().mean(0).sqrt()) for f in features),
        channels=tuple(f.shape[1] for f in features),
        encoder_queries=_numpy(encoder_queries * self_attention.scaling),
        encoder_keys=_numpy(encoder_keys),
        cross_attention=_numpy(cross_attention.transpose(0, 1).unflatten(-1, (height, width))),
        mask_attention=_numpy(model.bbox_attention(hidden, map_of_memory)[0]),
        probabilities=_numpy(model.detr.class_labels_classifier(hidden)[0].softmax(-1)),
        boxes=_numpy(model.detr.bbox_predictor(hidden)[0].sigmoid()),
    )


def _heads(states: Tensor, size: int) -> Tensor:
    """Split (1, N, D) into heads, (M, N, d)."""
    return states[0].unflatten(-1, (-1, size)).transpose(0, 1)


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.float().cpu().contiguous().numpy()
