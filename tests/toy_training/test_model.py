"""The network that is trained is transformers' own, and starts as it is meant to."""

import numpy as np
import pytest
import torch

from detr_gradio.training.forward import FULL_PRECISION_ATTENTION, masks, transform
from detr_gradio.training.precision import half_precision
from training.backbone import fast_backbone, imagenet_backbone, network_input
from training.model import (
    GRID,
    NO_OBJECT,
    QUERIES,
    STUFF_QUERIES,
    USED_LABELS,
    anchors,
    new_model,
    position_embedding,
)
from training.scenes import draw_scene


@pytest.fixture(scope="module")
def model():
    return new_model()


@pytest.fixture(scope="module")
def pixels():
    scenes = [draw_scene(seed, 384, 288).image for seed in range(2)]
    return torch.from_numpy(np.stack([network_input(image) for image in scenes]))


def test_input_is_normalised_as_the_backbone_expects():
    image = np.full((480, 640, 3), 255, np.uint8)
    image[:, :, 1] = 127
    ready = network_input(image)
    assert ready.shape == (3, 288, 384)
    np.testing.assert_allclose(ready[:, 5, 5], [1, 0, 1], atol=1e-6)  # (value - 127) / 128


def test_fused_features_are_those_of_the_model(model, pixels):
    batch = pixels.repeat(8, 1, 1, 1)
    with torch.inference_mode():
        expected = model.detr.model.backbone(batch, torch.ones(16, 288, 384))
        for feature, (wanted, _mask) in zip(fast_backbone()(batch), expected, strict=True):
            torch.testing.assert_close(feature, wanted, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("attention", ["sdpa", FULL_PRECISION_ATTENTION])
def test_training_computes_what_transformers_computes(pixels, attention):
    torch.manual_seed(1)
    shaken = new_model(seed=2)
    with torch.no_grad():
        for parameter in shaken.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))
        # The masks of an untrained network hardly depend on the query.
        shaken.bbox_attention.q_proj.weight *= 4
        shaken.mask_head.conv1.conv.weight[:, -8:] *= 30
    with torch.no_grad():
        expected = shaken(pixels)
        shaken.set_attn_implementation(attention)
        features = list(imagenet_backbone()(pixels))
        hidden = transform(shaken, features[-1])
        logits = shaken.detr.class_labels_classifier(hidden.layers[-1])
        chosen = torch.tensor([[3, 20, 41], [0, 57, 9]])
        index = chosen[..., None].expand(-1, -1, hidden.layers.shape[-1])
        found = masks(shaken, hidden, features[:-1], hidden.layers[-1].gather(1, index))
    torch.testing.assert_close(logits, expected.logits, rtol=1e-4, atol=1e-4)
    wanted = torch.stack([expected.pred_masks[i, chosen[i]] for i in range(2)])
    assert (wanted[0, 0] - wanted[0, 1]).abs().max() > 2e-4, "masks must differ between queries"
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5)


def test_half_precision_is_near_full_precision(model, pixels):
    with torch.no_grad():
        features = list(imagenet_backbone()(pixels))
        full = transform(model, features[-1])
        with half_precision():
            half = transform(model, features[-1]).float()
            logits = masks(model, half, features[:-1], half.layers[-1][:, :3]).float()
        wanted = masks(model, full, features[:-1], full.layers[-1][:, :3])
    assert half.layers.dtype == torch.float32
    torch.testing.assert_close(half.layers, full.layers, rtol=0, atol=0.1)
    torch.testing.assert_close(logits, wanted, rtol=0, atol=0.05 * float(wanted.std()) + 0.02)


def test_a_query_for_things_begins_by_looking_at_its_cell(model):
    attention = model.detr.model.decoder.layers[0].encoder_attn
    rows, columns = 18, 24
    y, x = torch.meshgrid(
        (torch.arange(rows) + 1) / rows, (torch.arange(columns) + 1) / columns, indexing="ij"
    )
    keys = position_embedding(torch.stack([x.flatten(), y.flatten()], 1), 128)
    queries = model.detr.model.query_position_embeddings.weight[STUFF_QUERIES:]
    with torch.no_grad():
        sharp = slice(4 * attention.head_dim, 5 * attention.head_dim)
        scores = attention.q_proj(queries)[:, sharp] @ attention.k_proj(keys)[:, sharp].T
    peak = scores.argmax(1)
    found = torch.stack([x.flatten()[peak], y.flatten()[peak]], 1)
    cell = torch.tensor([1 / GRID[1], 1 / GRID[0]])
    assert ((found - anchors()).abs() <= 0.51 * cell).all()


def test_labels_without_scenes_are_never_predicted(model):
    bias = model.detr.class_labels_classifier.bias
    weight = model.detr.class_labels_classifier.weight
    unused = sorted(set(range(NO_OBJECT + 1)) - set(USED_LABELS))
    assert len(USED_LABELS) == 39
    assert (bias[unused] == -20).all()
    assert (weight[unused] == 0).all()
    assert model.detr.model.query_position_embeddings.num_embeddings == QUERIES == 58
