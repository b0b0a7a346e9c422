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


def test_colors_and_picture_are_mixed_as_written():
    """Shares 0, 1/4 and 1 of inferno on a grey of 124, of which 0.6 * 124 = 74.4 remain."""
    picture = np.full((1, 3, 3), (200, 100, 50), np.uint8)  # 0.299 R + 0.587 G + 0.114 B = 124
    inferno = [(0, 0, 4), (87, 16, 110), (252, 255, 164)]
    assert colored(np.array([[0, 0.25, 1]])).tolist() == [[*map(list, inferno)]]
    # alpha = 0.25, 0.25 + 0.65 / 2 = 0.575, 0.9; for red in the middle 74.4 * 0.425 + 87 * 0.575.
    expected = [[55, 55, 56], [81, 40, 94], [234, 236, 155]]
    assert over_picture(picture, np.array([[0, 0.5, 2]])).tolist() == [expected]


def test_a_share_takes_the_nearest_of_256_colors():
    assert colored(np.array([[0.4 / 255, 0.6 / 255]])).tolist() == [[[0, 0, 4], [1, 0, 5]]]


def test_values_are_enlarged_smoothly_and_never_beyond_their_range():
    row = over_picture(np.full((4, 8, 3), 100, np.uint8), np.array([[0, 1.0]]))[0]
    assert row[:2].tolist() == [[45, 45, 46]] * 2
    assert row[6:].tolist() == [[232, 235, 153]] * 2
    assert (np.diff(row[2:7].astype(int).sum(axis=1)) > 0).all()


def test_only_proportions_count():
    values = np.random.default_rng(0).random((4, 6))
    np.testing.assert_array_equal(over_picture(GREY, values), over_picture(GREY, 1e-6 * values))


def test_nothing_is_dark_everywhere():
    # A quarter of inferno's black and three quarters of 0.6 * 100.
    assert np.unique(over_picture(GREY, np.zeros((4, 6))).reshape(-1, 3), axis=0).tolist() == [
        [45, 45, 46]
    ]


def test_lightness_grows_with_the_value():
    colors = colored(np.linspace(0, 1, 256)[None])[0].astype(float)
    luminance = colors @ (0.2126, 0.7152, 0.0722)
    assert (np.diff(luminance) > -1.5).all()
    assert luminance[0] < 5
    assert luminance[-1] > 220


@pytest.mark.parametrize("shape", [(1, 1), (25, 34), (200, 267)])
def test_any_grid_fits_any_picture(shape):
    assert over_picture(GREY, np.ones(shape)).shape == GREY.shape
