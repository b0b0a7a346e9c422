"""TIFF files of every arrangement of samples: right pixels or a refusal, in both byte orders."""

import struct
import zlib

import cv2
import numpy as np
import pytest

from detr_gradio.images import ImageError, load_image
from detr_gradio.images import tiff as tiff_module
from detr_gradio.images.tiff import check_kind, first, is_for_pillow, read_tags, read_with_opencv
from detr_gradio.limits import Limits
from tests.support.hostile import tiff
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


# Tags, written by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("big", [False, True])
def test_tags_in_both_sizes_and_orders(order, big):
    data = write_tiff(
        [b"pixels"], order=order, big=big, size=(7, 300), t258=(3, 8, 16, 32), t266=(1, 200),
        t270=(3, *range(1, 11)), t50706=(1, 1, 4, 0, 0), t50000=(4, 2**32 - 1),
    )  # fmt: skip
    tags = read_tags(data)
    assert tags[256] == (7,)
    assert tags[257] == (300,)
    assert tags[258] == (8, 16, 32)  # elsewhere, where there is room for 4 bytes
    assert tags[266] == (200,)
    assert tags[270] == (1, 2, 3, 4, 5, 6, 7, 8)  # eight of ten
    assert tags[50706] == (1, 4, 0, 0)
    assert tags[50000] == (2**32 - 1,)
    assert tags[279] == (6,)
    assert data[tags[273][0] :][:6] == b"pixels"


@pytest.mark.parametrize(
    ("name", "number"),
    [  # TIFF 6.0, appendix A; DNG 1.7
        ("NEW_SUBFILE_TYPE", 254), ("WIDTH", 256), ("LENGTH", 257), ("BITS", 258),
        ("COMPRESSION", 259), ("PHOTOMETRIC", 262), ("MAKE", 271), ("ORIENTATION", 274),
        ("SAMPLES", 277), ("PLANAR", 284), ("TILE_WIDTH", 322), ("TILE_LENGTH", 323),
        ("SUB_IFDS", 330), ("SAMPLE_FORMAT", 339), ("DNG_VERSION", 50706),
    ],
)  # fmt: skip
def test_the_standard_s_numbers(name, number):
    assert getattr(tiff_module, name) == number


@pytest.mark.parametrize(
    ("kind", "size"),
    [  # TIFF 6.0, section 2: BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, ...
        (1, 1), (2, 1), (3, 2), (4, 4), (5, 8), (6, 1), (7, 1), (8, 2), (9, 4), (10, 8), (11, 4),
        (12, 8), (13, 4), (16, 8), (17, 8), (18, 8), (99, 1),
    ],
)  # fmt: skip
def test_tags_of_all_types_may_say_twice_what_the_file_has(kind, size):
    behind = 8 + 2 + 12 + 4
    data = tiff({60_000: (kind, 500, behind)}, bytes(250 * size - behind))
    assert len(data) == 250 * size
    read_tags(data)
    with pytest.raises(ValueError, match="too many values"):
        read_tags(data[:-1])


def test_the_values_of_all_tags_count_together():
    entries = {60_000: (7, 50, 8), 60_001: (7, 51, 8)}
    assert read_tags(tiff(entries, bytes(51 - 38))) == {}
    with pytest.raises(ValueError, match="too many values"):
        read_tags(tiff(entries, bytes(50 - 38)))


@pytest.mark.parametrize("kind", [3, 11])
def test_values_of_more_than_a_byte_are_counted(kind):
    assert read_tags(tiff({60_000: (2, 1_000_000, 26)}, bytes(1_000_000)))
    read_tags(tiff({60_000: (kind, 250_000, 26)}, bytes(1_000_000)))
    with pytest.raises(ValueError, match="too many values"):
        read_tags(tiff({60_000: (kind, 250_001, 26)}, bytes(1_000_000)))


@pytest.mark.parametrize("data", [b"II*\0", b"II*\0\x08\0\0\0", b"MM\0+\0\x08\0\0" + b"\xff" * 8])
def test_a_directory_outside_the_file(data):
    with pytest.raises((struct.error, OverflowError)):
        read_tags(data)


def test_the_first_value_or_another():
    assert first({258: (8, 16)}, 258) == 8
    assert first({258: ()}, 258) == 0
    assert first({}, 258) == 0
    assert first({}, 258, 5) == 5
    assert first({258: (0,)}, 258, 5) == 0


@pytest.mark.parametrize(
    ("tags", "refused"),
    [
        ({}, None),
        ({50706: (1, 4, 0, 0)}, "image_raw"),  # DNG
        ({262: (32803,)}, "image_raw"),
        ({262: (34892,)}, "image_raw"),
        ({262: (2,)}, None),
        *[({259: (value,)}, "image_raw") for value in (34713, 32867, 32769, 32770, 32767, 65535)],
        *[({259: (value,)}, None) for value in (1, 5, 7, 8, 32773)],
        # A camera's file with further pictures, or whose first one is a reduced one.
        ({271: (77,), 330: (8,)}, "image_raw"),
        ({271: (77,), 254: (1,)}, "image_raw"),
        ({271: (77,), 254: (3,)}, "image_raw"),
        ({271: (77,), 254: (2,)}, None),
        ({271: (77,), 254: (0,)}, None),
        ({271: (77,)}, None),
        ({330: (8,)}, None),
        ({254: (1,)}, None),
        ({322: (1_000,), 323: (2_000,)}, None),
        ({322: (1_000,), 323: (2_001,)}, "image_too_many_pixels"),
    ],
)
def test_which_kinds_are_refused(tags, refused):
    bounds = Limits(max_image_pixels=2_000_000)
    if refused is None:
        check_kind(b"II*\0", tags, bounds)
        return
    with pytest.raises(ImageError) as caught:
        check_kind(b"II*\0", tags, bounds)
    assert caught.value.key == refused


@pytest.mark.parametrize(
    ("mark", "samples", "planar", "bits", "refused"),
    [
        (b"II*\0", 3, 2, 8, False),
        (b"II*\0", 3, 2, 16, False),
        (b"II*\0", 4, 2, 8, False),
        (b"II*\0", 2, 2, 8, True),
        (b"II*\0", 3, 2, 32, True),
        (b"MM\0+", 3, 2, 8, True),
        (b"MM\0+", 1, 2, 8, False),
        (b"II*\0", 2, 1, 8, False),
        (b"II*\0", 3, 1, 32, False),
        (b"II*\0", 1, 2, 32, False),
    ],
)
def test_which_planes_are_refused(mark, samples, planar, bits, refused):
    tags = {258: (bits,) * samples, 277: (samples,), 284: (planar,)}
    if refused:
        with pytest.raises(ValueError, match="planes"):
            check_kind(mark, tags, Limits())
    else:
        check_kind(mark, tags, Limits())


@pytest.mark.parametrize(
    ("mark", "tags", "pillow"),
    [
        (b"II*\0", {}, True),
        (b"MM\0*", {}, True),
        (b"II+\0", {}, True),
        (b"MM\0+", {}, False),
        (b"II*\0", {258: (16,), 339: (1,)}, True),
        (b"II*\0", {258: (16, 16, 16), 339: (1, 1, 1)}, True),
        (b"II*\0", {258: (16, 16, 32)}, False),
        (b"II*\0", {258: (17,)}, False),
        (b"II*\0", {339: (2,)}, False),
        (b"II*\0", {339: (3,)}, False),
        (b"II*\0", {339: (1, 1, 2)}, False),
        (b"II*\0", {339: (0,)}, False),
    ],
)
def test_which_ones_pillow_reads(mark, tags, pillow):
    assert is_for_pillow(mark + bytes(100), tags) is pillow


@pytest.mark.parametrize("kind", ["i2", "i4", "u4", "f4", "f8", "u1", "u2"])
def test_opencv_gives_the_samples_themselves(kind):
    values = np.arange(6).reshape(2, 3).astype(kind)
    form = {"u": UNSIGNED, "i": SIGNED, "f": FLOATING}[kind[0]]
    data = write_tiff(
        [values.tobytes()], size=(3, 2), t258=(3, values.itemsize * 8), t339=(3, form)
    )
    samples = read_with_opencv(data, read_tags(data))
    assert samples.dtype == kind
    assert samples.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_opencv_gives_red_first():
    values = np.array([[[1, 2, 3], [4, 5, 6]]], "<f4")
    tags = {"t258": (3, 32, 32, 32), "t262": (3, 2), "t277": (3, 3), "t339": (3, 3, 3, 3)}
    data = write_tiff([values.tobytes()], size=(2, 1), **tags)
    assert read_with_opencv(data, read_tags(data)).tolist() == [[[1, 2, 3], [4, 5, 6]]]


@pytest.mark.parametrize(
    ("bits", "form"), [(8, SIGNED), (64, UNSIGNED), (16, FLOATING), (24, UNSIGNED)]
)
def test_what_opencv_does_not_read_rightly(bits, form):
    data = write_tiff([bytes(16 * bits // 8)], size=(4, 4), t258=(3, bits), t339=(3, form))
    with pytest.raises(ValueError, match="samples of this kind"):
        read_with_opencv(data, read_tags(data))


def test_opencv_and_four_samples():
    tags = {"t258": (3, 8, 8, 8, 8), "t262": (3, 2), "t277": (3, 4), "t338": (3, 2)}
    data = write_tiff([bytes(64)], size=(4, 4), **tags)
    with pytest.raises(ValueError, match="samples of this kind"):
        read_with_opencv(data, read_tags(data))


CAMERA = (2, 4, int.from_bytes(b"Mak\0", "little"))


def grey_with(extra):
    """A 40x26 grey TIFF with further tags: what raw files show to who can't read them."""
    tags = {
        256: (4, 1, 40), 257: (4, 1, 26), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1),
        277: (3, 1, 1), 278: (4, 1, 26), 279: (4, 1, 1040),
    } | extra  # fmt: skip
    tags[273] = (4, 1, 8 + 2 + 12 * (len(tags) + 1) + 4)
    return tiff(dict(sorted(tags.items())), bytes([200]) * 1040)


@pytest.mark.parametrize(
    "extra",
    [
        {50706: (1, 4, 0x0401)},  # DNG
        {271: CAMERA, 330: (4, 1, 8)},  # a camera's file with further pictures inside
        {271: CAMERA, 254: (4, 1, 1)},  # its first picture is a reduced one
        {262: (3, 1, 32803)},  # a colour filter array
        {262: (3, 1, 34892)},
        {259: (3, 1, 34713)},  # Nikon's compression
        {259: (3, 1, 65535)},  # Pentax's
    ],
)
def test_raw_files_are_not_read_as_their_thumbnails(extra):
    assert key_of(grey_with(extra)) == "image_raw"


@pytest.mark.parametrize("extra", [{}, {271: CAMERA}, {254: (4, 1, 0)}, {330: (4, 1, 8)}])
def test_tiffs_of_cameras_and_programs_are_read(extra):
    assert (load_image(grey_with(extra)) == 200).all()
