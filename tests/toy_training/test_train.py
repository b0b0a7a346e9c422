"""A training can be interrupted, and what it writes can be used."""

import json

import numpy as np
import pytest
import torch

from detr_gradio import load_segmenter
from detr_gradio.training.checkpoint import save_atomically
from training.checkpoint import read_checkpoint, write_checkpoint
from training.data import epoch, open_shards, read_batch
from training.losses import Targets
from training.model import new_model
from training.scenes import draw_scene
from training.train import Settings, Training, learning_rate


def batch(seed: int) -> tuple[list[torch.Tensor], Targets]:
    generator = torch.Generator().manual_seed(seed)
    sizes = ((24, 72, 96), (40, 36, 48), (112, 18, 24), (320, 18, 24))
    features = [torch.randn(2, *size, generator=generator) for size in sizes]
    owner = torch.zeros(2, 288, 384, dtype=torch.uint8)
    owner[:, 90:180, 150:270] = 1
    category = torch.tensor([[187, 22], [193, 3]])
    box = torch.tensor([[[0.5, 0.5, 1, 1], [0.55, 0.47, 0.3, 0.3]]]).repeat(2, 1, 1)
    return features, Targets(owner, category, box, torch.zeros(2, 18, 24, dtype=torch.long))


def test_the_learning_rate_warms_up_stays_and_falls():
    settings = Settings(batch=10, learning_rate=1.0, pictures=10_000, flat=0.5)
    assert learning_rate(settings, 0) == pytest.approx(0.01)
    assert learning_rate(settings, 99) == pytest.approx(1)
    assert learning_rate(settings, 500) == pytest.approx(1)
    assert learning_rate(settings, 750) == pytest.approx(0.51)
    assert learning_rate(settings, 1000) == pytest.approx(0.02)


def test_a_restart_goes_on_where_the_last_run_stopped(tmp_path):
    settings = Settings(batch=2, masks=2)
    whole = Training(settings)
    for seed in range(2):
        whole.train_step(*batch(seed))
    save_atomically(whole.state(), tmp_path / "state.pt")
    resumed = Training(settings)
    resumed.load_state(torch.load(tmp_path / "state.pt", weights_only=True))
    assert resumed.step == 2
    expected = whole.train_step(*batch(2))
    assert resumed.train_step(*batch(2)) == pytest.approx(expected, rel=1e-4)
    for ours, theirs in zip(resumed.averaged, whole.averaged, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-5)
    assert not (tmp_path / "state.partial").exists()


def test_a_checkpoint_is_small_and_opens_like_any_other(tmp_path):
    model = new_model()
    with torch.no_grad():
        model.detr.class_labels_classifier.bias[22] += 10  # everything is an elephant
    write_checkpoint(model, tmp_path)
    assert (tmp_path / "model.safetensors").stat().st_size < 10_000_000
    config = json.loads((tmp_path / "config.json").read_text())
    assert config["id2label"]["22"] == "elephant"
    result = load_segmenter(tmp_path).segment(draw_scene(1).image)
    assert result.input_size == (288, 384)
    assert {segment.label for segment in result.segments} == {"elephant"}
    again = read_checkpoint(tmp_path)
    for (name, ours), theirs in zip(
        again.state_dict().items(), model.state_dict().values(), strict=True
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3, msg=name)


def test_a_checkpoint_for_smaller_pictures_is_made_fit(tmp_path):
    model = new_model()
    write_checkpoint(model, tmp_path)
    processor = tmp_path / "preprocessor_config.json"
    config = json.loads(processor.read_text())
    assert config["size"] == {"shortest_edge": 288, "longest_edge": 384}
    config["size"] = {"shortest_edge": 192, "longest_edge": 256}
    processor.write_text(json.dumps(config))
    ours, theirs = (m.mask_head.conv1.conv.weight for m in (read_checkpoint(tmp_path), model))
    # 18 x 24 places in place of 12 x 16: each has 1 / 2.25 of the attention.
    torch.testing.assert_close(ours[:, 128:], 2.25 * theirs[:, 128:], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(ours[:, :128], theirs[:, :128], rtol=1e-3, atol=1e-3)


def test_batches_come_from_complete_shards_only(tmp_path):
    for name, first in (("shard-00000", 0), ("shard-00001", 3), ("shard-00002.7.partial", 9)):
        folder = tmp_path / name
        folder.mkdir()
        values = np.arange(first, first + 3, dtype=np.float16)
        for level in range(4):
            np.save(folder / f"feature{level}.npy", np.tile(values[:, None, None, None], (2, 2, 2)))
        np.save(folder / "owner.npy", np.zeros((3, 4, 4), np.uint8))
        np.save(folder / "category.npy", values[:, None].astype(np.uint8))
        np.save(folder / "box.npy", np.zeros((3, 1, 4), np.float32))
        np.save(folder / "token.npy", np.zeros((3, 1, 1), np.uint8))
    shards = open_shards(tmp_path)
    batches = list(epoch(shards, 2, np.random.default_rng(0)))
    assert len(batches) == 3
    seen = []
    for rows in batches:
        features, targets = read_batch(shards, rows)
        assert features[0].dtype == torch.float32
        np.testing.assert_array_equal(features[0][:, 0, 0, 0], targets.category[:, 0])
        seen += targets.category[:, 0].tolist()
    assert sorted(seen) == [0, 1, 2, 3, 4, 5]
