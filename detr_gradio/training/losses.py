"""DETR's losses: categories, boxes and masks of the matched queries (paper, sections 3.1 and 4.4).

Their weights are those of the checkpoint's ``config.json``. Two things are not the paper's: all
decoder layers share the matching of the last one, which saves time; and masks have plain
cross-entropy beside the dice loss, and no focal one, with which small data sets take longer.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.ops import generalized_box_iou
from transformers import DetrConfig, DetrForSegmentation

from .forward import Hidden, by_size, masks, padded, transform
from .matching import match, sample_rows
from .precision import half_precision

STRIDE = 4  # pixels of the input in a pixel of the masks
VOID = -1


@dataclass(frozen=True)
class Truth:
    """Ground truth of a picture with S segments.

    owner: (h, w) int16, the index of each input pixel's segment, ``VOID`` for none.
    labels: (S,) int64, index in the logits. boxes: (S, 4) float32, centre and size in 0..1.
    """

    owner: Tensor
    labels: Tensor
    boxes: Tensor


def corners(boxes: Tensor) -> Tensor:
    """Boxes (centre x, y, width, height) as (left, top, right, bottom)."""
    centre, half = boxes[..., :2], boxes[..., 2:] / 2
    return torch.cat([centre - half, centre + half], dim=-1)


def box_losses(predicted: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """L1 and generalised IoU loss, means over N boxes; 0 where there are none."""
    overlap = torch.diagonal(generalized_box_iou(corners(predicted), corners(target)))
    count = max(1, len(target))
    return (predicted - target).abs().sum() / count, (1 - overlap).sum() / count


def mask_losses(
    logits: Tensor, target: Tensor, known: Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Binary cross-entropy and dice loss, means over N masks.

    Args:
        logits: (N, h, w).
        target: (N, h, w), shares in 0..1.
        known: (N, h, w), the share of each pixel that counts; None for all.
    """
    if known is None:
        known = torch.ones_like(target)
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    entropy = (entropy * known).sum((1, 2)) / known.sum((1, 2)).clamp(min=1)
    shares = logits.sigmoid() * known
    overlap = 2 * (shares * target).sum((1, 2)) + 1
    dice = 1 - overlap / (shares.sum((1, 2)) + (target * known).sum((1, 2)) + 1)
    return entropy.mean(), dice.mean()


def mask_targets(owner: Tensor, segments: Tensor) -> Tensor:
    """Shares of 4 x 4 pixels that are a segment's: (B, H, W), (B, K) to (B, K, H/4, W/4)."""
    return F.avg_pool2d((owner[:, None] == segments[..., None, None]).float(), STRIDE)


def class_loss(logits: Tensor, matched: Tensor, labels: Sequence[Tensor], weight: float) -> Tensor:
    """Cross-entropy of all queries; those without a segment are to say "no object", the last label.

    Args:
        logits: (L, B, Q, C + 1).
        matched: (N, 3), as of ``match``.
        labels: of each picture's segments.
        weight: of "no object".
    """
    layers, _, _, count = logits.shape
    wanted = torch.full(logits.shape[1:3], count - 1, device=logits.device)
    for picture, label in enumerate(labels):
        own = matched[matched[:, 0] == picture]
        wanted[picture, own[:, 1]] = label[own[:, 2]]
    weights = torch.ones(count, device=logits.device)
    weights[-1] = weight
    return F.cross_entropy(
        logits.flatten(0, 2), wanted.repeat(layers, 1, 1).flatten(), weight=weights
    )


def set_losses(
    config: DetrConfig, logits: Tensor, boxes: Tensor, truths: Sequence[Truth]
) -> tuple[dict[str, Tensor], np.ndarray]:
    """Return the losses of categories and boxes, sums over the L layers; and the matching.

    Args:
        config: of the network.
        logits: (L, B, Q, C + 1).
        boxes: (L, B, Q, 4), in 0..1.
        truths: of B pictures.
    """
    with torch.no_grad():
        rows = match(
            config,
            logits[-1].softmax(-1).cpu().numpy(),
            boxes[-1].cpu().numpy(),
            [truth.labels.cpu().numpy() for truth in truths],
            [truth.boxes.cpu().numpy() for truth in truths],
        )
    matched, layers = torch.from_numpy(rows).to(logits.device), len(logits)
    naming = class_loss(logits, matched, [truth.labels for truth in truths], config.eos_coefficient)
    targets = [truths[picture].boxes[segment] for picture, _, segment in rows.tolist()]
    target = torch.stack(targets) if targets else boxes.new_zeros(0, 4)
    distance, overlap = box_losses(
        boxes[:, matched[:, 0], matched[:, 1]].flatten(0, 1), target.repeat(layers, 1)
    )
    return {
        "class": layers * naming,
        "box": config.bbox_loss_coefficient * layers * distance,
        "giou": config.giou_loss_coefficient * layers * overlap,
    }, rows


def sampled_mask_losses(
    model: DetrForSegmentation,
    hidden: Hidden,
    features: Sequence[Sequence[Tensor]],
    truths: Sequence[Truth],
    rows: np.ndarray,
    *,
    most: int,
    rng: np.random.Generator,
) -> dict[str, Tensor]:
    """Return the losses of masks of some matched queries, at most ``most`` of a picture."""
    config, device = model.config, hidden.layers.device
    entropies, dices, counts = [], [], []
    for pictures in by_size(features).values():
        seen = [picture for picture in pictures if (rows[:, 0] == picture).any()]
        if not seen:
            continue
        chosen = torch.from_numpy(sample_rows(rows, seen, most, rng)).to(device)
        height, width = features[seen[0]][-1].shape[1:]
        own = hidden.cropped(seen, height, width)
        index = chosen[..., 1][..., None].expand(-1, -1, hidden.layers.shape[-1])
        levels = zip(*(features[picture] for picture in seen), strict=True)
        fine = [torch.stack(level) for level in levels][:-1]
        with half_precision(device):
            logits = masks(model, own, fine, own.layers[-1].gather(1, index)).float()
        h, w = (STRIDE * side for side in logits.shape[-2:])
        owner = torch.stack(
            [
                F.pad(o, (0, w - o.shape[1], 0, h - o.shape[0]), value=VOID)
                for o in (truths[picture].owner for picture in seen)
            ]
        )
        target = mask_targets(owner, chosen[..., 2])
        known = 1 - mask_targets(owner, torch.full_like(chosen[:, :1, 2], VOID))
        known = known.expand_as(target)
        parts = mask_losses(logits.flatten(0, 1), target.flatten(0, 1), known.flatten(0, 1))
        entropies.append(parts[0])
        dices.append(parts[1])
        counts.append(len(seen))
    if not counts:  # nothing, but a part of the graph, as other processes expect it
        nothing = 0 * torch.stack([p.sum() for p in model.mask_head.parameters()]).sum()
        return {"mask": nothing, "dice": nothing}
    weight = torch.tensor(counts, device=device) / sum(counts)
    return {
        "mask": config.mask_loss_coefficient * (torch.stack(entropies) * weight).sum(),
        "dice": config.dice_loss_coefficient * (torch.stack(dices) * weight).sum(),
    }


def total_loss(
    model: DetrForSegmentation,
    features: Sequence[Sequence[Tensor]],
    truths: Sequence[Truth],
    *,
    masks_per_picture: int,
    rng: np.random.Generator,
    masks_alone: bool = False,
) -> dict[str, Tensor]:
    """Return the parts of the loss of a batch of pictures of any sizes.

    Args:
        model: the network.
        features: of each picture, the backbone's maps from fine to coarse, (C, h, w) each.
        truths: of each picture.
        masks_per_picture: at most so many masks of a picture; 0 for none.
        rng: chooses them.
        masks_alone: whether only the mask head is to learn.
    """
    coarse, valid = padded([levels[-1] for levels in features])
    with torch.set_grad_enabled(not masks_alone):
        with half_precision(coarse.device):
            hidden = transform(model, coarse, valid).float()
        logits = model.detr.class_labels_classifier(hidden.layers)
        boxes = model.detr.bbox_predictor(hidden.layers).sigmoid()
        parts, rows = set_losses(model.config, logits, boxes, truths)
    if masks_per_picture:
        most = masks_per_picture
        more = sampled_mask_losses(model, hidden, features, truths, rows, most=most, rng=rng)
        parts = more if masks_alone else parts | more
    return parts
