"""The size that a picture may have, at its edges."""

import pytest

from detr_gradio.images.bounds import ImageError, check_pixels, check_size
from detr_gradio.limits import Limits

BOUNDS = Limits(max_image_pixels=1_500_000, min_image_side=20, max_image_aspect=4.0)


@pytest.mark.parametrize("size", [(20, 20), (20, 80), (80, 20), (1500, 1000)])
def test_sizes_within(size):
    check_size(*size, BOUNDS)


@pytest.mark.parametrize(
    ("size", "beginning"),
    [
        ((1501, 1000), "This picture has more than 1.5 megapixels"),
        ((19, 40), "This picture is 19 x 40 pixels; each side needs at least 20."),
        ((40, 19), "This picture is 40 x 19 pixels; each side needs at least 20."),
        ((20, 81), "This picture is 20 x 81 pixels: one side is more than 4 times the other."),
        ((81, 20), "This picture is 81 x 20 pixels: one side is more than 4 times the other."),
    ],
)
def test_sizes_outside(size, beginning):
    with pytest.raises(ImageError) as caught:
        check_size(*size, BOUNDS)
    assert str(caught.value).startswith(beginning)


def test_pixels_alone():
    check_pixels(50_000_000, Limits())
    with pytest.raises(ImageError, match="more than 50 megapixels"):
        check_pixels(50_000_001, Limits())
