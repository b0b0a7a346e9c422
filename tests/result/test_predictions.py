import dataclasses

import numpy as np
import pytest

from tests.support.panoptic_cases import DOG, SKY, predictions


def test_the_memory_of_the_arrays_is_that_of_all_six():
    """Of 3 queries with masks of 4 x 5: two lists of 8 bytes a query, one of 4, and so on."""
    given = predictions(np.zeros((3, 4, 5)), [SKY, DOG, DOG])
    queries, scores, category_ids, boxes = 3 * 8, 3 * 4, 3 * 8, 3 * 4 * 4
    probabilities, masks = 3 * 251 * 4, 3 * 4 * 5 * 4
    assert given.nbytes == queries + scores + category_ids + boxes + probabilities + masks == 3360


def test_predictions_cannot_be_replaced_in_place():
    with pytest.raises(dataclasses.FrozenInstanceError):
        predictions(np.zeros((1, 4, 5)), [SKY]).scores = None
