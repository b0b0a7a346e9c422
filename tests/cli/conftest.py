"""A small checkpoint, and pictures for it."""

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.support.factories import SMALL, write_checkpoint


@pytest.fixture(scope="module")
def street():
    """A picture with smooth parts and edges, (96, 128, 3) uint8."""
    rng = np.random.default_rng(3)
    return cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (128, 96))


@pytest.fixture(scope="module")
def checkpoint(street, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint") / "small"
    return str(write_checkpoint(folder, street, kept=6, shortest_edge=96, **SMALL))


@pytest.fixture
def photos(tmp_path, street):
    for name in ["street.png", "may/beach.png"]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(street).save(path)
    return tmp_path / "photos"
