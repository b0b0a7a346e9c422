"""A DETR of the published size, with random weights in the Hub's old layout, learns a picture."""

import json

import pytest
import torch
from transformers import DetrForSegmentation, DetrImageProcessor

from detr_gradio.checkpoints.catalogue import find
from detr_gradio.data_sets.checking import check_data_set
from detr_gradio.data_sets.layout import find_splits
from detr_gradio.training.run import Data, Run
from detr_gradio.training.settings import Settings
from tests.support.factories import write_checkpoint
from tests.support.own_data import draw, write_own_data
from tests.training.conftest import ALONE


@pytest.mark.slow
def test_ten_steps_and_transformers_opens_the_folder_with_equal_logits(tmp_path):
    rgb = draw(0)[0]
    start = write_checkpoint(tmp_path / "r50", rgb, shortest_edge=96, longest_edge=128)
    data = write_own_data(tmp_path / "data", train=1, val=1)
    train = next(split for split in find_splits(data) if split.name == "train")
    settings = Settings(steps=10, batch=1, augmentation="none", backbone="trained")
    described = Data("own", check_data_set(data).categories, train, None)
    output = tmp_path / "out"
    run = Run(described, find(start), output, settings, ALONE)
    run.train(lambda *_: None)
    log = [json.loads(line) for line in (output / "training" / "log.jsonl").open()]
    totals = [line["loss"]["total"] for line in log if "loss" in line]
    assert len(totals) == 10
    assert max(totals[-3:]) < 0.8 * totals[0]
    inputs = DetrImageProcessor.from_pretrained(output)(rgb, return_tensors="pt")
    theirs = DetrForSegmentation.from_pretrained(output).eval()
    with torch.no_grad():
        ours = run.trainer.average.eval()(**inputs)
        opened = theirs(**inputs)
    assert torch.equal(ours.logits, opened.logits)
    assert torch.equal(ours.pred_masks, opened.pred_masks)
