"""A picture and a small checkpoint for it, for all tests of what runs a network."""

import os
from collections import OrderedDict

import numpy as np
import pytest
from PIL import Image

# Threads that wait for each other sleep: several processes of tests share the processors, and
# those of OpenMP would spin half of that time away.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Ray reads it when it is imported; otherwise what is left of a cluster starts another one.
os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"

SLOW = "batch", "browser", "toy_training", "training"
"""Folders whose files go first, so that no process is left with one of them at the end."""


def pytest_collection_modifyitems(items):
    """Begin with what takes longest."""
    items.sort(key=lambda item: item.path.parent.name not in SLOW)


@pytest.fixture(scope="session")
def picture():
    """A (150, 190, 3) picture: smooth shapes, edges and noise."""
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (5, 6, 3), dtype=np.uint8)
    image = np.asarray(Image.fromarray(coarse).resize((190, 150), Image.Resampling.BICUBIC)).copy()
    image[40:90, 60:130] = (200, 40, 90)
    return (image + rng.integers(0, 20, image.shape)).clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="session")
def small_folder(picture, tmp_path_factory):
    """A checkpoint that answers within milliseconds; some 12 of its 20 queries are kept."""
    from tests.support.factories import (
        SMALL,
        write_checkpoint,
    )  # torch, which most tests do without

    return write_checkpoint(
        tmp_path_factory.mktemp("small"),
        picture,
        kept=12,
        shortest_edge=192,
        longest_edge=320,
        **SMALL,
    )


@pytest.fixture(scope="session")
def service():
    """Segmenters that answer at once."""
    from tests.support.fake import FakeService

    return FakeService()


@pytest.fixture(scope="session")
def url(service):
    """Address of a running app of ``service``, for clients without a browser."""
    from detr_gradio.server.launch import launch
    from detr_gradio.settings import Settings

    app = launch(Settings(), service, block=False)
    yield app.url
    app.close()


@pytest.fixture
def one_thread(monkeypatch):
    """A network computes on one thread, and nothing is kept of others: sums are the same."""
    import torch

    from detr_gradio.model.device import use_threads

    monkeypatch.setattr("detr_gradio.segmenter._segmenters", OrderedDict())
    before = torch.get_num_threads()
    use_threads(1)
    yield
    use_threads(before)
