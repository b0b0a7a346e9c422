"""Files that are no pictures are told what they are, and raw files aren't read as thumbnails."""

import struct

import pytest

from detr_gradio.images import ImageError, load_image
from detr_gradio.images.kinds import identify
from tests.support.hostile import seeds, small_picture


def key_of(data):
    with pytest.raises(ImageError) as caught:
        load_image(data)
    return caught.value.key


def container(major, *others, size=None):
    size = 16 + 4 * len(others) if size is None else size
    return struct.pack(">I4s4sI", size, b"ftyp", major, 0) + b"".join(others)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"GIF87a", "GIF"),
        (b"GIF89a", "GIF"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "WebP"),
        (b"BM\x36\0", "BMP"),
        (b"II*\0\x08\0\0\0", "TIFF"),
        (b"MM\0*\0\0\0\x08", "TIFF"),
        (b"II+\0\x08\0\0\0", "TIFF"),
        (b"MM\0+\0\x08\0\0", "TIFF"),
        (container(b"avif"), "AVIF"),
        (container(b"avis", b"msf1"), "AVIF"),
        (container(b"heic"), "HEIC"),
        (container(b"heix"), "HEIC"),
        (container(b"hevc"), "HEIC"),
        (container(b"mif1", b"avif"), "HEIC"),  # the major brand counts first
        # Where nobody knows it, the first of the compatible ones that is known.
        (container(b"MiHB", b"isom", b"mif1", b"avif"), "HEIC"),
        (container(b"MiHB", b"isom", b"abcd", b"avif", b"mif1"), "AVIF"),
        # Brands are read to byte 256 of the box.
        (container(b"MiHB", *[b"abcd"] * 59, b"avif"), "AVIF"),
    ],
)
def test_pictures_by_their_first_bytes(data, name):
    assert identify(data) == name


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (container(b"MiHB", *[b"abcd"] * 60, b"avif"), "image_video"),
        (container(b"MiHB", b"abcd", b"avif", size=20), "image_video"),  # behind the box
        (container(b"MiHB", b"ab", b"avif"), "image_video"),  # not at a multiple of 4
        (container(b"MiHB", b"crx "), "image_raw"),
        (container(b"MiHB", b"M4A "), "image_sound"),
        (b"\x89PNG\r\n\x1a", "image_not_a_picture"),
        (b"\xff\xd8", "image_not_a_picture"),
        (b" GIF89a", "image_not_a_picture"),
        (b"G" + bytes(186) + b"G", "image_not_a_picture"),
        (b"<!-- -->" + b" " * 4_083 + b"<sVg>", "image_vector"),  # within the first 4096 bytes
        (b"<!-- -->" + b" " * 4_085 + b"<svg>", "image_not_a_picture"),
        (b"", "image_not_a_picture"),
    ],
)
def test_the_edges_of_what_is_read(data, key):
    with pytest.raises(ImageError) as caught:
        identify(data)
    assert caught.value.key == key


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


def test_the_name_of_the_format_is_in_the_sentence():
    with pytest.raises(ImageError, match="This AVIF picture is damaged"):
        load_image(seeds()["rgb.avif"][:60])
    assert load_image(seeds()["rgb.avif"]).shape[:2] == small_picture().size[::-1]
