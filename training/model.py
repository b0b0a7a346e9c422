"""The toy network: a small DetrForSegmentation, initialised so that it learns fast.

Everything here happens before training; the network that comes out is a plain DETR panoptic.
"""

import math
from typing import Any

import torch
from torch import nn
from transformers import DetrConfig, DetrForSegmentation

from detr_gradio.checkpoints.architecture import build_model
from training.backbone import BACKBONE, imagenet_backbone
from training.backdrop import STUFF
from training.scenes import CATEGORY_IDS

NO_OBJECT = 250  # as in DETR's COCO checkpoints: a label is a COCO category id
USED_LABELS = (*CATEGORY_IDS, NO_OBJECT)
GRID = (6, 8)  # rows and columns of the queries for things
STUFF_QUERIES = len(STUFF)
QUERIES = STUFF_QUERIES + GRID[0] * GRID[1]
POSITION_FREQUENCIES = 4  # the fast ones, the only ones that differ within a picture
UNUSED_BIAS = -20.0


def toy_config() -> DetrConfig:
    """The configuration of the toy checkpoint."""
    return DetrConfig(
        use_timm_backbone=False,  # ty: ignore[unknown-argument]  # taken as **keywords
        backbone_config={
            "model_type": "timm_backbone",
            "backbone": BACKBONE["backbone"],
            "features_only": True,
            "use_pretrained_backbone": False,
            "out_indices": list(BACKBONE["out_indices"]),
            "output_stride": BACKBONE["output_stride"],
            "num_channels": 3,
        },
        num_labels=NO_OBJECT,  # ty: ignore[unknown-argument]  # taken as **keywords
        num_queries=QUERIES,
        d_model=128,
        encoder_layers=3,
        decoder_layers=3,
        encoder_ffn_dim=384,
        decoder_ffn_dim=384,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
        dropout=0.0,
        # What its losses weigh, wherever it is trained. Few queries: "no object" weighs more.
        eos_coefficient=0.3,
        bbox_loss_coefficient=2,
        giou_loss_coefficient=1,
        mask_loss_coefficient=5,
        dice_loss_coefficient=3,
    )


def anchors() -> torch.Tensor:
    """Centres (x, y) in 0..1 of the cells that the queries for things look after, (48, 2)."""
    rows, columns = GRID
    y, x = torch.meshgrid(
        (torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij"
    )
    return torch.stack([x.flatten(), y.flatten()], dim=1)


def new_model(seed: int = 0) -> DetrForSegmentation:
    """An untrained toy network with the ImageNet backbone, in eval mode."""
    backbone = imagenet_backbone()  # the first call draws random numbers
    torch.manual_seed(seed)
    model = build_model(toy_config())
    model.detr.model.backbone.model.load_state_dict(backbone.state_dict())
    with torch.no_grad():
        _initialise(model)
    return model


@torch.no_grad()
def _initialise(model: DetrForSegmentation) -> None:
    """DETR's own initialisation (xavier), and a head start in three places.

    Queries for things begin as the position of their cell, and cross-attention begins as
    "look there, copy what is there": a few channels are kept free of content for it.
    The attention maps that the mask head sees are about 1e-3, so their weights begin large.
    """
    detr: Any = model.detr.model  # torch: each part may be a tensor or a module
    for module in (detr.encoder, detr.decoder, model.detr.bbox_predictor, model.bbox_attention):
        for parameter in module.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
    nn.init.xavier_uniform_(detr.input_projection.weight)
    width = model.config.d_model
    channels = position_channels(width)

    for layer in (*detr.encoder.layers, *detr.decoder.layers):
        for name, module in layer.named_modules():
            if name.endswith("layer_norm"):
                module.weight[channels] = 0.05
        layer.mlp.fc2.weight *= 0.5
    detr.decoder.layernorm.weight[channels] = 0.05
    for layer in detr.encoder.layers:
        _attend_locally(layer.self_attn, channels, sharpness=(2.0, 4.0, 8.0))
    for layer in detr.decoder.layers:
        layer.self_attn.o_proj.weight *= 0.2
        _attend_locally(layer.encoder_attn, channels, sharpness=(1.0, 2.0, 4.0, 6.0, 8.0))
        nn.init.orthogonal_(layer.encoder_attn.v_proj.weight)
        layer.encoder_attn.o_proj.weight.copy_(layer.encoder_attn.v_proj.weight.T)

    queries = detr.query_position_embeddings.weight
    nn.init.normal_(queries, std=0.5)
    queries[:STUFF_QUERIES, channels] = 0
    queries[STUFF_QUERIES:] = position_embedding(anchors(), width)

    attention = model.bbox_attention
    attention.k_proj.weight.copy_(attention.q_proj.weight)
    heads = model.config.encoder_attention_heads
    model.mask_head.conv1.conv.weight[:, -heads:] *= 300

    classifier = model.detr.class_labels_classifier
    nn.init.normal_(classifier.weight, std=0.02)
    unused = torch.ones(classifier.out_features, dtype=torch.bool)
    unused[list(USED_LABELS)] = False
    classifier.weight[unused] = 0
    classifier.bias.zero_()
    classifier.bias[unused] = UNUSED_BIAS


def position_channels(width: int) -> list[int]:
    """Channels of the sine embedding that vary fast enough to tell places apart."""
    fast = list(range(2 * POSITION_FREQUENCIES))
    return fast + [width // 2 + channel for channel in fast]


def position_embedding(points: torch.Tensor, width: int) -> torch.Tensor:
    """Transformers' DetrSinePositionEmbedding at points (x, y) in 0..1: (N, 2) to (N, width)."""
    half = width // 2
    powers = 10000 ** (2 * (torch.arange(half) // 2) / half)
    angles = points.flip(1)[:, :, None] * 2 * math.pi / powers
    embedding = torch.stack([angles[..., 0::2].sin(), angles[..., 1::2].cos()], dim=-1)
    return embedding.flatten(1)


def _attend_locally(attention: Any, channels: list[int], sharpness: tuple) -> None:
    """Let the first heads attend to the neighbourhood: queries and keys read positions only."""
    for head, gain in enumerate(sharpness):
        rows = slice(head * attention.head_dim, (head + 1) * attention.head_dim)
        for projection in (attention.q_proj, attention.k_proj):
            projection.weight[rows] = 0
            scale = math.sqrt(gain * math.sqrt(attention.head_dim))
            projection.weight[rows][range(len(channels)), channels] = scale
