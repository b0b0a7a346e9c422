"""Files that are no pictures are told what they are, and raw files aren't read as thumbnails."""

import struct

import pytest

from detr_gradio.images import ImageError, load_image
from tests.support.hostile import seeds, small_picture, tiff

CAMERA = (2, 4, int.from_bytes(b"Mak\0", "little"))


def key_of(data):
    with pytest.raises(ImageError) as caught:
        load_image(data)
    return caught.value.key


def container(major, *others):
    return struct.pack(">I4s4sI", 16 + 4 * len(others), b"ftyp", major, 0) + b"".join(others)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (container(b"M4A "), "image_sound"),
        (container(b"M4A ", b"mp42", b"isom"), "image_sound"),
        (container(b"M4B "), "image_sound"),
        (b"ID3\x04\0\0\0\0\0\0", "image_sound"),
        (b"\xff\xfb\x90\x64" + bytes(400), "image_sound"),
        (b"\xff\xf1\x50\x80" + bytes(400), "image_sound"),
        (b"OggS\0\2", "image_sound"),
        (b"fLaC\0\0\0\x22", "image_sound"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "image_sound"),
        (b"FORM\0\0\0\x24AIFF", "image_sound"),
        (container(b"isom", b"mp41"), "image_video"),
        (container(b"mp42"), "image_video"),
        (container(b"qt  "), "image_video"),
        (container(b"3gp5"), "image_video"),
        (container(b"M4V "), "image_video"),
        (b"\0\0\0\x08wide\0\0\0\x10mdat", "image_video"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x86", "image_video"),
        (b"RIFF\x24\0\0\0AVI LIST", "image_video"),
        (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "image_video"),
        (b"FLV\x01\x05", "image_video"),
        ((b"G" + bytes(187)) * 3, "image_video"),
        (container(b"crx ", b"isom"), "image_raw"),
        (b"II*\0\x10\0\0\0CR\x02\0", "image_raw"),
        (b"IIRO\x08\0\0\0", "image_raw"),
        (b"IIU\0\x18\0\0\0", "image_raw"),
        (b"II\x1a\0\0\0HEAPCCDR\2\0\1\0", "image_raw"),
        (b"FUJIFILMCCD-RAW 0201", "image_raw"),
        (b"FOVb\0\0\x03\0", "image_raw"),
        # A mark of byte order, and letters that begin as other formats do.
        ("<svg/>".encode("utf-16"), "image_not_a_picture"),
        (b"G" + b"ood morning" * 40, "image_not_a_picture"),
        (b"RIFF\x24\0\0\0ACON", "image_not_a_picture"),
        # A picture by its brand, so what is missing is damage.
        (container(b"mif1", b"heic"), "image_damaged"),
        (container(b"heix"), "image_damaged"),
        (container(b"MiHB", b"mif1"), "image_damaged"),
    ],
)
def test_what_is_no_picture_is_told_what_it_is(data, key):
    assert key_of(data) == key


def test_the_sentences_say_where_it_belongs():
    video = ImageError("image_video")
    assert "tab Video" in video.message("en")
    assert "pestaña Video" in video.message("es")
    assert "export it as JPEG or PNG" in ImageError("image_raw").message("en")
    assert "sound recording" in ImageError("image_sound").message("en")


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


def test_the_name_of_the_format_is_in_the_sentence():
    with pytest.raises(ImageError, match="This AVIF picture is damaged"):
        load_image(seeds()["rgb.avif"][:60])
    assert load_image(seeds()["rgb.avif"]).shape[:2] == small_picture().size[::-1]
