"""Pictures in PQ and HLG look as the photograph they were made of; others stay as they are."""

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from detr_gradio.images import load_image
from detr_gradio.images.containers import hdr_transfer
from tests.images.data.make_hdr import PHOTO, hlg, pq, signal
from tests.support.hostile import png, png_chunk, seeds

DATA = Path(__file__).parent / "data"
CURVES = {"pq": (pq, 16), "hlg": (hlg, 18)}


@pytest.fixture(scope="module")
def photo():
    return np.asarray(Image.open(PHOTO).convert("RGB").resize((480, 360)))


def file_of(kind, name, photo):
    if kind == "avif":
        return (DATA / f"{name}.avif").read_bytes()
    curve, transfer = CURVES[name]
    values = signal(photo, curve)
    if kind == "png":
        rows = b"".join(b"\0" + row.tobytes() for row in np.rint(values * 255).astype(np.uint8))
        return png(480, 360, rows, png_chunk(b"cICP", bytes((9, transfer, 0, 1))))
    deep = np.rint(values * 65535).astype("<u2").tobytes()
    heif = pillow_heif.from_bytes(mode="RGB;16", size=(480, 360), data=deep)
    buffer = BytesIO()
    heif.save(
        buffer, quality=90, color_primaries=9, transfer_characteristics=transfer,
        matrix_coefficients=9, full_range_flag=1,
    )  # fmt: skip
    return buffer.getvalue()


@pytest.mark.parametrize("kind", ["avif", "heic", "png"])
@pytest.mark.parametrize("name", ["pq", "hlg"])
def test_it_looks_as_the_photograph_does(kind, name, photo):
    data = file_of(kind, name, photo)
    rgb = load_image(data)
    assert rgb.shape == photo.shape
    # The photograph's contrast is 50; shown as it is stored, PQ has 22 and HLG 38.
    assert photo.std() == pytest.approx(50.1, abs=0.1)
    assert rgb.std() == pytest.approx(47.5, abs=1.7)
    assert np.abs(rgb.astype(int) - photo).mean() < 12.5
    # Grey stays grey, and colours are BT.709's: the meadow is as green as it was.
    meadow = (slice(300, 350), slice(200, 300))
    assert np.abs(rgb[meadow].mean((0, 1)) - photo[meadow].mean((0, 1))).max() < 16


def test_the_kinds_of_codes():
    avif = (DATA / "pq.avif").read_bytes()
    assert hdr_transfer(avif, "AVIF") == "pq"
    assert hdr_transfer((DATA / "hlg.avif").read_bytes(), "AVIF") == "hlg"
    place = avif.index(b"colrnclx") + 8
    usual = avif[:place] + struct.pack(">HH", 1, 13) + avif[place + 4 :]
    assert hdr_transfer(usual, "AVIF") is None
    for name, data in seeds().items():
        kind = {"png": "PNG", "avif": "AVIF", "heic": "HEIC"}.get(name.rsplit(".")[-1], "JPEG")
        assert hdr_transfer(data, kind) is None


def test_only_the_primary_item_counts():
    """Phones add a gain map in PQ to an ordinary picture: here, the property is another item's."""
    avif = (DATA / "pq.avif").read_bytes()
    place = avif.index(b"ipma") + 4
    version, count, item = struct.unpack_from(">IIH", avif, place)
    assert (version, count, item) == (0, 1, 1)
    other = avif[: place + 8] + struct.pack(">H", 2) + avif[place + 10 :]
    assert hdr_transfer(other, "AVIF") is None


def box(kind, *parts, large=False):
    body = b"".join(parts)
    if large:  # the size behind the kind, in 64 bits
        return struct.pack(">I4sQ", 1, kind, 16 + len(body)) + body
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("wide", [False, True])  # 16 bits for the number of a property, or 8
@pytest.mark.parametrize("version", [0, 1])  # 16 bits for the number of an item, or 32
def test_the_sizes_of_numbers(version, wide, large):
    first, primary = (70_000, 70_001) if version else (1, 2)
    items, essential = ">I" if version else ">H", ">BH" if wide else ">BB"
    uses = [
        # Two uses of the first item, so that the primary one's place depends on their sizes.
        struct.pack(items, first) + b"\2" + (b"\0\1\0\3" if wide else b"\1\3"),
        struct.pack(items, primary) + struct.pack(essential, 1, 2 | (0x8000 if wide else 0x80)),
    ]
    colours = b"colr", b"nclx"
    meta = box(
        b"meta",
        bytes(4),
        box(b"pitm", bytes([version, 0, 0, 0]), struct.pack(items, primary)),
        box(
            b"iprp",
            box(
                b"ipco",
                box(b"ispe", bytes(12)),
                box(*colours, struct.pack(">HH", 9, 18), large=large),
                box(*colours, struct.pack(">HH", 9, 16)),
            ),
            box(b"ipma", bytes([version, 0, 0, wide]), struct.pack(">I", 2), *uses),
        ),
        large=large,
    )
    assert hdr_transfer(box(b"ftyp", b"avif") + meta, "AVIF") == "hlg"


@pytest.mark.parametrize("length", range(16, 281, 7))
def test_cut_files_have_no_colours_and_raise_nothing(length):
    assert hdr_transfer((DATA / "pq.avif").read_bytes()[:length], "AVIF") is None


def test_endless_boxes_end():
    box = struct.pack(">I4s", 8, b"free")
    assert hdr_transfer(box * 100_000, "AVIF") is None
    meta = struct.pack(">I4sI", 12 + 8 * 20_000, b"meta", 0) + box * 20_000
    assert hdr_transfer(meta, "HEIC") is None
