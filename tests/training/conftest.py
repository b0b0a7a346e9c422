"""A data set and a run of a small network on it."""

import pytest
import torch

from detr_gradio.checkpoints.catalogue import find
from detr_gradio.data_sets.checking import check_data_set
from detr_gradio.data_sets.layout import find_splits
from detr_gradio.training.processes import Processes
from detr_gradio.training.run import Data, Run
from detr_gradio.training.settings import Settings
from tests.support.own_data import write_own_data

ALONE = Processes(0, 1, torch.device("cpu"))


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    return write_own_data(tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="session")
def start(small_folder, data_folder):
    """Open a run as the command does."""
    splits = {split.name: split for split in find_splits(data_folder)}
    checked = check_data_set(data_folder)
    assert checked.faults == []

    def begin(output, checkpoint=small_folder, val=True, tensorboard=False, **settings):
        part = splits["val"] if val else None
        data = Data("own", checked.categories, splits["train"], part)
        chosen = Settings(**{"steps": 6, "batch": 2, "detail": 96, **settings})
        return Run(data, find(checkpoint), output, chosen, ALONE, tensorboard=tensorboard)

    return begin
