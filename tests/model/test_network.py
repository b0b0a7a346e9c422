"""The network against transformers, on checkpoints whose every part matters (see factories)."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import DetrForSegmentation, DetrImageProcessorPil

from detr_gradio.checkpoints.loading import load
from detr_gradio.messages import UserError
from detr_gradio.model import network as network_module
from detr_gradio.model.device import switch_tf32_off
from detr_gradio.model.network import Network, _in_another_thread
from detr_gradio.result.options import MIN_THRESHOLD
from tests.support.factories import write_checkpoint
from tests.support.half_precision import needs_bfloat16

KEPT = 15
CONFIGURATIONS = {
    "resnet50": {"backbone": "resnet50"},
    "resnet50-dc5": {"backbone": "resnet50", "dilation": True},
    "resnet101": {"backbone": "resnet101"},
}


@pytest.fixture(
    scope="module",
    params=[
        "resnet50",
        pytest.param("resnet50-dc5", marks=pytest.mark.slow),
        pytest.param("resnet101", marks=pytest.mark.slow),
    ],
)
def folder(request, picture, tmp_path_factory):
    """A checkpoint of a published architecture, for an input of about 192 x 256."""
    return write_checkpoint(
        tmp_path_factory.mktemp(request.param),
        picture,
        kept=KEPT,
        shortest_edge=192,
        longest_edge=320,
        **CONFIGURATIONS[request.param],
    )


@pytest.fixture(scope="module")
def theirs(folder, picture):
    """What transformers says: logits, boxes and masks of all queries."""
    model = DetrForSegmentation.from_pretrained(folder).eval()
    inputs = DetrImageProcessorPil.from_pretrained(folder)(
        images=Image.fromarray(picture), return_tensors="pt"
    )
    with torch.inference_mode():
        return model(**inputs)


def test_equals_transformers(folder, picture, theirs):
    ours = Network(load(folder)).predict(picture)
    probabilities = theirs.logits[0].softmax(-1)
    scores, labels = probabilities[:, :-1].max(-1)
    kept = (scores > MIN_THRESHOLD).nonzero()[:, 0].numpy()
    masks = theirs.pred_masks[0, kept].numpy()

    # What makes the comparison worth something: as many masks as asked for, all of them different.
    assert abs(len(kept) - KEPT) <= 3
    differences = np.abs(masks[:, None] - masks[None]).mean((2, 3))
    assert (differences[~np.eye(len(kept), dtype=bool)] > 0.1 * masks.std()).all()
    assert len(np.unique(masks.argmax(0))) > len(kept) / 2

    assert ours.queries.tolist() == kept.tolist()
    assert ours.category_ids.tolist() == labels[kept].tolist()
    assert ours.image_size == picture.shape[:2]
    np.testing.assert_allclose(ours.scores, scores[kept].numpy(), rtol=0, atol=1e-4)
    np.testing.assert_allclose(ours.probabilities, probabilities[kept].numpy(), rtol=0, atol=1e-4)
    np.testing.assert_allclose(ours.boxes, theirs.pred_boxes[0, kept].numpy(), rtol=0, atol=1e-4)
    np.testing.assert_allclose(ours.mask_logits, masks, rtol=0, atol=1e-4)
    assert (ours.mask_logits.argmax(0) == masks.argmax(0)).mean() >= 0.9999


@pytest.mark.parametrize(
    "name",
    [
        "mask_head.lay1.weight",
        "mask_head.adapter3.weight",
        "bbox_attention.k_linear.weight",
        "detr.model.backbone.conv_encoder.model.layer2.0.bn2.running_var",
        "detr.model.encoder.layers.1.fc1.weight",
        "detr.model.decoder.layers.0.encoder_attn.out_proj.weight",
    ],
)
def test_one_weight_moves_the_masks(name, small_folder, picture, tmp_path):
    before = Network(load(small_folder)).predict(picture)
    weights = load_file(small_folder / "model.safetensors")
    weights[name] = weights[name] * 1.01
    for file in ("config.json", "preprocessor_config.json"):
        (tmp_path / file).write_bytes((small_folder / file).read_bytes())
    save_file(weights, tmp_path / "model.safetensors")
    after = Network(load(tmp_path)).predict(picture)
    common = np.intersect1d(before.queries, after.queries)
    moved = (
        before.mask_logits[np.isin(before.queries, common)]
        - after.mask_logits[np.isin(after.queries, common)]
    )
    assert len(common) > 3
    assert np.abs(moved).max() > 3e-4  # three times what counts as equal above


def test_float32_is_computed_in_full_on_nvidia_gpus():
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = True
    switch_tf32_off()
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32


def test_fast_is_exact_where_it_does_not_pay(small_folder, picture, monkeypatch):
    monkeypatch.setattr(network_module, "bfloat16_pays", lambda: False)
    network = Network(load(small_folder), precision="fast")
    assert network.precision == "exact"
    np.testing.assert_array_equal(
        network.predict(picture).mask_logits,
        Network(load(small_folder)).predict(picture).mask_logits,
    )


def test_detail_scales_the_input(small_folder):
    network = Network(load(small_folder))  # 192, at most 320
    assert network.input_size(480, 640, 96) == (96, 128)
    assert network.input_size(100, 400, 96) == (40, 160)


def test_nothing_kept_gives_no_masks(small_folder, picture, tmp_path):
    weights = load_file(small_folder / "model.safetensors")
    weights["detr.class_labels_classifier.bias"][-1] = 1000
    for file in ("config.json", "preprocessor_config.json"):
        (tmp_path / file).write_bytes((small_folder / file).read_bytes())
    save_file(weights, tmp_path / "model.safetensors")
    predictions = Network(load(tmp_path)).predict(picture)
    height, width = predictions.input_size
    assert predictions.queries.shape == (0,)
    assert predictions.mask_logits.shape == (0, -(-height // 4), -(-width // 4))


def test_many_queries_are_the_same_in_any_company(small_folder, picture):
    """Masks are computed some at a time; each is the same whatever else is kept."""
    network = Network(load(small_folder))
    predictions = network.predict(picture)
    assert len(predictions.queries) > 8  # more than two rounds
    again = network.predict(picture)
    for name in ("queries", "scores", "probabilities", "boxes", "mask_logits"):
        np.testing.assert_array_equal(getattr(predictions, name), getattr(again, name))


@needs_bfloat16
def test_fast_finds_nearly_the_same(small_folder, picture, monkeypatch):
    exact = Network(load(small_folder))
    expected = exact.predict(picture)
    monkeypatch.setattr(network_module, "bfloat16_pays", lambda: True)
    network = Network(load(small_folder), precision="fast")
    fast = network.predict(picture)
    assert (exact.precision, network.precision) == ("exact", "fast")
    assert all(
        getattr(fast, name).dtype == np.float32
        for name in ("scores", "probabilities", "boxes", "mask_logits")
    )
    common, ours, theirs = np.intersect1d(fast.queries, expected.queries, return_indices=True)
    assert len(common) > 0.6 * len(expected.queries)
    difference = np.abs(fast.mask_logits[ours] - expected.mask_logits[theirs])
    assert 0 < np.median(difference) < 0.1 * expected.mask_logits.std()
    # Where it looks, of the picture predicted last and of another one.
    for other in (picture, picture[::-1].copy()):
        maps = network.record(other).features[0], exact.record(other).features[0]
        np.testing.assert_allclose(*maps, rtol=0.05, atol=0.01)


@pytest.mark.filterwarnings("error")
def test_a_read_only_picture_is_fine(small_folder, picture):
    network = Network(load(small_folder))
    locked = picture.copy()
    locked.flags.writeable = False
    np.testing.assert_array_equal(
        network.predict(locked).mask_logits, network.predict(picture).mask_logits
    )


def test_where_no_thread_can_the_memory_is_too_short(small_folder, picture, monkeypatch):
    def forward(*_arguments):
        threads.append(threading.current_thread())
        raise RuntimeError("could not create a primitive")

    threads = []
    network = Network(load(small_folder))
    monkeypatch.setattr(torch.nn.Conv2d, "forward", forward)
    with pytest.raises(UserError) as refused:
        network.predict(picture, 320)
    assert refused.value.key == "network_memory"
    assert len(set(threads)) == 2


@pytest.mark.parametrize("ends_well", [True, False])
def test_the_second_try_leaves_the_number_of_threads_as_it_was(ends_well):
    def work(*_arguments):
        seen.append(torch.get_num_threads())
        return seen[0] / ends_well

    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        seen = []
        with contextlib.suppress(ZeroDivisionError):
            _in_another_thread(work, None, None)
        # A thread that begins takes over what was set last, in whichever thread that was.
        with ThreadPoolExecutor(1) as pool:
            assert (seen, pool.submit(torch.get_num_threads).result()) == ([1], 3)
    finally:
        torch.set_num_threads(before)


def test_sizes_are_height_before_width_and_the_longest_side_is_rounded(small_folder, picture):
    """The checkpoint's sides are 192 and 320: for a detail of 64 that is 106.67, so 107."""
    network = Network(load(small_folder))
    predictions = network.predict(picture)
    assert predictions.image_size == (150, 190)
    assert predictions.input_size == (192, 243)  # 192 * 190 / 150 is 243.2
    assert network.input_size(835, 500, 64) == (106, 64)  # 64 * 1.67 is 106.88: within 107
    assert network.input_size(500, 835, 64) == (64, 106)
    assert network.input_size(500, 845, 64) == (63, 106)  # 108.16 is not; 107 / 1.69 is 63.3
