"""Files of pictures, read by Pillow."""

import io

import numpy as np
import pytest
from PIL import Image

from detr_gradio.result.pictures import encode_picture


@pytest.mark.parametrize(
    ("shape", "mode"), [((4, 6), "L"), ((4, 6, 3), "RGB"), ((4, 6, 4), "RGBA")]
)
def test_a_png_gives_the_pixels_back(shape, mode):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    image = Image.open(io.BytesIO(encode_picture("folder.jpg/a.png", picture)))
    assert (image.format, image.mode) == ("PNG", mode)
    assert np.array_equal(np.asarray(image), picture)


@pytest.mark.parametrize(("shape", "mode"), [((64, 80), "L"), ((64, 80, 3), "RGB")])
def test_a_jpeg_of_quality_92_gives_nearly_the_pixels_back(shape, mode):
    picture = np.full(shape, 100, np.uint8)
    picture[:, 48:] = (200, 50, 20)[: 1 if mode == "L" else 3]
    image = Image.open(io.BytesIO(encode_picture("a.jpg", picture)))
    assert (image.format, image.mode) == ("JPEG", mode)
    away = [*range(40), *range(56, 80)]  # from the edge, where colours are coarser
    assert np.abs(np.asarray(image).astype(int) - picture)[:, away].max() <= 4
    # Row 1 of the table of ISO/IEC 10918-1, annex K, at 16 %: 16 11 10 16 24 40 51 61.
    assert image.quantization[0][:8] == [3, 2, 2, 3, 4, 6, 8, 10]


def test_what_cannot_be_a_picture_is_an_error():
    with pytest.raises(OSError, match=r"huge\.png could not be encoded"):
        encode_picture("huge.png", np.broadcast_to(np.uint8(0), (1, 1_000_001)))


def test_a_png_is_packed_fast():
    """At zlib's level 1: its header (RFC 1950) begins with 78 01, and little is left of nothing."""
    data = encode_picture("a.png", np.zeros((300, 400, 3), np.uint8))
    assert len(data) < 10_000
    assert data[data.index(b"IDAT") + 4 :][:2] == b"\x78\x01"
