"""What an object query, or a point of the image, looks at: the attention of the last layers.

`transformers` gives attention weights only when the whole model is switched to its slow "eager"
implementation, which other threads would notice. The weights follow from the inputs of a layer, so
the layers are run one by one and the weights of the last ones computed beside them, by the
definition: softmax(Q Kᵀ / √d) (Vaswani et al. 2017, equation 1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..result.categories import Categories
from .attention_record import AttentionRecord


@dataclass(frozen=True, eq=False)
class Encoded:
    """What the backbone made of one image, as far as recording needs it: about 1 MB.

    Attributes:
        energies: (h_i, w_i) float32 for each stage, fine to coarse: root mean square over channels.
        channels: how many channels each stage has.
        projected: (1, D, h, w), the encoder's input.
    """

    energies: tuple[Tensor, ...]
    channels: tuple[int, ...]
    projected: Tensor

    @classmethod
    def of(cls, features: Sequence[Tensor], projected: Tensor) -> Encoded:
        """Keep what is needed of the backbone's feature maps, each (1, C, h, w)."""
        channels = tuple(feature.shape[1] for feature in features)
        # Not in float32 where the maps are in half precision: converting them costs ten times more.
        norms = (torch.linalg.vector_norm(feature[0], dim=0).float() for feature in features)
        energies = tuple(norm / size**0.5 for norm, size in zip(norms, channels, strict=True))
        return cls(energies, channels, projected)


@torch.inference_mode()
def encode(model: Any, pixels: Tensor) -> Encoded:
    """Run the backbone on (1, 3, H, W) normalised pixels."""
    detr: Any = model.detr.model  # torch: each part may be a tensor or a module
    features = detr.backbone.model(pixels)
    return Encoded.of(features, detr.input_projection(features[-1].float()))


@torch.inference_mode()
def record(model: Any, encoded: Encoded, categories: Categories) -> AttentionRecord:
    """Run encoder, decoder and heads, and record their attention.

    Reads the model and changes nothing of it, so other threads may use it meanwhile.

    Args:
        model: in eval mode.
        encoded: of one image.
        categories: that the network knows.
    """
    detr: Any = model.detr.model  # torch: each part may be a tensor or a module
    projected = encoded.projected.float()
    height, width = projected.shape[-2:]
    places = detr.position_embedding(
        shape=projected.shape, device=projected.device, dtype=projected.dtype
    )
    places = places.flatten(2).transpose(1, 2)

    hidden = projected.flatten(2).transpose(1, 2)
    *earlier, last = detr.encoder.layers
    for layer in earlier:
        hidden = layer(hidden, None, places)
    self_attention = last.self_attn
    encoder_queries = _heads(self_attention.q_proj(hidden + places), self_attention.head_dim)
    encoder_keys = _heads(self_attention.k_proj(hidden + places), self_attention.head_dim)
    memory = last(hidden, None, places)

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
        features=tuple(_numpy(energy) for energy in encoded.energies),
        channels=encoded.channels,
        encoder_queries=_numpy(encoder_queries * self_attention.scaling),
        encoder_keys=_numpy(encoder_keys),
        cross_attention=_numpy(cross_attention.transpose(0, 1).unflatten(-1, (height, width))),
        mask_attention=_numpy(model.bbox_attention(hidden, map_of_memory)[0]),
        probabilities=_numpy(model.detr.class_labels_classifier(hidden)[0].softmax(-1)),
        boxes=_numpy(model.detr.bbox_predictor(hidden)[0].sigmoid()),
        categories=categories,
    )


def _heads(states: Tensor, size: int) -> Tensor:
    """Split (1, N, D) into heads, (M, N, d)."""
    return states[0].unflatten(-1, (-1, size)).transpose(0, 1)


def _numpy(tensor: Tensor) -> np.ndarray:
    return tensor.float().cpu().contiguous().numpy()
