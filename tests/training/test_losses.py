"""The losses, worked out by hand; and pictures of different sizes in one batch."""

import math

import numpy as np
import pytest
import torch
from transformers import DetrConfig

from detr_gradio.checkpoints.loading import load
from detr_gradio.training.features import backbone_of, maps_of
from detr_gradio.training.forward import masks, padded, transform
from detr_gradio.training.losses import (
    VOID,
    Truth,
    box_losses,
    class_loss,
    corners,
    mask_losses,
    mask_targets,
    set_losses,
    total_loss,
)

SIZES = ((64, 96), (96, 64), (64, 96), (80, 112))


def test_boxes():
    assert corners(torch.tensor([0.5, 0.5, 0.2, 0.4])).tolist() == pytest.approx(
        [0.4, 0.3, 0.6, 0.7]
    )
    box = torch.tensor([[0.5, 0.5, 0.2, 0.4]])
    assert [float(loss) for loss in box_losses(box, box)] == pytest.approx([0, 0], abs=1e-6)
    # Unit squares side by side: L1 1, IoU 0, hull without a gap, so GIoU 0.
    left, right = torch.tensor([[0.5, 0.5, 1.0, 1.0]]), torch.tensor([[1.5, 0.5, 1.0, 1.0]])
    assert [float(loss) for loss in box_losses(left, right)] == pytest.approx([1, 1])
    assert [float(loss) for loss in box_losses(box[:0], box[:0])] == [0, 0]


def test_masks():
    owner = torch.zeros(1, 8, 8, dtype=torch.uint8)
    owner[0, :4, :2] = 1
    shares = mask_targets(owner, torch.tensor([[0, 1]]))
    assert shares[0, 0].tolist() == [[0.5, 1.0], [1.0, 1.0]]
    assert shares[0, 1].tolist() == [[0.5, 0.0], [0.0, 0.0]]
    sure = torch.tensor([[[20.0, -20.0]]])
    entropy, dice = mask_losses(sure, torch.tensor([[[1.0, 0.0]]]))
    assert float(entropy) == pytest.approx(0, abs=1e-6)
    assert float(dice) == pytest.approx(0, abs=1e-6)
    entropy, dice = mask_losses(sure, torch.tensor([[[0.0, 1.0]]]))
    assert float(entropy) == pytest.approx(20)
    assert float(dice) == pytest.approx(1 - 1 / 3)


def test_void_says_nothing_of_masks():
    target, known = torch.tensor([[[1.0, 0.0, 0.0]]]), torch.tensor([[[1.0, 1.0, 0.0]]])
    parts = [mask_losses(torch.tensor([[[3.0, -3.0, v]]]), target, known) for v in (-9.0, 9.0)]
    assert parts[0] == parts[1]
    assert float(parts[0][0]) == pytest.approx(math.log1p(math.exp(-3)), rel=1e-5)


def test_no_object_weighs_what_it_should():
    logits = torch.zeros(1, 1, 4, 3)
    logits[0, 0, 0] = torch.tensor([2.0, 0.0, 0.0])
    found = class_loss(logits, torch.tensor([[0, 0, 0]]), [torch.tensor([0])], weight=0.25)
    right, none = math.log(1 + 2 * math.exp(-2)), math.log(3)
    assert float(found) == pytest.approx((right + 3 * 0.25 * none) / 1.75, rel=1e-5)


def test_the_weights_are_those_of_the_configuration():
    config = DetrConfig(eos_coefficient=1.0, bbox_loss_coefficient=3, giou_loss_coefficient=7)
    boxes = torch.tensor([[[[0.5, 0.5, 0.2, 0.2]]]]).repeat(2, 1, 1, 1)
    truth = Truth(torch.zeros(4, 4), torch.tensor([1]), torch.tensor([[0.5, 0.5, 0.4, 0.2]]))
    parts, rows = set_losses(config, torch.zeros(2, 1, 1, 4), boxes, [truth])
    assert rows.tolist() == [[0, 0, 0]]
    # Two decoder layers, a box half as wide as it should be, four labels.
    wanted = {"class": 2 * math.log(4), "box": 2 * 3 * 0.2, "giou": 2 * 7 * 0.5}
    assert {name: float(part) for name, part in parts.items()} == pytest.approx(wanted)


@pytest.fixture(scope="module")
def network(small_folder):
    return load(small_folder, trainable=True).model


@pytest.fixture(scope="module")
def batch(network):
    """Features of four pictures of three sizes, and their truths."""
    noise = torch.Generator().manual_seed(3)
    pictures = [torch.randn(3, *size, generator=noise) for size in SIZES]
    with torch.no_grad():
        features = maps_of(backbone_of(network, frozen=True), pictures)
    truths = []
    for number, (height, width) in enumerate(SIZES):
        owner = torch.full((height, width), VOID, dtype=torch.int16)
        owner[: height // 2] = 0
        owner[height // 2 :, 8 : 30 + number] = 1
        boxes = torch.tensor([[0.5, 0.25, 1, 0.5], [0.3, 0.75, 0.3, 0.5]])
        truths.append(Truth(owner, torch.tensor([187, number]), boxes))
    return pictures, features, truths


def outputs(network, features):
    """Logits and boxes of all queries, and masks of three, of each picture."""
    coarse, valid = padded([levels[-1] for levels in features])
    hidden = transform(network, coarse, valid)
    found = []
    for index, levels in enumerate(features):
        own = hidden.cropped([index], *levels[-1].shape[1:])
        fine = [level[None] for level in levels[:-1]]
        heads = network.detr.class_labels_classifier, network.detr.bbox_predictor
        logits, boxes = (head(hidden.layers[:, index]) for head in heads)
        found.append((logits, boxes, masks(network, own, fine, own.layers[-1][:, [3, 7, 11]])[0]))
    return found


def test_a_picture_alone_and_in_a_padded_batch(network, batch):
    _, features, _ = batch
    with torch.no_grad():
        together = outputs(network, features)
        for index, levels in enumerate(features):
            for one, other in zip(together[index], outputs(network, [levels])[0], strict=True):
                torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_alone_it_is_transformers_own_output(network, batch):
    pictures, features, _ = batch
    with torch.no_grad():
        for picture, levels in zip(pictures, features, strict=True):
            wanted = network(picture[None])
            ((logits, boxes, found),) = outputs(network, [levels])
            torch.testing.assert_close(logits[-1], wanted.logits[0], rtol=1e-3, atol=1e-3)
            torch.testing.assert_close(boxes[-1].sigmoid(), wanted.pred_boxes[0], atol=1e-3, rtol=0)
            for mask, query in zip(found, (3, 7, 11), strict=True):
                torch.testing.assert_close(mask, wanted.pred_masks[0, query], rtol=0, atol=1e-2)


def test_without_its_mask_the_padding_would_be_seen(network, batch):
    """The control of the tests above."""
    _, features, _ = batch
    coarse, valid = padded([levels[-1] for levels in features])
    assert valid is not None
    with torch.no_grad():
        unmasked = transform(network, coarse).layers[-1]
        masked = transform(network, coarse, valid).layers[-1]
    assert (unmasked - masked).abs().max() > 0.01


def parts_of(network, features, truths):
    rng = np.random.default_rng(0)
    found = total_loss(network, features, truths, masks_per_picture=9, rng=rng)
    return {name: part.detach() for name, part in found.items()}


def test_the_loss_of_a_batch_is_that_of_its_pictures(network, batch):
    """Each has as many queries and segments as the others: it is their mean."""
    _, features, truths = batch
    with torch.no_grad():
        together = parts_of(network, features, truths)
        alone = [parts_of(network, [f], [t]) for f, t in zip(features, truths, strict=True)]
    assert set(together) == {"class", "box", "giou", "mask", "dice"}
    for name, part in together.items():
        mean = torch.stack([each[name] for each in alone]).mean()
        torch.testing.assert_close(part, mean, rtol=1e-4, atol=1e-4)


def test_gradients_reach_every_part(network, batch):
    _, features, truths = batch
    network.zero_grad()
    chance = np.random.default_rng(0)
    parts = total_loss(network, features, truths, masks_per_picture=2, rng=chance)
    torch.stack(list(parts.values())).sum().backward()
    without = [
        name
        for name, parameter in network.named_parameters()
        if "backbone" not in name
        and name.endswith("weight")
        and "decoder.layers.0.self_attn" not in name  # of zeros: all queries are alike there
        and (parameter.grad is None or not parameter.grad.any())
    ]
    assert without == []
    network.zero_grad()
