"""Which thresholds and methods there are."""

import numpy as np
import pytest

from detr_gradio.messages import UserError
from detr_gradio.result.options import THRESHOLD, require_options


def test_the_published_results_have_this_threshold():
    assert THRESHOLD == 0.85


@pytest.mark.parametrize("threshold", [0.5, 0.85, 1, np.float32(0.5), np.float64(0.85)])
@pytest.mark.parametrize("method", ["paper", "reference"])
def test_good_options_pass(threshold, method):
    require_options(threshold, method)


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        (0.49999, "not 0.49999."),
        (1.0000001, "not 1.0000001."),
        (float("nan"), "not nan."),
        (True, "not True."),
        ("0.85", "not '0.85'."),
        (None, "not None."),
        ([0.85], "not [0.85]."),
        ("x" * 99, f"not '{'x' * 39}."),
    ],
)
def test_a_threshold_is_a_number_from_half_to_one(threshold, said):
    with pytest.raises(UserError, match=r"from 0\.5 to 1") as caught:
        require_options(threshold, "paper")
    assert str(caught.value).endswith(said)


@pytest.mark.parametrize("method", ["Paper", "", None, 1, ["paper"]])
def test_other_methods_are_refused_with_the_ones_there_are(method):
    with pytest.raises(UserError) as caught:
        require_options(0.85, method)
    assert str(caught.value) == f"There is no method {method!r}. Use one of: paper, reference."


def test_a_long_method_is_cut():
    with pytest.raises(UserError, match=f"^There is no method '{'x' * 39}. Use"):
        require_options(0.85, "x" * 99)
