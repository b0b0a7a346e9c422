"""DETR with its mask head: modules with transformers' names, whose import would take seconds.

https://arxiv.org/abs/2005.12872. Behind the backbone there is nothing here but what a prediction
needs: no dropout, no padding, no losses. ``model/`` calls the parts, in an order of its own.
"""

from __future__ import annotations

import math
import re
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .backbones import CHANNELS, build_backbone
from .configuration import Shape

# Names in the files of the Hub, and those of today.
_OLD_NAMES = (
    *((r"backbone\.conv_encoder\.", "backbone."), (r"\.out_proj\.", ".o_proj.")),
    (r"(layers\.\d+)\.(fc[12])\.", r"\1.mlp.\2."),
    (r"bbox_attention\.([qk])_linear", r"bbox_attention.\1_proj"),
    (r"mask_head\.lay([12])\.", r"mask_head.conv\1.conv."),
    (r"mask_head\.gn([12])\.", r"mask_head.conv\1.norm."),
    *(
        (rf"mask_head\.{old}{stage + shift}\.", f"mask_head.fpn_stages.{stage}.{new}.")
        for stage in range(3)
        for old, shift, new in (
            ("adapter", 1, "fpn_adapter"),
            ("lay", 3, "refine.conv"),
            ("gn", 3, "refine.norm"),
        )
    ),
    (r"mask_head\.out_lay\.", "mask_head.output_conv."),
)


def new_name(name: str) -> str:
    """Return the name that a tensor of a file has in ``build_detr``; a new one stays."""
    for old, new in _OLD_NAMES:
        name = re.sub(old, new, name)
    return name


class Attention(nn.Module):
    """Attention with M heads; positions are added to queries and keys, not to values."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.head_dim = width // heads
        self.scaling = self.head_dim**-0.5
        self.k_proj, self.v_proj, self.q_proj, self.o_proj = (
            nn.Linear(width, width) for _ in range(4)
        )

    def attend(self, asking: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Return (1, N, D) for (1, N, D) queries, (1, L, D) keys and as many values."""
        parts = (self.q_proj(asking), self.k_proj(keys), self.v_proj(values))
        heads = (part.unflatten(-1, (-1, self.head_dim)).transpose(1, 2) for part in parts)
        attended = F.scaled_dot_product_attention(*heads, scale=self.scaling)
        return self.o_proj(attended.transpose(1, 2).flatten(2))


class SelfAttention(Attention):
    """Tokens look at each other. A mask is never given: a picture is alone and has no padding."""

    def forward(
        self,
        hidden: Tensor,
        attention_mask: None,  # noqa: ARG002
        position_embeddings: Tensor,
    ) -> tuple[Tensor, None]:
        """Return what (1, N, D) tokens at (1, N, D) positions see; weights are not kept."""
        placed = hidden + position_embeddings
        return self.attend(placed, placed, hidden), None


class _FeedForward(nn.Module):
    def __init__(self, width: int, inner: int):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, hidden: Tensor) -> Tensor:
        return self.fc2(F.relu(self.fc1(hidden)))


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward network, each with a norm behind it."""

    def __init__(self, width: int, heads: int, inner: int):
        super().__init__()
        self.self_attn = SelfAttention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.mlp = _FeedForward(width, inner)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(
        self, hidden: Tensor, attention_mask: None, spatial_position_embeddings: Tensor
    ) -> Tensor:
        """Return the next (1, N, D) tokens."""
        mixed, _ = self.self_attn(hidden, attention_mask, spatial_position_embeddings)
        hidden = self.self_attn_layer_norm(hidden + mixed)
        return self.final_layer_norm(hidden + self.mlp(hidden))


class DecoderLayer(nn.Module):
    """As the encoder's, with a look at the encoder's output between."""

    def __init__(self, width: int, heads: int, inner: int):
        super().__init__()
        self.self_attn = SelfAttention(width, heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.encoder_attn = Attention(width, heads)
        self.encoder_attn_layer_norm = nn.LayerNorm(width)
        self.mlp = _FeedForward(width, inner)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(
        self, hidden: Tensor, attention_mask: None, places: Tensor, slots: Tensor, memory: Tensor
    ) -> Tensor:
        """Return the next (1, Q, D) queries, of (1, Q, D) slots, looking at (1, N, D) memory."""
        mixed, _ = self.self_attn(hidden, attention_mask, slots)
        hidden = self.self_attn_layer_norm(hidden + mixed)
        seen = self.encoder_attn.attend(hidden + slots, memory + places, memory)
        hidden = self.encoder_attn_layer_norm(hidden + seen)
        return self.final_layer_norm(hidden + self.mlp(hidden))


class SinePositions(nn.Module):
    """Where each place of a map is, as sines and cosines of its row and its column."""

    def __init__(self, width: int):
        super().__init__()
        self._features = width // 2

    def forward(self, shape: torch.Size, device: torch.device, dtype: torch.dtype) -> Tensor:
        """Return (1, D, h, w) for a map of shape (1, D, h, w)."""
        steps = torch.arange(self._features, dtype=torch.int64, device=device).to(dtype)
        waves = 10000 ** (2 * torch.div(steps, 2, rounding_mode="floor") / self._features)
        along = []
        for size in shape[-2:]:
            ends = torch.arange(1, size + 1, dtype=dtype, device=device)
            angles = (ends / (ends[-1:] + 1e-6) * (2 * math.pi))[:, None] / waves
            along.append(torch.stack((angles[:, 0::2].sin(), angles[:, 1::2].cos()), 2).flatten(1))
        (rows, columns), (height, width) = along, shape[-2:]
        return torch.cat(
            (
                rows.T[None, :, :, None].expand(-1, -1, -1, width),
                columns.T[None, :, None].expand(-1, -1, height, -1),
            ),
            dim=1,
        )


class _ConvBlock(nn.Module):
    def __init__(self, before: int, after: int):
        super().__init__()
        self.conv = nn.Conv2d(before, after, 3, padding=1)
        self.norm = nn.GroupNorm(min(8, after), after)
        self.activation = nn.ReLU()

    def forward(self, maps: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(maps)))


class _Stage(nn.Module):
    def __init__(self, fine: int, before: int, after: int):
        super().__init__()
        self.fpn_adapter = nn.Conv2d(fine, before, 1)
        self.refine = _ConvBlock(before, after)


class _MaskHead(nn.Module):
    def __init__(self, width: int, heads: int, fine: tuple[int, ...]):
        super().__init__()
        self.conv1 = _ConvBlock(width + heads, width + heads)
        self.conv2 = _ConvBlock(width + heads, width // 2)
        self.fpn_stages = nn.ModuleList(
            _Stage(channels, width >> level, width >> level + 1)
            for level, channels in enumerate(fine, 1)
        )
        self.output_conv = nn.Conv2d(width // 16, 1, 3, padding=1)


class _AttentionMap(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self._heads, self._scaling = heads, (width // heads) ** -0.5
        self.q_proj, self.k_proj = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        """Return (1, Q, M, h, w): where (1, Q, D) queries look in (1, D, h, w)."""
        asking = self.q_proj(queries)[0].unflatten(-1, (self._heads, -1)).transpose(0, 1)
        keys = F.conv2d(memory, self.k_proj.weight[..., None, None], self.k_proj.bias)
        keys = keys[0].unflatten(0, (self._heads, -1)).flatten(2)
        logits = (asking * self._scaling @ keys).transpose(0, 1)
        attention = logits.flatten(1).softmax(-1).view_as(logits)
        return attention.unflatten(-1, memory.shape[-2:])[None]


class _BoxHead(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        sizes = (width, width, width, 4)
        self.layers = nn.ModuleList(map(nn.Linear, sizes, sizes[1:]))

    def forward(self, hidden: Tensor) -> Tensor:
        *earlier, last = self.layers
        for layer in earlier:
            hidden = F.relu(layer(hidden))
        return last(hidden)


class _Parts(nn.Module):
    """Modules by name."""

    def __init__(self, **parts: nn.Module):
        super().__init__()
        for name, part in parts.items():
            self.add_module(name, part)


def build_detr(shape: Shape) -> Any:
    """Return DETR for panoptic segmentation with arbitrary weights, in eval mode.

    Its parts have the names of transformers' ``DetrForSegmentation``.
    """
    width, heads = shape.width, shape.encoder_heads
    if width % heads or width % shape.decoder_heads:
        raise ValueError("the heads don't divide the width")
    channels = CHANNELS[shape.backbone]
    encoder = [EncoderLayer(width, heads, shape.encoder_inner) for _ in range(shape.encoder_layers)]
    decoder = [
        DecoderLayer(width, shape.decoder_heads, shape.decoder_inner)
        for _ in range(shape.decoder_layers)
    ]
    # An embedding that draws its own numbers has torch's compiler imported, which takes a second.
    slots = nn.Embedding.from_pretrained(torch.empty(shape.queries, width))
    transformer = _Parts(
        backbone=_Parts(model=build_backbone(shape.backbone, dilated=shape.dilated)),
        position_embedding=SinePositions(width),
        query_position_embeddings=slots,
        input_projection=nn.Conv2d(channels[-1], width, 1),
        encoder=_Parts(layers=nn.ModuleList(encoder)),
        decoder=_Parts(layers=nn.ModuleList(decoder), layernorm=nn.LayerNorm(width)),
    )
    detector = _Parts(
        model=transformer,
        class_labels_classifier=nn.Linear(width, shape.labels + 1),
        bbox_predictor=_BoxHead(width),
    )
    return _Parts(
        detr=detector,
        mask_head=_MaskHead(width, heads, channels[2::-1]),
        bbox_attention=_AttentionMap(width, heads),
    ).eval()
