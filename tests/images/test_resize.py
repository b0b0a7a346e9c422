import numpy as np
import pytest

from detr_gradio.images.resize import shrink


@pytest.mark.parametrize(
    ("shape", "longest", "expected"),
    [
        ((50, 1000), 640, (32, 640)),
        ((1000, 50), 640, (640, 32)),
        ((641, 100), 640, (640, 100)),
        ((100, 640), 640, (100, 640)),
        ((30, 40), 640, (30, 40)),
    ],
)
def test_the_longer_side_is_shortened_and_never_lengthened(shape, longest, expected):
    assert shrink(np.zeros((*shape, 3), np.uint8), longest).shape == (*expected, 3)


def test_a_small_picture_is_the_same_one():
    image = np.zeros((30, 40, 3), np.uint8)
    assert shrink(image, 40) is image


def test_pixels_are_the_mean_of_those_they_stand_for():
    image = np.array([[0, 100, 200, 220]], np.uint8)[..., None].repeat(3, axis=2).repeat(2, axis=0)
    assert shrink(image, 2).tolist() == [[[50] * 3, [210] * 3]]
