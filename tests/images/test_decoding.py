"""Right pixels of every kind of file: depths, colours, transparency, orientation, limits."""

import contextlib
import struct
import warnings
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from detr_gradio.images import ImageError, decoding, load_image
from detr_gradio.images.decoding import decode
from detr_gradio.limits import Limits
from tests.support.hostile import encode, hostile_files, png, png_chunk, seeds, small_picture, tiff
from tests.support.pictures import (
    BLUE,
    GREEN,
    RED,
    SRGB,
    WHITE,
    assert_flat,
    assert_is_an_answer,
    assert_is_kind,
    cmyk_profile,
    corners,
    file_of,
    flat,
    quadrants,
    rgb_profile,
)
from tests.support.tiffs import FLOATING, SIGNED, UNSIGNED, write_tiff

# Modes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGB", (10, 20, 30), (10, 20, 30)),
        ("L", 77, (77, 77, 77)),
        ("1", 1, WHITE),
        ("1", 0, (0, 0, 0)),
        # 128/255 of the colour and 127/255 of white.
        ("RGBA", (200, 100, 0, 128), (227, 177, 127)),
        ("RGBA", (200, 100, 0, 0), WHITE),
        ("RGBA", (200, 100, 0, 255), (200, 100, 0)),
        ("LA", (100, 128), (177, 177, 177)),
        ("LA", (0, 0), WHITE),
        # Grey of 16 bits: value * 255 / 65535, rounded; never clipped.
        ("I;16", 0, (0, 0, 0)),
        ("I;16", 128, (0, 0, 0)),
        ("I;16", 257, (1, 1, 1)),
        ("I;16", 32768, (128, 128, 128)),
        ("I;16", 65535, WHITE),
    ],
)
def test_modes_of_a_png(mode, color, expected):
    assert_flat(load_image(file_of(flat(mode, color))), expected)


@pytest.mark.parametrize(
    ("mode", "color", "expected", "tolerance"),
    [
        ("CMYK", (0, 255, 255, 0), RED, 0),
        ("CMYK", (0, 0, 0, 255), (0, 0, 0), 0),
        ("LAB", (255, 128, 128), WHITE, 2),
        ("I", 65535, WHITE, 0),
        ("I", 200, (200, 200, 200), 0),
        ("I;16", 32768, (128, 128, 128), 0),
        ("F", 0.5, (128, 128, 128), 0),
        ("F", 200.0, (200, 200, 200), 0),
        ("F", 65535.0, WHITE, 0),
        ("F", float("nan"), (0, 0, 0), 0),
        ("F", float("inf"), (0, 0, 0), 0),
    ],
)
def test_modes_of_a_tiff_or_in_memory(mode, color, expected, tolerance):
    assert_flat(load_image(flat(mode, color)), expected, tolerance)
    assert_flat(load_image(file_of(flat(mode, color), "TIFF")), expected, tolerance)


def test_lab_colours_survive_a_tiff():
    image = Image.fromarray(quadrants(RED, GREEN, BLUE, WHITE)).convert("LAB")
    found = corners(load_image(file_of(image, "TIFF")))
    # Lab in 8 bits a channel is coarse: blue comes back as (22, 7, 252).
    assert np.abs(np.subtract(found, [RED, GREEN, BLUE, WHITE])).max() <= 24


def test_cmyk_jpeg_in_adobes_inverted_convention():
    image = Image.fromarray(quadrants(RED, GREEN, BLUE, WHITE)).convert("CMYK")
    data = file_of(image, "JPEG", quality=100)
    assert b"Adobe" in data
    found = corners(load_image(data))
    assert np.abs(np.subtract(found, [RED, GREEN, BLUE, WHITE])).max() <= 2


def test_palette_with_and_without_transparency():
    image = Image.new("P", (32, 24), 1)
    image.putpalette([*RED, *GREEN, *BLUE])
    image.paste(2, (16, 0, 32, 24))
    plain = load_image(file_of(image))
    assert tuple(plain[0, 0]) == GREEN
    assert tuple(plain[0, 31]) == BLUE
    for transparency in (2, b"\xff\xff\x00"):
        keyed = load_image(file_of(image, transparency=transparency))
        assert tuple(keyed[0, 0]) == GREEN
        assert tuple(keyed[0, 31]) == WHITE


def test_transparent_colours_of_grey_and_rgb():
    grey = load_image(file_of(flat("L", 77), transparency=77))
    assert_flat(grey, WHITE)
    rgb = flat("RGB", (1, 2, 3))
    assert_flat(load_image(file_of(rgb, transparency=(1, 2, 3))), WHITE)
    assert_flat(load_image(file_of(rgb, transparency=(1, 2, 4))), (1, 2, 3))
    deep = flat("I;16", 1000)
    assert_flat(load_image(file_of(deep, transparency=1000)), WHITE)
    assert_flat(load_image(file_of(deep, transparency=1001)), (4, 4, 4))


def test_sixteen_bits_a_channel():
    pixel = struct.pack(">HHH", 0x8000, 0xFFFF, 0x0100)
    line = b"\0" + pixel * 32
    assert_flat(load_image(png(32, 24, line * 24, depth=16)), (128, 255, 1))
    key = png_chunk(b"tRNS", pixel)
    assert_flat(load_image(png(32, 24, line * 24, key, depth=16)), WHITE)
    pixel = struct.pack(">HHHH", 200 * 257, 100 * 257, 0, 128 * 257)
    line = b"\0" + pixel * 32
    assert_flat(load_image(png(32, 24, line * 24, depth=16, color=6)), (227, 177, 127))


def grey_tiff(bits, photometric, row, width=32, height=24):
    tags = {
        256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, bits), 259: (3, 1, 1),
        262: (3, 1, photometric), 273: (4, 1, 8 + 2 + 9 * 12 + 4), 277: (3, 1, 1),
        278: (4, 1, height), 279: (4, 1, len(row) * height),
    }  # fmt: skip
    return tiff(tags, row * height)


@pytest.mark.parametrize(
    ("bits", "photometric", "row", "expected"),
    [
        (12, 1, b"\xff" * 48, 255),
        (12, 1, b"\x80\x08\x00" * 16, 128),  # 2048 * 255 / 4095 = 127.5
        (16, 1, b"\x00\x80" * 32, 128),
        (16, 0, b"\x00\x00" * 32, 255),  # photometric 0: zero is white
        (16, 0, b"\xff\xff" * 32, 0),
        (8, 0, b"\x00" * 32, 255),
        (1, 0, b"\x00" * 4, 255),
        (1, 1, b"\x00" * 4, 0),
    ],
)
def test_depths_and_polarity_of_a_tiff(bits, photometric, row, expected):
    assert_flat(load_image(grey_tiff(bits, photometric, row)), (expected,) * 3)


def tiff_of(values, **tags):
    """An uncompressed TIFF of grey, or of three colours, of the values' type."""
    bits, form = values.dtype.itemsize * 8, {"u": UNSIGNED, "i": SIGNED, "f": FLOATING}
    samples = 1 if values.ndim == 2 else 3
    order = ">" if tags.get("big") else "<"
    return write_tiff(
        [values.astype(values.dtype.newbyteorder(order)).tobytes()],
        order=order,
        size=values.shape[1::-1],
        t258=(3, *[bits] * samples),
        t262=tags.pop("t262", (3, 1 if samples == 1 else 2)),
        t277=(3, samples),
        t339=(3, form[values.dtype.kind]),
        **tags,
    )


GREYS = np.repeat([[0, 1, 2, 255]], 24, axis=0).repeat(8, axis=1)  # four stripes


@pytest.mark.parametrize(
    ("values", "tags", "expected"),
    [
        # In these OpenCV reads: numbers of 32 bits, with a sign, floats in BigTIFFs of Motorola.
        (GREYS.astype("u4"), {}, [0, 1, 2, 255]),
        (GREYS.astype("u4"), {"t262": (3, 0)}, [255, 254, 253, 0]),
        (GREYS.astype("u4") * 257, {}, [0, 1, 2, 255]),
        (GREYS.astype("i2"), {}, [0, 1, 2, 255]),
        (GREYS.astype("i2"), {"t262": (3, 0)}, [255, 254, 253, 0]),
        (GREYS.astype("f8") / 255, {}, [0, 1, 2, 255]),
        (GREYS.astype("f8") / 255, {"t262": (3, 0)}, [255, 254, 253, 0]),
        # Their whole numbers without a sign fill their range: 2 of 65,535 is black.
        (GREYS.astype("u1"), {"big": True}, [0, 1, 2, 255]),
        (GREYS.astype("u1"), {"big": True, "t262": (3, 0)}, [255, 254, 253, 0]),
        ((GREYS // 128).astype("u1"), {"big": True}, [0, 0, 0, 1]),
        (GREYS.astype("u2") * 257, {"big": True}, [0, 1, 2, 255]),
        (GREYS.astype("u2"), {"big": True}, [0, 0, 0, 1]),
        (GREYS.astype("u2") * 257, {"big": True, "t262": (3, 0)}, [255, 254, 253, 0]),
        # Pillow reads these.
        (GREYS.astype("u1"), {}, [0, 1, 2, 255]),
        (GREYS.astype("u2"), {}, [0, 0, 0, 1]),
        (GREYS.astype("u2") * 257, {"t262": (3, 0)}, [255, 254, 253, 0]),
    ],
)
def test_numbers_of_each_kind_in_a_tiff(values, tags, expected):
    rgb = decode(tiff_of(values, **tags), Limits())
    assert rgb.shape == (24, 32, 3)
    assert rgb[0, ::8].tolist() == [[grey] * 3 for grey in expected]
    assert (rgb == rgb[:1]).all()


def test_planes_of_16_bits_without_compression():
    planes = [np.full((24, 32), value * 256, "<u2").tobytes() for value in (200, 100, 50)]
    tags = {"t258": (3, 16, 16, 16), "t262": (3, 2), "t277": (3, 3), "t284": (3, 2)}
    assert_flat(decode(write_tiff(planes, **tags), Limits()), (200, 100, 50))


@pytest.mark.parametrize("number", ["u1", "u4"])  # Pillow reads the first, OpenCV the second
@pytest.mark.parametrize(
    ("orientation", "upright"),
    # EXIF 2.32, 4.6.4, of a picture of two rows: 1 2 3 and 4 5 6.
    [
        (1, "123 456"),
        (2, "321 654"),
        (3, "654 321"),
        (4, "456 123"),
        (5, "14 25 36"),
        (6, "41 52 63"),
        (7, "63 52 41"),
        (8, "36 25 14"),
    ],
)
def test_a_tiff_is_turned_upright_or_left_as_it_is_stored(number, orientation, upright):
    stored = np.array([[1, 2, 3], [4, 5, 6]]).repeat(16, 0).repeat(16, 1)
    data = tiff_of((stored * 40).astype(number), t274=(3, orientation))

    def seen(rgb):
        return " ".join("".join(map(str, row)) for row in rgb[::16, ::16, 0] // 40)

    assert seen(decode(data, Limits())) == upright
    assert seen(decode(data, Limits(), as_stored=True)) == "123 456"


def test_the_end_of_a_jpeg_may_be_missing_and_nothing_else():
    data = encode(small_picture(), "jpg")
    whole = np.asarray(Image.open(BytesIO(data)))
    assert np.array_equal(decode(data[:-2], Limits()), whole)
    with pytest.raises(ImageError, match="This JPEG picture is damaged"):
        decode(data[:-40], Limits())


@pytest.mark.parametrize("name", sorted(seeds()))
def test_each_seed_is_a_right_picture(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rgb = load_image(seeds()[name])
    assert_is_an_answer(rgb)
    height, width = (48, 40) if name in {
        "progressive.jpg", "alpha.png", "lossless.webp", "alpha.avif"
    } else (40, 48)  # fmt: skip
    assert rgb.shape == (height, width, 3)
    assert rgb.std() > 20


# Orientation -----------------------------------------------------------------------------------

# EXIF 2.32, 4.6.4: which side of the picture the first stored row and column are. Here: the
# stored quarters, in reading order, of a picture that is red, green / blue, white when upright.
STORED = {
    1: (RED, GREEN, BLUE, WHITE),  # top, left
    2: (GREEN, RED, WHITE, BLUE),  # top, right
    3: (WHITE, BLUE, GREEN, RED),  # bottom, right
    4: (BLUE, WHITE, RED, GREEN),  # bottom, left
    5: (RED, BLUE, GREEN, WHITE),  # left, top
    6: (GREEN, WHITE, RED, BLUE),  # right, top
    7: (WHITE, GREEN, BLUE, RED),  # right, bottom
    8: (BLUE, RED, WHITE, GREEN),  # left, bottom
}


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(kind, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(quadrants(*STORED[orientation]))
    options = {"WEBP": {"lossless": True}, "TIFF": {}, "PNG": {}}.get(kind, {"quality": 95})
    if kind == "HEIF":
        stored.info["exif"] = exif.tobytes()  # from here it takes its properties of rotation
    else:
        options["exif"] = exif
    rgb = load_image(file_of(stored, kind, **options))
    assert np.abs(np.subtract(corners(rgb), [RED, GREEN, BLUE, WHITE])).max() <= 8


@pytest.mark.parametrize("orientation", range(2, 9))
def test_the_orientation_test_needs_turning(orientation):
    assert STORED[orientation] != STORED[1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = file_of(Image.fromarray(quadrants(*STORED[orientation])), exif=exif)
    # An independent reader agrees with the table, and one that ignores the tag does not.
    turned = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert corners(np.asarray(turned)) == [RED, GREEN, BLUE, WHITE]
    assert corners(np.asarray(Image.open(BytesIO(data)))) != [RED, GREEN, BLUE, WHITE]


def test_heic_and_avif_are_turned_once_and_by_their_properties():
    """EXIF inside of them is only a copy, which readers must not apply again."""
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = flat("RGB", RED, (128, 64))
    assert load_image(file_of(wide, "HEIF", exif=exif)).shape == (64, 128, 3)
    wide.info["exif"] = exif.tobytes()
    assert load_image(file_of(wide, "HEIF")).shape == (128, 64, 3)
    assert load_image(file_of(wide, "AVIF", exif=exif)).shape == (128, 64, 3)


def test_orientation_turns_the_size_too():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert load_image(file_of(flat("RGB", RED, (64, 32)), exif=exif)).shape == (64, 32, 3)


@pytest.mark.parametrize("order", ["<", ">"])
def test_orientation_in_both_byte_orders(order):
    mark = {"<": b"II*\0", ">": b"MM\0*"}[order]
    entry = struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, 3, 0, 0)
    data = file_of(Image.fromarray(quadrants(*STORED[3])), "JPEG", exif=b"Exif\0\0" + mark + entry)
    assert np.abs(np.subtract(corners(load_image(data)), [RED, GREEN, BLUE, WHITE])).max() <= 8


# Animations, containers, profiles ----------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_frame_of_an_animation(kind):
    frames = [flat("RGB", color) for color in (RED, GREEN, BLUE)]
    options = {"lossless": True} if kind == "WEBP" else {}
    data = file_of(frames[0], kind, save_all=True, append_images=frames[1:], **options)
    with Image.open(BytesIO(data)) as image:
        assert image.n_frames == 3
    assert_flat(load_image(data), RED)


def test_multi_picture_jpeg_gives_the_first():
    first, second = flat("RGB", RED), flat("RGB", BLUE)
    data = file_of(first, "MPO", save_all=True, append_images=[second])
    assert_flat(load_image(data), (254, 0, 0), tolerance=2)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
def test_an_embedded_profile_is_obeyed(kind):
    # In this profile the first channel is green, the second blue, the third red.
    profile = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
    options = {"quality": 100} if kind == "JPEG" else {}
    data = file_of(
        Image.fromarray(quadrants(RED, GREEN, BLUE, WHITE)), kind, icc_profile=profile, **options
    )
    found = corners(load_image(data))
    assert np.abs(np.subtract(found, [GREEN, BLUE, RED, WHITE])).max() <= 4


@pytest.mark.parametrize("kind", ["TIFF", "JPEG"])
def test_a_printers_profile_is_obeyed(kind):
    """Its cyan is a red: Lab (54, 81, 70) of D50, which is sRGB's."""
    profile = cmyk_profile((54, 81, 70))
    for ink, color, plain in (
        ((255, 0, 0, 0), RED, (0, 255, 255)),
        ((0, 255, 0, 0), WHITE, (255, 0, 255)),
        ((0, 0, 0, 255), (0, 0, 0), (0, 0, 0)),
    ):
        data = file_of(flat("CMYK", ink), kind, icc_profile=profile)
        assert_flat(decode(data, Limits()), color, tolerance=2)
        assert_flat(decode(data, Limits(), as_stored=True), plain)
    assert_flat(decode(file_of(flat("RGB", RED), kind, icc_profile=profile), Limits()), RED, 1)


def test_a_jpeg_of_other_colours_is_read_as_any_other():
    """Its orientation counts and its end may be missing, in another process too."""
    turned = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = Image.fromarray(quadrants(*STORED[6]))
    data = file_of(stored, "JPEG", quality=100, exif=exif, icc_profile=turned)
    for file in (data, data[:-2]):
        found = corners(decode(file, Limits()))
        assert np.abs(np.subtract(found, [GREEN, BLUE, RED, WHITE])).max() <= 4
    with pytest.raises(ImageError, match="This JPEG picture is damaged"):
        decode(data[:-60], Limits())


def test_a_transparent_picture_obeys_its_profile_too():
    profile = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
    data = file_of(flat("RGBA", (255, 0, 0, 255)), icc_profile=profile)
    assert_flat(load_image(data), GREEN, tolerance=3)
    data = file_of(flat("RGBA", (255, 0, 0, 0)), icc_profile=profile)
    assert_flat(load_image(data), WHITE)


def test_a_long_profile_in_a_png_is_ignored():
    turned = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))
    pixels = (b"\0" + bytes((9, 8, 7)) * 40) * 40
    chunk = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(turned + bytes(1_000_000)))
    assert_flat(load_image(png(40, 40, pixels, chunk)), (9, 8, 7))
    chunk = png_chunk(b"iCCP", b"icc\0\0" + zlib.compress(turned))
    assert not (load_image(png(40, 40, pixels, chunk)) == (9, 8, 7)).all()


def test_srgb_leaves_every_pixel_alone():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = file_of(small_picture(), icc_profile=srgb)
    assert np.array_equal(load_image(data), np.asarray(small_picture()))


def test_a_profile_of_other_channels_is_ignored():
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert_flat(load_image(file_of(flat("RGB", (1, 2, 3)), icc_profile=lab)), (1, 2, 3))


# Limits ----------------------------------------------------------------------------------------


def test_limits_are_obeyed():
    bounds = Limits(max_image_pixels=10_000, min_image_side=20, max_image_aspect=4.0)

    def key(width, height, kind="PNG"):
        try:
            decode(file_of(Image.new("L", (width, height)), kind), bounds)
        except ImageError as error:
            return error.key
        return "fine"

    assert key(100, 100) == "fine"
    assert key(100, 101) == "image_too_many_pixels"
    assert key(20, 80) == "fine"
    assert key(19, 40) == "image_too_small"
    assert key(20, 81) == "image_too_narrow"
    assert key(81, 20) == "image_too_narrow"
    for kind in ("TIFF", "AVIF"):  # in a process of its own
        assert key(100, 101, kind) == "image_too_many_pixels"
        assert key(19, 40, kind) == "image_too_small"


def test_an_allowed_picture_of_fifty_megapixels_loads():
    data = file_of(Image.new("1", (10_000, 5_000), 1))
    rgb = load_image(data)
    assert rgb.shape == (5_000, 10_000, 3)
    assert rgb.min() == 255


def test_pillows_own_settings_stay(monkeypatch):
    before = Image.MAX_IMAGE_PIXELS
    for file in hostile_files()[::7]:
        with contextlib.suppress(ImageError):
            load_image(file.data)
    assert before == Image.MAX_IMAGE_PIXELS
    with pytest.raises(Image.DecompressionBombError):
        Image.open(BytesIO(png(60_000, 60_000, b"")))


@pytest.mark.parametrize("trouble", [MemoryError, RecursionError, OSError, SystemError, KeyError])
def test_whatever_a_decoder_raises_is_told_kindly(trouble, monkeypatch):
    def fail(*_, **__):
        raise trouble("/srv/app/secret.png")

    monkeypatch.setattr(decoding, "to_rgb", fail)
    with pytest.raises(ImageError) as caught:
        decode(file_of(small_picture()), Limits())
    assert caught.value.key == ("image_memory" if trouble is MemoryError else "image_damaged")
    assert_is_kind(caught.value, "secret")


class TestAsStored:
    """Pixels of a data set: what Pillow alone decodes, as with the published figures."""

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_the_orientation_is_left_alone(self, orientation, tmp_path):
        rgb = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        exif = Image.Exif()
        exif[0x0112] = orientation
        path = tmp_path / "turned.jpg"
        Image.fromarray(rgb).save(path, exif=exif)
        stored = load_image(path, as_stored=True)
        np.testing.assert_array_equal(stored, np.asarray(Image.open(path).convert("RGB")))
        assert stored.shape == (40, 60, 3)
        assert np.array_equal(load_image(path), stored) == (orientation == 1)

    def test_a_colour_profile_is_left_alone(self):
        data = file_of(flat("RGB", RED), icc_profile=rgb_profile("t", (SRGB[1], SRGB[2], SRGB[0])))
        assert_flat(load_image(data, as_stored=True), RED)
        assert_flat(load_image(data), GREEN, tolerance=3)
