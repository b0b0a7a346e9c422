"""Pictures in files and in memory, and what ``load_image`` promises of each answer."""

import struct
from io import BytesIO

import numpy as np
from PIL import Image

from detr_gradio.images import ImageError, load_image
from detr_gradio.limits import Limits
from detr_gradio.messages import LANGUAGES, MESSAGES

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def file_of(image, kind="PNG", **options):
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def flat(mode, color, size=(32, 24)):
    return Image.new(mode, size, color)


def quadrants(top_left, top_right, bottom_left, bottom_right, half=32):
    """A square of four colours; 32 pixels each, so that no codec's block holds two of them."""
    rgb = np.empty((2 * half, 2 * half, 3), np.uint8)
    rgb[:half, :half], rgb[:half, half:] = top_left, top_right
    rgb[half:, :half], rgb[half:, half:] = bottom_left, bottom_right
    return rgb


def corners(rgb):
    """The colours in the middle of the four quarters, in reading order."""
    height, width = rgb.shape[:2]
    return [
        tuple(int(v) for v in rgb[y, x])
        for y in (height // 4, height * 3 // 4)
        for x in (width // 4, width * 3 // 4)
    ]


def assert_flat(rgb, color, tolerance=0):
    assert rgb.dtype == np.uint8
    assert np.abs(rgb.astype(int) - color).max() <= tolerance


def assert_is_an_answer(rgb, bounds=None):
    """What load_image promises of every array that it returns."""
    bounds = bounds or Limits()
    assert type(rgb) is np.ndarray
    assert rgb.dtype == np.uint8
    assert rgb.ndim == 3
    assert rgb.shape[2] == 3
    assert rgb.flags.c_contiguous
    assert rgb.flags.writeable
    assert rgb.shape[0] * rgb.shape[1] <= bounds.max_image_pixels
    assert min(rgb.shape[:2]) >= bounds.min_image_side


def assert_is_kind(error, *secrets):
    """What every refusal promises: a known sentence in each language, without paths."""
    assert type(error) is ImageError
    assert error.key in MESSAGES
    for language in LANGUAGES:
        sentence = error.message(language)
        assert 20 < len(sentence) < 250
        assert "{" not in sentence
        for secret in (*secrets, "/", "\\", "Traceback", "Error", "0x"):
            assert secret not in sentence
    assert str(error) == error.message("en")


def answer_of(source):
    """The picture, or the ImageError; nothing else may escape."""
    try:
        return load_image(source)
    except ImageError as error:
        return error


def check_answer(source, *secrets):
    answer = answer_of(source)
    if isinstance(answer, ImageError):
        assert_is_kind(answer, *secrets)
    else:
        assert_is_an_answer(answer)


def icc_profile(version, colours, space, tags):
    """An ICC profile of a monitor, or printer, with these tags (ICC.1:2010, section 7)."""
    table, body = b"", b""
    for name, data in tags.items():
        offset = 128 + 4 + 12 * len(tags) + len(body)
        table += name + struct.pack(">II", offset, len(data))
        body += data + bytes(-len(data) % 4)
    header = bytearray(128)
    header[8:12] = version
    header[12:24] = (b"prtr" if colours == b"CMYK" else b"mntr") + colours + space
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">iii", 63190, 65536, 54061)
    profile = bytes(header) + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(profile)) + profile[4:]


def xyz(values):
    return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)


def described(description):
    text = description.encode() + b"\0"
    return {
        b"desc": b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78),
        b"wtpt": xyz((0.9642, 1.0, 0.8249)),
        b"cprt": b"text\0\0\0\0none\0",
    }


def rgb_profile(description, primaries):
    """A minimal ICC v2 matrix profile with gamma 2.2; primaries: XYZ of red, green and blue."""
    tags = described(description)
    for name, values in zip((b"r", b"g", b"b"), primaries, strict=True):
        tags[name + b"XYZ"] = xyz(values)
        tags[name + b"TRC"] = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(2.2 * 256)) + b"\0\0"
    return icc_profile(b"\x02\x10\0\0", b"RGB ", b"XYZ ", tags)


def cmyk_profile(color):
    """A printer's profile: its cyan is this Lab colour, its black black, other inks are white.

    A table of 2 levels for each ink (lut8Type, ICC.1:2010, 10.9): black changes fastest.
    """
    levels = bytes(range(256))
    lightness, a, b = color
    ink = bytes((round(lightness * 2.55), a + 128, b + 128))
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + identity + levels * 4
    white, black = bytes((255, 128, 128)), bytes((0, 128, 128))
    table += (white + black) * 4 + (ink + black) * 4 + levels * 3
    return icc_profile(b"\x02\x10\0\0", b"CMYK", b"Lab ", described("press") | {b"A2B0": table})


# sRGB's primaries adapted to D50 (IEC 61966-2-1 by Bradford's matrix).
SRGB = ((0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141))
