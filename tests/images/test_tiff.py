"""TIFF files of every arrangement of samples: right pixels or a refusal, in both byte orders."""

import zlib

import cv2
import numpy as np
import pytest

from detr_gradio.images import ImageError, load_image
from tests.support.tiffs import FLOATING, HEIGHT, SIGNED, UNSIGNED, WIDTH, write_tiff


def ramp(top, kind, order="<", shift=0):
    """Grey from 0 at the left to ``top`` at the right, as bytes; and as it is to look."""
    values = np.linspace(0, top, WIDTH)
    if np.dtype(kind).kind != "f":
        values = np.rint(values)
    wanted = np.rint(values * 255 / top).astype(int)
    rows = np.tile(values + shift, (HEIGHT, 1)).astype(np.dtype(kind).newbyteorder(order))
    return rows.tobytes(), np.tile(wanted, (HEIGHT, 1))


def check_grey(data, wanted):
    rgb = load_image(data).astype(int)
    assert rgb.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(rgb - wanted[..., None]).max() <= 1


def key_of(data):
    with pytest.raises(ImageError) as caught:
        load_image(data)
    return caught.value.key


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    ("kind", "form", "top"),
    [
        ("u4", UNSIGNED, 255),
        ("u4", UNSIGNED, 65_535),
        ("u4", UNSIGNED, 2**32 - 1),  # above 2**31 Pillow makes them negative
        ("u4", UNSIGNED, 3_000_000_000),
        ("i4", SIGNED, 255),
        ("i4", SIGNED, 2**31 - 1),
        ("i2", SIGNED, 255),
        ("i2", SIGNED, 32_767),
        ("f4", FLOATING, 1),
        ("f4", FLOATING, 65_535),
        ("f8", FLOATING, 1),
    ],
)
def test_deep_grey_in_both_orders_and_compressed(order, packed, kind, form, top):
    data, wanted = ramp(top, kind, order)
    tags = {"t258": (3, 8 * int(kind[1])), "t339": (3, form)}
    if packed:
        data, tags["t259"] = zlib.compress(data), (3, 8)
    check_grey(write_tiff([data], order=order, **tags), wanted)


def test_negative_values_are_stretched():
    data, wanted = ramp(1_000, "i2", shift=-400)
    check_grey(write_tiff([data], t258=(3, 16), t339=(3, SIGNED)), wanted)


def test_zero_is_white_in_floats_too():
    data, wanted = ramp(1, "f4")
    check_grey(write_tiff([data], t258=(3, 32), t339=(3, FLOATING), t262=(3, 0)), 255 - wanted)


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_deep_grey_is_upright(orientation):
    values = np.zeros((HEIGHT, WIDTH), "<u4")
    values[: HEIGHT // 2, : WIDTH // 2] = 65_535  # the quarter where the first row and column are
    data = write_tiff([values.tobytes()], t258=(3, 32), t274=(3, orientation))
    rgb = load_image(data)
    corner = {1: (0, 0), 3: (-1, -1), 6: (0, -1)}[orientation]  # EXIF 2.32, 4.6.4
    assert rgb.shape[:2] == ((WIDTH, HEIGHT) if orientation == 6 else (HEIGHT, WIDTH))
    corners = [(0, 0), (0, -1), (-1, 0), (-1, -1)]
    assert {place for place in corners if rgb[place][0] == 255} == {corner}


def test_floats_and_signed_numbers_of_three_colours():
    colors = np.full((HEIGHT, WIDTH, 3), (1, 0.5, 0), "<f4")
    tags = {"t262": (3, 2), "t277": (3, 3)}
    floats = write_tiff([colors.tobytes()], t258=(3, 32, 32, 32), t339=(3, 3, 3, 3), **tags)
    assert (load_image(floats) == (255, 128, 0)).all()
    words = (colors * 32_767).astype("<i2")
    signed = write_tiff([words.tobytes()], t258=(3, 16, 16, 16), t339=(3, 2, 2, 2), **tags)
    assert (load_image(signed) == (255, 127, 0)).all()  # 16,383 of 32,767


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("samples", [3, 4])
def test_planes(order, packed, bits, samples):
    rng = np.random.default_rng(5)
    levels = rng.integers(0, 256, (samples, HEIGHT, WIDTH))
    levels[3:] = 255  # opaque
    kind = np.dtype(f"u{bits // 8}").newbyteorder(order)
    planes = [(level * (257 if bits == 16 else 1)).astype(kind).tobytes() for level in levels]
    tags = {
        "t258": (3, *[bits] * samples), "t262": (3, 2), "t277": (3, samples), "t284": (3, 2),
    }  # fmt: skip
    if samples == 4:
        tags["t338"] = (3, 2)
    if packed:
        planes, tags["t259"] = [zlib.compress(plane) for plane in planes], (3, 8)
    data = write_tiff(planes, order=order, **tags)
    assert np.array_equal(load_image(data), np.moveaxis(levels[:3], 0, 2))
    if samples == 3 and bits == 8:  # another program reads the same
        seen = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        assert np.array_equal(seen, np.moveaxis(levels, 0, 2))


def test_cmyk_planes_of_16_bits():
    planes = [np.full((HEIGHT, WIDTH), level, "<u2").tobytes() for level in (0, 65_535, 0, 0)]
    tags = {"t258": (3, 16, 16, 16, 16), "t262": (3, 5), "t277": (3, 4), "t284": (3, 2)}
    assert (load_image(write_tiff(planes, **tags)) == (255, 0, 255)).all()


@pytest.mark.parametrize(
    ("bits", "samples", "form", "planar"),
    [
        (32, 3, FLOATING, 2),
        (16, 3, SIGNED, 2),
        (8, 2, UNSIGNED, 2),  # grey with alpha in planes
        (16, 2, UNSIGNED, 2),
        (8, 1, SIGNED, 1),
        (16, 1, FLOATING, 1),
        (64, 1, UNSIGNED, 1),
    ],
)
def test_what_no_decoder_reads_rightly_is_refused(bits, samples, form, planar):
    planes = [bytes(WIDTH * HEIGHT * bits // 8)] * samples
    if planar == 1:
        planes = [b"".join(planes)]
    data = write_tiff(
        planes,
        t258=(3, *[bits] * samples),
        t339=(3, *[form] * samples),
        t262=(3, 2 if samples == 3 else 1),
        t277=(3, samples),
        t284=(3, planar),
    )
    assert key_of(data) == "image_damaged"


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_both_sizes_in_both_orders(order, big):
    data, wanted = ramp(255, "u1")
    file = write_tiff([data], order=order, big=big, t258=(3, 8))
    marks = {"<": (b"II*\0", b"II+\0"), ">": (b"MM\0*", b"MM\0+")}
    assert file[:4] == marks[order][big]
    check_grey(file, wanted)


@pytest.mark.parametrize(("bits", "white"), [(8, 255), (8, 0), (16, 255), (16, 0)])
def test_a_big_endian_bigtiff_of_each_kind(bits, white):
    data, wanted = ramp(2**bits - 1, f"u{bits // 8}", ">")
    tags = {"t258": (3, bits), "t262": (3, int(white == 255))}
    wanted = wanted if white else 255 - wanted
    check_grey(write_tiff([data], order=">", big=True, **tags), wanted)
    rgb = np.full((HEIGHT, WIDTH, 3), (1, 2, 3), np.uint8)
    tags = {"t258": (3, 8, 8, 8), "t262": (3, 2), "t277": (3, 3)}
    assert (load_image(write_tiff([rgb.tobytes()], order=">", big=True, **tags)) == (1, 2, 3)).all()


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_values_are_counted_in_both_sizes_and_orders(order, big):
    data, _ = ramp(255, "u1")
    many = write_tiff([data + bytes(1_000_000)], order=order, big=big, t258=(3, 8),
                      t50000=(3, *[7] * 250_000))  # fmt: skip
    assert load_image(many).shape == (HEIGHT, WIDTH, 3)
    more = write_tiff([data + bytes(1_000_000)], order=order, big=big, t258=(3, 8),
                      t50000=(3, *[7] * 250_001))  # fmt: skip
    assert key_of(more) == "image_damaged"


def test_a_real_bomb_of_one_tile():
    """A picture of 64x64 whose tile is 12,096x12,096: 439 MB from 427 kB."""
    pack = zlib.compressobj(9)
    tile = b"".join(pack.compress(bytes(3 * 12_096)) for _ in range(12_096)) + pack.flush()
    assert len(tile) < 450_000
    data = write_tiff(
        [tile],
        size=(64, 64),
        t258=(3, 8, 8, 8),
        t259=(3, 8),
        t262=(3, 2),
        t277=(3, 3),
        t322=(4, 12_096),
        t323=(4, 12_096),
        t324=(4, 8 + 2 + 12 * 13 + 4 + 6),
        t325=(4, len(tile)),
    )
    assert key_of(data) == "image_too_many_pixels"
    # The tile is where the tags say: one within the limit is read.
    small = zlib.compress(bytes([9]) * (3 * 64 * 64))
    read = write_tiff(
        [small],
        size=(64, 64),
        t258=(3, 8, 8, 8),
        t259=(3, 8),
        t262=(3, 2),
        t277=(3, 3),
        t322=(4, 64),
        t323=(4, 64),
        t324=(4, 8 + 2 + 12 * 13 + 4 + 6),
        t325=(4, len(small)),
    )
    assert (load_image(read) == 9).all()
