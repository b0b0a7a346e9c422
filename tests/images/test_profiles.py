"""Colour profiles: usual ones are obeyed, what costs time is ignored, and nothing takes minutes."""

import struct
import time
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms

from detr_gradio.images import load_image
from detr_gradio.images.profiles import MAX_PROFILE_BYTES, profile_to_apply
from tests.support.pictures import SRGB, assert_flat, file_of, flat, rgb_profile

RED, GREEN = (255, 0, 0), (0, 255, 0)
TURNED = rgb_profile("turned", (SRGB[1], SRGB[2], SRGB[0]))  # red is green, ...


def with_tags(profile, tags):
    """A profile with further tags behind its own."""
    count = struct.unpack_from(">I", profile, 128)[0]
    shift = 12 * len(tags)
    table = b""
    for number in range(count):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * number)
        table += struct.pack(">4sII", name, start + shift, size)
    body = profile[132 + 12 * count :]
    for name, data in tags.items():
        table += struct.pack(">4sII", name, 132 + 12 * count + shift + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    whole = profile[4:128] + struct.pack(">I", count + len(tags)) + table + body
    return struct.pack(">I", len(whole) + 4) + whole


def curve_sets(segments):
    """A multi-process element of three curves with so many segments (ICC.1:2010, 10.14)."""
    breaks = np.linspace(0.01, 0.99, segments - 1).astype(">f4").tobytes()
    segment = b"parf" + bytes(8) + struct.pack(">4f", 1, 1, 0, 0)
    curve = b"curf\0\0\0\0" + struct.pack(">HH", segments, 0) + breaks + segment * segments
    places = b"".join(struct.pack(">II", 36, len(curve)) for _ in range(3))
    element = b"cvst\0\0\0\0" + struct.pack(">HH", 3, 3) + places + curve
    head = b"mpet\0\0\0\0" + struct.pack(">HHI", 3, 3, 1) + struct.pack(">II", 24, len(element))
    return head + element


def test_a_usual_profile_is_obeyed():
    assert profile_to_apply(TURNED, "RGB") == TURNED
    assert profile_to_apply(with_tags(TURNED, {b"vcgt": bytes(40)}), "RGB") is not None
    assert_flat(load_image(file_of(flat("RGB", RED), icc_profile=TURNED)), GREEN, tolerance=3)


@pytest.mark.parametrize("name", [b"D2B0", b"D2B3", b"B2D0", b"B2D1"])
def test_multi_process_elements_are_ignored(name):
    profile = with_tags(TURNED, {name: curve_sets(2)})
    assert profile_to_apply(profile, "RGB") is None
    assert_flat(load_image(file_of(flat("RGB", RED), icc_profile=profile)), RED)


def test_ten_thousand_segments_cost_nothing():
    """As a 64x64 PNG of little size they took minutes and most of a gigabyte."""
    profile = with_tags(TURNED, {b"D2B0": curve_sets(3_000)})
    data = file_of(Image.new("RGB", (64, 64), RED), icc_profile=profile)
    start = time.monotonic()
    assert_flat(load_image(data), RED)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("tag", "kind"), [(b"A2B0", b"mpet"), (b"A2B1", b"what"), (b"rTRC", b"mpet"), (b"gTRC", b"")]
)
def test_tables_and_curves_of_other_kinds_are_ignored(tag, kind):
    bare = {b"rTRC": b"xTRC", b"gTRC": b"xTRC"}.get(tag)
    profile = TURNED.replace(tag, bare) if bare else TURNED
    assert profile_to_apply(with_tags(profile, {tag: kind + bytes(40)}), "RGB") is None


@pytest.mark.parametrize("kind", [b"mft1", b"mft2", b"mAB "])
def test_tables_of_the_usual_kinds_are_not(kind):
    assert profile_to_apply(with_tags(TURNED, {b"A2B0": kind + bytes(40)}), "RGB") is not None


def test_what_is_no_profile_for_the_picture_is_ignored():
    assert profile_to_apply(TURNED, "CMYK") is None
    assert profile_to_apply(TURNED, "L") is None
    assert profile_to_apply(None, "RGB") is None
    assert profile_to_apply(TURNED[:100], "RGB") is None
    assert profile_to_apply(TURNED[:140], "RGB") is None
    assert profile_to_apply(TURNED.replace(b"mntr", b"link"), "RGB") is None
    assert profile_to_apply(TURNED.replace(b"acsp", b"ACSP"), "RGB") is None
    many = TURNED[:128] + struct.pack(">I", 2**32 - 1) + TURNED[132:]
    assert profile_to_apply(many, "RGB") is None


def test_size_is_bounded():
    exact = TURNED + bytes(MAX_PROFILE_BYTES - len(TURNED))
    assert profile_to_apply(exact, "RGB") is not None
    assert profile_to_apply(exact + b"\0", "RGB") is None


def test_srgb_needs_no_conversion_in_both_versions_of_its_name():
    version4 = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert version4[8] == 4
    assert profile_to_apply(version4, "RGB") is None
    assert profile_to_apply(rgb_profile("sRGB IEC61966-2.1", SRGB), "RGB") is None
    assert profile_to_apply(rgb_profile("not sRGB", SRGB), "RGB") is not None


def test_a_name_that_breaks_off_is_not_srgb():
    for size in (3, 22, 23):  # where its text begins stands in bytes 24 to 27
        profile = with_tags(TURNED, {b"desc": b"mluc" + bytes(size)})
        assert profile_to_apply(profile, "RGB") == profile


def name_of_version_4(text):
    """A multiLocalizedUnicodeType of one text (ICC.1:2010, 10.13), which begins at byte 28."""
    coded = text.encode("utf-16-be")
    head = struct.pack(">4s4sII2s2sII", b"mluc", b"", 1, 12, b"en", b"US", len(coded), 28)
    return head + coded


@pytest.mark.parametrize(
    ("description", "obeyed"),
    [
        (name_of_version_4("sRGB built-in"), False),
        (name_of_version_4("sRGB"), False),
        # Names before and behind it in the alphabet; and the same bytes in another type.
        (name_of_version_4("Display P3"), True),
        (name_of_version_4("xRGB"), True),
        (name_of_version_4("sRG"), True),
        (name_of_version_4("sRGB").replace(b"mluc", b"text"), True),
        (b"desc" + struct.pack(">II", 0, 5) + b"sRGB\0", False),
        (b"desc" + struct.pack(">II", 0, 5) + b"aRGB\0", True),
        (b"desc" + struct.pack(">II", 0, 5) + b"tRGB\0", True),
        (b"text" + struct.pack(">II", 0, 5) + b"sRGB\0", True),
        (b"", True),
    ],
)
def test_the_name_says_whether_it_is_srgb(description, obeyed):
    profile = with_tags(TURNED, {b"desc": description})
    assert profile_to_apply(profile, "RGB") == (profile if obeyed else None)


def test_a_tag_ends_where_the_table_says():
    """The name's last byte belongs to another tag, which is not sRGB's."""
    profile = with_tags(TURNED, {b"desc": name_of_version_4("sRGB")})
    place = 132 + 12 * struct.unpack_from(">I", profile, 128)[0] - 12
    name, start, size = struct.unpack_from(">4sII", profile, place)
    assert (name, size) == (b"desc", 36)
    for size, obeyed in ((36, False), (35, True), (27, True)):
        told = profile[:place] + struct.pack(">4sII", name, start, size) + profile[place + 12 :]
        assert profile_to_apply(told, "RGB") == (told if obeyed else None)


def test_as_many_as_a_hundred_tags():
    own = struct.unpack_from(">I", TURNED, 128)[0]
    for count, obeyed in ((100, True), (101, False)):
        tags = {b"%04d" % number: b"text" for number in range(count - own)}
        profile = with_tags(TURNED, tags)
        assert struct.unpack_from(">I", profile, 128) == (count,)
        assert profile_to_apply(profile, "RGB") == (profile if obeyed else None)


def with_header(place, value):
    return TURNED[:place] + value + TURNED[place + 4 :]


@pytest.mark.parametrize(
    ("place", "value", "obeyed"),
    [  # ICC.1:2010, 7.2: class, colours, connection space, signature
        *[(12, value, True) for value in (b"mntr", b"scnr", b"prtr", b"spac")],
        *[(12, value, False) for value in (b"link", b"abst", b"nmcl")],
        *[(16, value, False) for value in (b"CMYK", b"GRAY", b"Lab ", b"XYZ ")],
        (20, b"XYZ ", True),
        (20, b"Lab ", True),
        (20, b"RGB ", False),
        (36, b"acsq", False),
    ],
)
def test_the_header_says_what_it_is_for(place, value, obeyed):
    profile = with_header(place, value)
    assert profile_to_apply(profile, "RGB") == (profile if obeyed else None)
    assert profile_to_apply(profile, "CMYK") == (profile if value == b"CMYK" else None)
    assert profile_to_apply(profile, "LAB") is None


def test_a_pil_image_with_a_profile():
    image = flat("RGB", RED)
    image.info["icc_profile"] = TURNED
    assert_flat(load_image(image), GREEN, tolerance=3)
    data = BytesIO()
    image.save(data, "PNG", icc_profile=TURNED)
    assert np.array_equal(load_image(image), load_image(data.getvalue()))
