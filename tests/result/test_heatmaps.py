"""Heat maps: bright where the values are, dark elsewhere, whatever their scale."""

import numpy as np
import pytest

from detr_gradio.result.heatmaps import colored, over_picture

GREY = np.full((40, 60, 3), 100, np.uint8)


def test_the_brightest_place_is_the_largest_value():
    values = np.zeros((4, 6))
    values[1, 4] = 0.003
    lightness = over_picture(GREY, values).astype(int).sum(axis=2)
    assert np.unravel_index(lightness.argmax(), lightness.shape)[0] // 10 == 1
    assert np.unravel_index(lightness.argmax(), lightness.shape)[1] // 10 == 4
    assert lightness[35, 5] < 0.3 * lightness.max()


def test_only_proportions_count():
    values = np.random.default_rng(0).random((4, 6))
    np.testing.assert_array_equal(over_picture(GREY, values), over_picture(GREY, 1e-6 * values))


def test_nothing_is_dark_everywhere():
    assert over_picture(GREY, np.zeros((4, 6))).max() < 100


def test_lightness_grows_with_the_value():
    colors = colored(np.linspace(0, 1, 256)[None])[0].astype(float)
    luminance = colors @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(luminance) > -1.5).all()
    assert luminance[0] < 5
    assert luminance[-1] > 220


@pytest.mark.parametrize("shape", [(1, 1), (25, 34), (200, 267)])
def test_any_grid_fits_any_picture(shape):
    assert over_picture(GREY, np.ones(shape)).shape == GREY.shape
