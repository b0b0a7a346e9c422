"""DETR's losses: Hungarian matching, then categories, boxes and masks.

Beyond DETR's recipe (paper, sections 3.1 and 4.4), to learn within hours on a laptop:
* Matching knows the place of each query. A stuff category always goes to its own query, and the
  cost of a thing includes the distance to the query's cell. Matches are stable from the start.
* All decoder layers share the matching of the last.
* The two heads are also applied to the encoder's tokens, which say what each one shows and the
  box of the thing that it belongs to. A third head, which only training has, asks each token how
  far away the thing's centre is: that decides which query a thing belongs to.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import DetrForSegmentation

from detr_gradio.training.forward import Hidden, masks
from detr_gradio.training.losses import box_losses, mask_losses, mask_targets
from detr_gradio.training.matching import sample_rows
from detr_gradio.training.precision import half_precision
from training.backdrop import STUFF
from training.model import GRID, STUFF_QUERIES, USED_LABELS, anchors

THING_WEIGHT = 1.5  # 28 of the categories are things, but most tokens and queries are not
DISTANCE_COST = 1.5  # for each cell between a thing's centre and its query's cell
COLUMN = np.full(256, -1)
COLUMN[list(USED_LABELS)] = np.arange(len(USED_LABELS))
STUFF_QUERY = {category: index for index, category in enumerate(STUFF)}


@dataclass(frozen=True)
class Targets:
    """Ground truth of B pictures with up to S segments, see `training.features.annotations`.

    owner: (B, 288, 384) uint8. category: (B, S) int64, 0 for none. box: (B, S, 4) float32.
    token: (B, h, w) int64.
    """

    owner: Tensor
    category: Tensor
    box: Tensor
    token: Tensor


def class_logits(model: DetrForSegmentation, hidden: Tensor) -> Tensor:
    """Logits of the labels in use, no-object last: (..., D) to (..., 39)."""
    head = model.detr.class_labels_classifier
    used = torch.tensor(USED_LABELS)
    return F.linear(hidden, head.weight[used], head.bias[used])


def match(probabilities: np.ndarray, boxes: np.ndarray, category: np.ndarray, box: np.ndarray):
    """Assign every segment of every picture to a query.

    Args:
        probabilities: (B, Q, 39), predicted, of the labels in use.
        boxes: (B, Q, 4), predicted.
        category: (B, S), true, 0 for none.
        box: (B, S, 4), true.

    Returns:
        (N, 3) int64 rows of picture, query, segment.
    """
    cells = np.array(GRID[::-1])
    anchor = anchors().numpy() * cells
    rows = []
    for picture in range(len(category)):
        present = category[picture]
        rows.extend(
            (picture, STUFF_QUERY[present[segment]], segment)
            for segment in np.flatnonzero(present > 90)
        )
        things = np.flatnonzero((present > 0) & (present <= 90))
        if len(things):
            distance = np.linalg.norm(
                anchor[:, None] - box[picture, things, :2][None] * cells, axis=-1
            )
            said = probabilities[picture, STUFF_QUERIES:][:, COLUMN[present[things]]]
            off = np.abs(boxes[picture, STUFF_QUERIES:, None] - box[picture, things][None]).sum(-1)
            queries, chosen = linear_sum_assignment(DISTANCE_COST * distance - said + 2 * off)
            rows.extend(
                (picture, query + STUFF_QUERIES, things[index])
                for query, index in zip(queries, chosen, strict=True)
            )
    return np.array(rows, np.int64).reshape(-1, 3)


def dense_losses(
    model: DetrForSegmentation, centre_head: nn.Linear, memory: Tensor, targets: Targets
) -> tuple[Tensor, Tensor, Tensor]:
    """What the encoder's tokens say: cross-entropy of categories, L1 of boxes and of centres.

    Centres are relative to the token, in cells of the queries for things.

    The tokens of things and those of stuff weigh as much as each other, however many there are.
    """
    token = targets.token.flatten(1)
    category = targets.category.gather(1, token)
    on_thing = category <= 90
    entropy = F.cross_entropy(
        class_logits(model, memory).transpose(1, 2),
        torch.from_numpy(COLUMN)[category],
        reduction="none",
    )
    things, stuff = entropy[on_thing], entropy[~on_thing]
    naming = (things.sum() / max(1, len(things)) + stuff.sum() / max(1, len(stuff))) / 2
    target = targets.box.gather(1, token[..., None].expand(-1, -1, 4))[on_thing]
    predicted = model.detr.bbox_predictor(memory[on_thing]).sigmoid()
    count = max(1, len(target))
    distance = (predicted - target).abs().sum() / count
    rows, columns = targets.token.shape[1:]
    y, x = torch.meshgrid(
        (torch.arange(rows) + 0.5) / rows, (torch.arange(columns) + 0.5) / columns, indexing="ij"
    )
    places = torch.stack([x.flatten(), y.flatten()], 1).expand(len(memory), -1, -1)[on_thing]
    offset = (target[:, :2] - places) * torch.tensor([float(cells) for cells in GRID[::-1]])
    centre = (centre_head(memory[on_thing]) - offset).abs().sum() / count
    return naming, distance, centre


def total_loss(
    model: DetrForSegmentation,
    centre_head: nn.Linear,
    hidden: Hidden,
    features: list[Tensor],
    targets: Targets,
    *,
    masks_per_picture: int,
    rng: np.random.Generator,
) -> tuple[Tensor, dict[str, float]]:
    """The loss of a batch, and its parts."""
    config = model.config
    logits = class_logits(model, hidden.layers)
    boxes = model.detr.bbox_predictor(hidden.layers).sigmoid()
    with torch.no_grad():
        matched = match(
            logits[-1].softmax(-1).numpy(),
            boxes[-1].numpy(),
            targets.category.numpy(),
            targets.box.numpy(),
        )
    picture, query, segment = torch.from_numpy(matched).T
    layers = len(logits)

    label = torch.full(logits.shape[1:3], len(USED_LABELS) - 1)
    label[picture, query] = torch.from_numpy(COLUMN)[targets.category[picture, segment]]
    weight = torch.tensor([THING_WEIGHT if kind <= 90 else 1.0 for kind in USED_LABELS])
    weight[-1] = config.eos_coefficient
    naming = F.cross_entropy(
        logits.flatten(0, 2), label.repeat(layers, 1, 1).flatten(), weight=weight
    )
    distance, overlap = box_losses(
        boxes[:, picture, query].flatten(0, 1), targets.box[picture, segment].repeat(layers, 1)
    )
    token_naming, token_distance, token_centre = dense_losses(
        model, centre_head, hidden.memory, targets
    )
    parts = {
        "class": layers * naming,
        "box": config.bbox_loss_coefficient * layers * distance,
        "giou": config.giou_loss_coefficient * layers * overlap,
        "token class": 2 * token_naming,
        "token box": 2 * token_distance,
        "token centre": token_centre,
    }
    if masks_per_picture:
        rows = sample_rows(matched, range(len(label)), masks_per_picture, rng)
        queries, segments = torch.from_numpy(rows[..., 1:]).unbind(-1)
        index = queries[..., None].expand(-1, -1, hidden.layers.shape[-1])
        with half_precision():
            predicted = masks(model, hidden, features[:-1], hidden.layers[-1].gather(1, index))
        wanted = mask_targets(targets.owner, segments)
        entropy, dice = mask_losses(predicted.float().flatten(0, 1), wanted.flatten(0, 1))
        parts["mask"] = config.mask_loss_coefficient * entropy
        parts["dice"] = config.dice_loss_coefficient * dice
    total = sum(parts.values(), start=torch.zeros(()))
    return total, {name: float(part.detach()) for name, part in parts.items()}
