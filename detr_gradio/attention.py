"""What an object query, or a point of the image, looks at: the attention of the last layers.

`transformers` gives attention weights only when the whole model is switched to its slow "eager"
implementation, which other threads would notice. The weights follow from the inputs of a layer, so
the layers are run one by one and the weights of the last ones computed beside them, by the
definition: softmax(Q Kᵀ / √d) (Vaswani et al. 2017, equation 1).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import torch
from torch import Tensor
from transformers import DetrForSegmentation

from .categories import CATEGORIES, NO_OBJECT


@dataclass(frozen=True, eq=False)
class AttentionRecord:
    """What went on in the network for one image. S = h * w places, Q queries, M heads.

    Attributes:
        features: (h_i, w_i) float32 for each stage of the backbone, fine to coarse: root mean
            square over its channels.
        channels: how many channels each of them has.
        encoder_queries: (M, S, d) float32, of the last encoder layer, scaled by 1 / √d.
        encoder_keys: (M, S, d) float32, of the same layer.
        cross_attention: (Q, M, h, w) float32, of the last decoder layer; each (h, w) sums to 1.
        mask_attention: (Q, M, h, w) float32, of the mask head; each (M, h, w) sums to 1.
        probabilities: (Q, C) float32, softmax over all categories and no-object (last).
        boxes: (Q, 4) float32, (center x, center y, width, height) as fractions of the image.
    """

    features: tuple[np.ndarray, ...]
    channels: tuple[int, ...]
    encoder_queries: np.ndarray
    encoder_keys: np.ndarray
    cross_attention: np.ndarray
    mask_attention: np.ndarray
    probabilities: np.ndarray
    boxes: np.ndarray

    @property
    def grid(self) -> tuple[int, int]:
        """(h, w) of the coarsest feature map, where the transformer works."""
        return self.cross_attention.shape[-2:]

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take, in bytes."""
        values = [getattr(self, field.name) for field in fields(self)]
        arrays = [value for value in values if isinstance(value, np.ndarray)]
        return sum(array.nbytes for array in [*arrays, *self.features])

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """Return (row, column) of the cell of a point, given as fractions of the image, 0..1."""
        height, width = self.grid
        return min(max(int(y * height), 0), height - 1), min(max(int(x * width), 0), width - 1)

    def from_point(self, row: int, column: int) -> np.ndarray:
        """Return where a cell looks in the last encoder layer: (M, h, w), each head sums to 1."""
        place = row * self.grid[1] + column
        logits = np.einsum("md,msd->ms", self.encoder_queries[:, place], self.encoder_keys)
        return _softmax(logits).reshape(-1, *self.grid)

    def to_point(self, row: int, column: int) -> np.ndarray:
        """Return who looks at a cell, and how much: (M, h, w), each value 0..1.

        The column of the attention matrix, as the notebook of DETR's authors shows it.
        """
        place = row * self.grid[1] + column
        weights = _softmax(self.encoder_queries @ self.encoder_keys.transpose(0, 2, 1))
        return weights[..., place].reshape(-1, *self.grid)

    def top_categories(self, query: int, count: int = 5) -> list[tuple[int, float]]:
        """Return the most likely (category id or NO_OBJECT, probability) of a query."""
        known = np.array([*CATEGORIES, NO_OBJECT])
        probabilities = self.probabilities[query, known]
        best = np.argsort(-probabilities, kind="stable")[:count]
        return [(int(known[i]), float(probabilities[i])) for i in best]


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


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
