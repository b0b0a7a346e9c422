"""A result that the tests of several files look at."""

import numpy as np
import pytest

from detr_gradio.result.panoptic import assemble
from tests.support.panoptic_cases import GRASS, PERSON, SKY, from_owners


@pytest.fixture
def result():
    """Sky over grass, with two people in front of both; 40x60."""
    owners = np.zeros((40, 60), int)
    owners[20:] = 1
    owners[10:30, 5:15] = 2
    owners[10:28, 30:40] = 3
    predictions = from_owners(owners, [SKY, GRASS, PERSON, PERSON], [0.98762, 0.9, 0.95, 0.97])
    return assemble(predictions, checkpoint="toy", timings={"network": 1.23456})
