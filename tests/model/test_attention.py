"""Attention: equal to transformers' eager weights, and what follows from it."""

import threading

import numpy as np
import pytest
import torch

from detr_gradio.checkpoints.loading import load
from detr_gradio.model.attention import encode, record
from detr_gradio.model.attention_record import AttentionRecord
from detr_gradio.model.network import Network
from detr_gradio.result.coco import COCO
from detr_gradio.segmenter import Segmenter
from tests.support.factories import SMALL, write_checkpoint

IMAGE = np.random.default_rng(3).integers(0, 256, (96, 160, 3), np.uint8)
PIXELS = torch.randn(1, 3, 96, 160, generator=torch.Generator().manual_seed(3))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_checkpoint(
        tmp_path_factory.mktemp("checkpoint"), IMAGE, kept=6, shortest_edge=96, **SMALL
    )


@pytest.fixture(scope="module")
def eager(folder):
    """What transformers says, with its own weights of attention."""
    model = load(folder).model
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        return model(PIXELS, output_attentions=True)


@pytest.fixture(scope="module")
def recorded(folder) -> AttentionRecord:
    model = load(folder).model
    return record(model, encode(model, PIXELS), COCO)


def test_cross_attention_equals_transformers(recorded, eager):
    expected = eager.cross_attentions[-1][0].transpose(0, 1).numpy()
    assert expected.shape == (20, 8, 15)
    assert recorded.cross_attention.shape == (20, 8, 3, 5)
    np.testing.assert_allclose(recorded.cross_attention.reshape(20, 8, 15), expected, atol=1e-5)
    # Queries and heads differ, so that a mix-up would show.
    assert np.ptp(expected, axis=0).max() > 0.01
    assert np.ptp(expected, axis=1).max() > 0.01


def test_encoder_attention_from_a_point_equals_transformers(recorded, eager):
    expected = eager.encoder_attentions[-1][0].numpy()
    for row, column in ((0, 0), (1, 3), (2, 4)):
        np.testing.assert_allclose(
            recorded.from_point(row, column).reshape(8, 15),
            expected[:, row * 5 + column],
            atol=1e-5,
        )
    assert np.ptp(expected, axis=1).max() > 0.01


def test_encoder_attention_to_a_point_equals_transformers(recorded, eager):
    expected = eager.encoder_attentions[-1][0].numpy()
    for row, column in ((0, 0), (1, 3), (2, 4)):
        np.testing.assert_allclose(
            recorded.to_point(row, column).reshape(8, 15),
            expected[:, :, row * 5 + column],
            atol=1e-5,
        )


def test_what_the_queries_say_equals_transformers(recorded, eager):
    np.testing.assert_allclose(
        recorded.probabilities, eager.logits[0].softmax(-1).numpy(), atol=1e-4
    )
    np.testing.assert_allclose(recorded.boxes, eager.pred_boxes[0].numpy(), atol=1e-4)


def test_mask_attention_is_what_the_mask_head_sees(folder, recorded):
    model, seen = load(folder).model, []
    model.bbox_attention.register_forward_hook(lambda _m, _i, output: seen.append(output))
    with torch.inference_mode():
        model(PIXELS)
    np.testing.assert_allclose(recorded.mask_attention, seen[0][0].numpy(), atol=1e-5)
    assert np.ptp(recorded.mask_attention, axis=0).max() > 1e-3


def test_weights_sum_to_one(recorded):
    np.testing.assert_allclose(recorded.cross_attention.sum((2, 3)), 1, atol=1e-5)
    np.testing.assert_allclose(recorded.mask_attention.sum((1, 2, 3)), 1, atol=1e-5)
    np.testing.assert_allclose(recorded.from_point(1, 1).sum((1, 2)), 1, atol=1e-5)


def test_a_wrong_weight_would_show(folder, eager):
    """Negative control: one projection changed by a percent moves the maps past the tolerance."""
    model = load(folder).model
    with torch.no_grad():
        model.detr.model.decoder.layers[-1].encoder_attn.k_proj.weight.mul_(1.01)
    moved = record(model, encode(model, PIXELS), COCO).cross_attention.reshape(20, 8, 15)
    expected = eager.cross_attentions[-1][0].transpose(0, 1).numpy()
    assert np.abs(moved - expected).max() > 1e-4


def test_features_are_the_energy_of_each_stage(folder, recorded):
    model = load(folder).model
    with torch.inference_mode():
        stages = [stage[0].numpy() for stage in model.detr.model.backbone.model(PIXELS)]
    assert recorded.channels == (64, 128, 256, 512)
    for energy, stage in zip(recorded.features, stages, strict=True):
        np.testing.assert_allclose(energy, np.sqrt((stage**2).mean(0)), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("point", "cell"),
    [((0, 0), (0, 0)), ((0.5, 0.5), (1, 2)), ((0.99, 0.2), (0, 4)), ((1, 1), (2, 4))],
)
def test_a_point_falls_into_a_cell(recorded, point, cell):
    assert recorded.cell(*point) == cell


def test_top_categories_are_the_most_likely_known_ones(recorded):
    for query in range(20):
        top = recorded.top_categories(query)
        assert len(top) == 5
        probabilities = [probability for _, probability in top]
        assert probabilities == sorted(probabilities, reverse=True)
        assert all(category is None or category in COCO.table for category, _ in top)
        assert probabilities[0] == pytest.approx(recorded.probabilities[query].max())


def test_recording_leaves_the_network_as_it_is(folder):
    """Predictions of one thread are the same while others record."""
    loaded = load(folder)
    segmenter = Segmenter(loaded.checkpoint, Network(loaded))
    before = segmenter.network.predict(IMAGE)
    threads = [threading.Thread(target=segmenter.network.record, args=(IMAGE,)) for _ in range(3)]
    for thread in threads:
        thread.start()
    during = [segmenter.network.predict(IMAGE) for _ in range(3)]
    for thread in threads:
        thread.join()
    for predictions in during:
        np.testing.assert_array_equal(predictions.mask_logits, before.mask_logits)


def test_the_segmenter_keeps_what_it_recorded(folder):
    loaded = load(folder)
    segmenter = Segmenter(loaded.checkpoint, Network(loaded))
    first = segmenter.attention(IMAGE)
    assert segmenter.attention(IMAGE) is first
    assert segmenter.attention(IMAGE, detail=64) is not first
    predictions = segmenter.predict(IMAGE)
    np.testing.assert_allclose(
        first.probabilities[predictions.queries], predictions.probabilities, atol=1e-4
    )
    np.testing.assert_allclose(first.boxes[predictions.queries], predictions.boxes, atol=1e-4)


def test_the_last_picture_needs_no_backbone_and_records_the_same(folder, monkeypatch):
    loaded = load(folder)
    network = Network(loaded)
    expected = network.record(IMAGE)
    network.predict(IMAGE)

    def fail(model, pixels):
        raise AssertionError("the backbone ran again")

    monkeypatch.setattr("detr_gradio.model.network.encode", fail)
    again = network.record(IMAGE)
    np.testing.assert_array_equal(again.cross_attention, expected.cross_attention)
    for energy, other in zip(again.features, expected.features, strict=True):
        np.testing.assert_array_equal(energy, other)
    # Another picture, or the same one at another size, is another matter.
    for image, detail in ((IMAGE[:, ::-1].copy(), None), (IMAGE, 64)):
        with pytest.raises(AssertionError, match="ran again"):
            network.record(image, detail)
