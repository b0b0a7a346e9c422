import dataclasses

import numpy as np
import pytest

from detr_gradio.result.ownership import MaskCompetition, NearestAxis, Taps, linear_taps


def grid(size, samples):
    return linear_taps(np.arange(size), size, samples)


@pytest.mark.parametrize(
    ("size", "samples", "expected"),
    [
        # Twice as many pixels: centres at -0.25 (clamped to 0), 0.25, 0.75 and 1.25 (held at 1).
        (4, 2, [(0, 1, 0), (0, 1, 0.25), (0, 1, 0.75), (1, 1, 0.25)]),
        (2, 2, [(0, 1, 0), (1, 1, 0)]),
        # Half as many: centres at 0.5 and 2.5.
        (2, 4, [(0, 1, 0.5), (2, 3, 0.5)]),
        (3, 1, [(0, 0, 0), (0, 0, 0), (0, 0, 1 / 3)]),
    ],
)
def test_taps(size, samples, expected):
    taps = grid(size, samples)
    got = list(zip(taps.low.tolist(), taps.high.tolist(), taps.weight.tolist(), strict=True))
    assert got == [(low, high, pytest.approx(weight, abs=1e-6)) for low, high, weight in expected]


def interpolated(masks, size):
    height, width = size
    competition = MaskCompetition(masks, grid(height, masks.shape[1]), grid(width, masks.shape[2]))
    places = masks.reshape(len(masks), -1).T
    values = competition._interpolate(places, np.arange(height * width))
    return values.T.reshape(len(masks), height, width)


@pytest.mark.parametrize("noise", [0, 0.3, 30])
def test_owners_are_the_argmax_of_the_upsampled_masks(noise):
    rng = np.random.default_rng(1)
    rows, columns = np.mgrid[:20, :30]
    centers = rng.uniform(0, 25, (12, 2))
    masks = np.array([-np.hypot(rows - y, columns - x) for y, x in centers])
    masks = (masks + rng.normal(0, noise, masks.shape)).astype(np.float32)
    competition = MaskCompetition(masks, grid(77, 20), grid(121, 30))
    values = interpolated(masks, (77, 121))
    assert np.array_equal(competition.owners(np.ones(len(masks), bool)), values.argmax(0))


def test_owners_among_those_alive():
    masks = np.float32([[[3, 3]], [[2, 0]], [[1, 1]]])
    competition = MaskCompetition(masks, grid(1, 1), grid(2, 2))
    alive = np.array([False, True, True])
    assert competition.owners(alive).tolist() == [[1, 2]]
    # Who still takes part keeps its points; the others' go to the next best.
    assert competition.owners(alive, before=np.uint8([[2, 0]])).tolist() == [[2, 2]]


def test_a_third_query_can_win_between_two():
    # A and B win at the two samples; C is second at both and the largest halfway.
    masks = np.float32([[[10, 0]], [[0, 10]], [[9, 9]]])
    competition = MaskCompetition(masks, grid(1, 1), grid(8, 2))
    assert competition.owners(np.ones(len(masks), bool)).tolist() == [[0, 0, 2, 2, 2, 2, 1, 1]]


def test_at_most_255_masks():
    with pytest.raises(ValueError, match="256"):
        MaskCompetition(np.zeros((256, 2, 2), np.float32), grid(2, 2), grid(2, 2))


@pytest.mark.parametrize(
    ("size", "new_size", "sources", "repeats"),
    [
        (3, 3, [0, 1, 2], [1, 1, 1]),
        (2, 5, [0, 1], [2, 3]),
        (6, 3, [1, 3, 5], [1, 1, 1]),
        (7, 1, [3], [1]),
    ],
)
def test_nearest_axis(size, new_size, sources, repeats):
    axis = NearestAxis.between(size, new_size)
    assert axis.sources.tolist() == sources
    assert axis.repeats.tolist() == repeats


def test_extent_in_the_resized_picture():
    axis = NearestAxis(np.array([0, 2, 3]), np.array([2, 1, 3]))
    assert axis.extent(np.array([True, True, False])) == (0, 3)
    assert axis.extent(np.array([False, False, True])) == (3, 3)


@pytest.mark.parametrize("given", [NearestAxis(None, None), Taps(None, None, None)])
def test_axes_cannot_be_changed(given):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(given, dataclasses.fields(given)[0].name, 1)


@pytest.mark.parametrize("size", [(800, 1066), (37, 53), (7, 300), (1, 1)])
def test_interpolation_equals_torch(size):
    import torch

    masks = np.random.default_rng(0).normal(0, 3, (2, 50, 67)).astype(np.float32)
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(masks)[None], size, mode="bilinear", align_corners=False
    )[0].numpy()
    # torch rounds a position (up to 67, so by 8e-6) once or twice; neighbours differ by < 10.
    np.testing.assert_allclose(interpolated(masks, size), expected, atol=1e-4, rtol=0)
