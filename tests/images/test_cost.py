"""Which pictures take seconds; the files are made by Pillow, or by hand."""

import io

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images.cost import is_costly


def saved(path, size, kind):
    Image.new("RGB", size).save(path, kind)
    return str(path)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP"])
def test_a_large_picture_is_costly_and_one_of_a_phone_is_not(tmp_path, kind):
    # 4000 x 3000 are 12 million, 4000 x 4000 just 16 million.
    assert not is_costly(saved(tmp_path / "phone", (4000, 3000), kind))
    assert not is_costly(saved(tmp_path / "most", (4000, 4000), kind))
    assert is_costly(saved(tmp_path / "large", (4001, 4000), kind))


@pytest.mark.parametrize("kind", ["TIFF", "AVIF", "HEIF"])
def test_what_is_decoded_apart_is_costly_whatever_its_size(tmp_path, kind):
    assert is_costly(saved(tmp_path / "small", (16, 16), kind))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff" * 9])
def test_what_is_no_picture_is_not(tmp_path, content):
    path = tmp_path / "file"
    path.write_bytes(content)
    assert not is_costly(str(path))
    assert not is_costly(str(tmp_path / "missing"))
    assert not is_costly(str(tmp_path))


def test_the_pixels_are_not_read(tmp_path):
    buffer = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (4500, 4000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(buffer, "BMP")
    path = tmp_path / "head.bmp"
    path.write_bytes(buffer.getvalue()[:4096])
    assert is_costly(str(path))
