"""Hostile picture files, the same ones every time, for loader, page, HTTP and CLI.

``hostile_files()`` gives a few hundred of them; ``write_hostile_files(folder)`` puts them on disk.
"""

from __future__ import annotations

import functools
import random
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()

WIDTH, HEIGHT = 48, 40

# Formats that the loader opens: Pillow's name, how to save a small picture in it.
FORMATS = {
    "avif": ("AVIF", {"quality": 60}),
    "bmp": ("BMP", {}),
    "gif": ("GIF", {}),
    "heic": ("HEIF", {"quality": 60}),
    "jpg": ("JPEG", {"quality": 80}),
    "png": ("PNG", {}),
    "tif": ("TIFF", {"compression": "tiff_lzw"}),
    "webp": ("WEBP", {"quality": 60}),
}


BLACK = "40x40 #000000"

# Files that were cut, and show all the same what they did before: their last marker or chunk is
# gone, padding, or another frame. All other ones are damaged.
CUT = {
    "rgb-end.png": "rgb.png",
    "grey-end.png": "grey.png",
    "palette-end.png": "palette.png",
    "alpha-end.png": "alpha.png",
    "deep-end.png": "deep.png",
    "bilevel-end.png": "bilevel.png",
    "animated-two-thirds.png": "animated.png",
    "animated-end.png": "animated.png",
    "animated-third.gif": "animated.gif",
    "animated-two-thirds.gif": "animated.gif",
    "animated-end.gif": "animated.gif",
    "fax-end.tif": "fax.tif",
    "lab-end.tif": "lab.tif",
    "deep-end.tif": "deep.tif",
    "pages-two-thirds.tif": "pages.tif",
    "pages-end.tif": "pages.tif",
}

# Files with eight changed bytes that no checksum guards; all other ones are damaged.
FLIPPED = {
    "rgb-0.bmp": "48x40",
    "rgb-1.bmp": "48x40",
    "rgb-0.jpg": "48x40",
    "rgb-0.webp": "image_not_a_picture",
    "rgb-1.webp": "48x40",
    "grey-0.jpg": "48x40",
    "cmyk-0.jpg": "48x40",
    "cmyk-1.jpg": "48x40",
    "palette-1.png": "image_not_a_picture",
    "animated-0.gif": "animated.gif",
    "animated-0.webp": "48x40",
    "animated-1.webp": "48x40",
    "alpha-0.heic": "48x40",
    "palette-0.bmp": "48x40",
    "palette-1.bmp": "48x40",
    "raw-0.tif": "48x40",
    "raw-1.tif": "48x40",
    "fax-0.tif": "48x40",
    "lab-0.tif": "48x40",
    "lab-1.tif": "48x40",
    "float-0.tif": "48x40",
    "float-1.tif": "48x40",
    "pages-0.tif": "48x40",
}


@dataclass(frozen=True)
class HostileFile:
    """One file.

    Attributes:
        name: a file name that says what is wrong, unique.
        data: its bytes.
        answer: what must come of it: the key of the message that refuses it; a seed, whose
            picture it is; a size and a colour, "40x40 #000000"; or a size alone, where chance has
            changed the pixels themselves.
    """

    name: str
    data: bytes
    answer: str


def small_picture(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """A picture without flat parts, so that every codec has something to store."""
    y, x = np.mgrid[:height, :width]
    planes = (x * 255 // max(1, width - 1), y * 255 // max(1, height - 1), (x * 7 + y * 13) % 256)
    return Image.fromarray(np.stack(planes, axis=2).astype(np.uint8))


def encode(image: Image.Image, extension: str, **options: object) -> bytes:
    """The bytes of a file in one of ``FORMATS``."""
    name, defaults = FORMATS[extension]
    buffer = BytesIO()
    image.save(buffer, name, **{**defaults, **options})
    return buffer.getvalue()


@functools.cache
def seeds() -> dict[str, bytes]:
    """Small valid files that together reach the decoders' many branches; the fuzzer's seeds."""
    rgb = small_picture()
    grey, palette = rgb.convert("L"), rgb.quantize(16)
    alpha = rgb.copy()
    alpha.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    frames = [rgb, rgb.rotate(90), rgb.rotate(180)]
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "description"
    files = {f"rgb.{extension}": encode(rgb, extension) for extension in FORMATS}
    files |= {
        "grey.jpg": encode(grey, "jpg"),
        "cmyk.jpg": encode(rgb.convert("CMYK"), "jpg"),
        "progressive.jpg": encode(rgb, "jpg", progressive=True, exif=exif),
        "grey.png": encode(grey, "png"),
        "palette.png": encode(palette, "png", transparency=3),
        "alpha.png": encode(alpha, "png", exif=exif),
        "deep.png": encode(deep, "png"),
        "bilevel.png": encode(rgb.convert("1"), "png"),
        "animated.png": encode(frames[0], "png", save_all=True, append_images=frames[1:]),
        "animated.gif": encode(palette, "gif", save_all=True, append_images=frames[1:]),
        "alpha.webp": encode(alpha, "webp"),
        "lossless.webp": encode(alpha, "webp", lossless=True, exif=exif),
        "animated.webp": encode(frames[0], "webp", save_all=True, append_images=frames[1:]),
        "alpha.avif": encode(alpha, "avif", exif=exif),
        "alpha.heic": encode(alpha, "heic"),
        "palette.bmp": encode(palette, "bmp"),
        "raw.tif": encode(rgb, "tif", compression=None),
        "deflate.tif": encode(alpha, "tif", compression="tiff_adobe_deflate"),
        "jpeg.tif": encode(rgb, "tif", compression="jpeg"),
        "fax.tif": encode(rgb.convert("1"), "tif", compression="group4"),
        "cmyk.tif": encode(rgb.convert("CMYK"), "tif"),
        "lab.tif": encode(rgb.convert("LAB"), "tif"),
        "deep.tif": encode(deep, "tif"),
        "float.tif": encode(grey.convert("F"), "tif", compression=None),
        "pages.tif": encode(frames[0], "tif", save_all=True, append_images=frames[1:]),
    }
    return files


def png_chunk(kind: bytes, data: bytes = b"") -> bytes:
    """One PNG chunk with its length and CRC."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, pixels: bytes, *extra: bytes, depth: int = 8, color: int = 2
) -> bytes:
    """A PNG of any header and any (uncompressed) scanlines; extra chunks go before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            *extra,
            png_chunk(b"IDAT", zlib.compress(pixels, 1)),
            png_chunk(b"IEND"),
        )
    )


def tiff(tags: dict[int, tuple[int, int, int]], data: bytes = b"", next_ifd: int = 0) -> bytes:
    """A little-endian TIFF of one directory: {tag: (type, count, value or offset)}."""
    entries = b"".join(
        struct.pack("<HHII", tag, kind, count, value & 0xFFFFFFFF)
        for tag, (kind, count, value) in sorted(tags.items())
    )
    directory = struct.pack("<H", len(tags)) + entries + struct.pack("<I", next_ifd)
    return b"II*\0" + struct.pack("<I", 8) + directory + data


def _tiff_tags(width: int, height: int, **changes: tuple[int, int, int]) -> dict:
    tags = {
        256: (4, 1, width),
        257: (4, 1, height),
        258: (3, 1, 8),
        259: (3, 1, 1),
        262: (3, 1, 1),
        273: (4, 1, 8),
        277: (3, 1, 1),
        278: (4, 1, height),
        279: (4, 1, width * height),
    }
    return tags | {int(tag.removeprefix("tag")): value for tag, value in changes.items()}


@functools.cache
def hostile_files() -> tuple[HostileFile, ...]:
    """All of them: more than 200, different names, the same at every call."""
    files = (
        *_not_pictures(),
        *_truncated(),
        *_wrong_headers(),
        *_bombs(),
        *_metadata_bombs(),
        *_odd_sizes(),
        *_broken_structure(),
        *_broken_metadata(),
        *_flipped_bytes(),
    )
    assert len({file.name for file in files}) == len(files)
    return files


def write_hostile_files(folder: Path) -> list[Path]:
    """Write them all and return their paths, in order."""
    paths = []
    for file in hostile_files():
        paths.append(folder / file.name)
        paths[-1].write_bytes(file.data)
    return paths


def _not_pictures() -> Iterator[HostileFile]:
    unknown, video = "image_not_a_picture", "image_video"
    noise = random.Random(1).randbytes(4096)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    contents = {
        "empty.jpg": (b"", "image_empty"),
        "one-byte.png": (b"\x89", unknown),
        "spaces.png": (b" " * 1000, unknown),
        "zeros.jpg": (bytes(100_000), unknown),
        "noise.png": (noise, unknown),
        "text.jpg": ("Ceci n'est pas une image. ñ €".encode(), unknown),
        "page.png": (b"<!doctype html><script>alert(1)</script>", unknown),
        "drawing.svg": (svg, "image_vector"),
        "drawing-as.png": (b'<?xml version="1.0"?>\n<!-- x -->\n' + svg, "image_vector"),
        "entities.svg": (
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
            "image_vector",
        ),
        "document.pdf": (b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF", unknown),
        "postscript.eps": (
            b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n(%pipe%id) (w) file",
            unknown,
        ),
        "archive.zip": (b"PK\x03\x04" + noise[:200], unknown),
        "pickle.jpg": (b"\x80\x04\x8c\x05posix\x94\x8c\x06system\x94\x93\x94.", unknown),
        "numpy.npy": (b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'shape': (1,)}", unknown),
        "program.bmp": (b"\x7fELF\x02\x01\x01" + bytes(200), unknown),
        "photoshop.psd": (b"8BPS\x00\x01" + bytes(6) + b"\x00\x03" + bytes(100), unknown),
        "icon.ico": (b"\x00\x00\x01\x00\x01\x00\x10\x10" + bytes(100), unknown),
        "cursor.cur": (b"\x00\x00\x02\x00\x01\x00\x10\x10" + bytes(100), unknown),
        "fits.fits": (b"SIMPLE  =                    T" + b" " * 2850, unknown),
        "portable.ppm": (b"P6 32 32 255\n" + bytes(3072), unknown),
        "portable-plain.ppm": (b"P3 99999 99999 255\n" + b"1 " * 1000, unknown),
        "targa.tga": (b"\x00\x00\x02" + bytes(9) + b"\x20\x00\x20\x00\x18\x00", unknown),
        "xbitmap.xbm": (b"#define a_width 99\n#define a_height 99\n", unknown),
        "jpeg2000.jp2": (b"\x00\x00\x00\x0cjP  \r\n\x87\n" + noise[:100], unknown),
        "jpegxl.jxl": (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + noise[:100], unknown),
        "jpegxl-bare.jxl": (b"\xff\x0a" + noise[:100], unknown),
        "sound.wav": (b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40), "image_sound"),
        "video.mp4": (b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + noise, video),
        "video.avi": (b"RIFF\x24\x00\x00\x00AVI LIST" + bytes(40), video),
        "BMW.bmp": (b"BMW is a car maker, this is no bitmap." * 9, "image_damaged"),
        "windows.wmf": (b"\xd7\xcd\xc6\x9a" + bytes(100), unknown),
        "mpeg.mpg": (b"\x00\x00\x01\xb3" + noise[:100], video),
        "utf16.svg": ("<svg/>".encode("utf-16"), unknown),
    }
    for name, (data, key) in contents.items():
        yield HostileFile(name, data, key)


def _truncated() -> Iterator[HostileFile]:
    for name, data in seeds().items():
        stem, extension = name.rsplit(".", 1)
        for place, length in {
            "signature": 12,
            "header": 40,
            "third": len(data) // 3,
            "two-thirds": len(data) * 2 // 3,
            "end": len(data) - 3,
        }.items():
            answer = CUT.get(f"{stem}-{place}.{extension}", "image_damaged")
            yield HostileFile(f"cut-{stem}-{place}.{extension}", data[:length], answer)


def _wrong_headers() -> Iterator[HostileFile]:
    bodies = {extension: seeds()[f"rgb.{extension}"] for extension in FORMATS}
    order = list(bodies)
    for extension, other in zip(order, order[1:] + order[:1], strict=True):
        # One format's first bytes, another one's body.
        data = bodies[extension][:16] + bodies[other][16:]
        yield HostileFile(f"{other}-behind-a-header-of.{extension}", data, "image_damaged")
        # One format's name, another one's bytes: a right picture.
        yield HostileFile(f"really-{other}.{extension}", bodies[other], f"rgb.{other}")
        yield HostileFile(f"doubled.{extension}", bodies[extension] * 2, f"rgb.{extension}")
        yield HostileFile(
            f"leading-space.{extension}", b" " + bodies[extension], "image_not_a_picture"
        )


def _patched_size(data: bytes, width: int, height: int) -> bytes:
    """A HEIF or AVIF file whose 'ispe' boxes claim another size."""
    at = data.index(b"ispe") + 8
    return data[:at] + struct.pack(">II", width, height) + data[at + 8 :]


def _gif_frame(gif: bytes) -> int:
    """Where the size of the first frame stands in a GIF without extensions."""
    palette = 3 << ((gif[10] & 7) + 1) if gif[10] & 0x80 else 0
    assert gif[13 + palette : 14 + palette] == b","
    return 13 + palette + 5


def _bombs() -> Iterator[HostileFile]:
    many = "image_too_many_pixels"
    large = struct.pack("<II", 60_000, 60_000)
    jpg = seeds()["rgb.jpg"]
    frame = jpg.index(b"\xff\xc0") + 5
    bmp = seeds()["rgb.bmp"]
    gif = seeds()["rgb.gif"]
    webp_canvas = (16_382).to_bytes(3, "little") * 2
    webp = b"VP8X" + struct.pack("<I", 10) + bytes(4) + webp_canvas
    webp = b"RIFF" + struct.pack("<I", len(webp) + 4) + b"WEBP" + webp
    heic, avif = seeds()["rgb.heic"], seeds()["rgb.avif"]
    row = bytes(1 + 3 * 10_000)
    yield HostileFile("bomb-header.png", png(60_000, 60_000, b""), many)
    yield HostileFile("bomb-limit-plus-one.png", png(10_000, 5_001, b""), many)
    yield HostileFile("bomb-real.png", png(10_000, 5_001, row * 5_001), many)
    yield HostileFile("bomb-int-max.png", png(2**31 - 1, 2**31 - 1, b""), many)
    yield HostileFile("bomb-deep.png", png(9_000, 9_000, b"", depth=16, color=6), many)
    yield HostileFile("lie-header.png", png(7_000, 7_000, bytes(100)), "image_damaged")
    yield HostileFile("bomb-excess-data.png", png(40, 40, bytes(50_000_000)), BLACK)
    yield HostileFile("bomb-header.jpg", jpg[:frame] + b"\xff\xdc\xff\xdc" + jpg[frame + 4 :], many)
    yield HostileFile("bomb-header.bmp", bmp[:18] + large + bmp[26:], many)
    yield HostileFile("bomb-negative.bmp", bmp[:18] + struct.pack("<ii", -9, -9) + bmp[26:], many)
    yield HostileFile("bomb-screen.gif", gif[:6] + b"\xff\xff\xff\xff" + gif[10:], many)
    at = _gif_frame(gif)
    yield HostileFile("bomb-frame.gif", gif[:at] + b"\xff\xff\xff\xff" + gif[at + 4 :], many)
    yield HostileFile("bomb-header.tif", tiff(_tiff_tags(60_000, 60_000)), many)
    yield HostileFile("bomb-int-max.tif", tiff(_tiff_tags(2**31 - 1, 2**31 - 1)), many)
    tiles = {"tag322": (4, 1, 60_000), "tag323": (4, 1, 60_000), "tag324": (4, 1, 8)}
    for name, compression in {"raw": 1, "lzw": 5, "deflate": 8, "packbits": 32773}.items():
        tags = _tiff_tags(64, 64, tag259=(3, 1, compression), tag325=(4, 1, 64), **tiles)
        del tags[273], tags[278], tags[279]
        yield HostileFile(f"bomb-tiles-{name}.tif", tiff(tags, bytes(64)), many)
    strips = _tiff_tags(64, 64, tag259=(3, 1, 8), tag278=(4, 1, 2**32 - 1))
    yield HostileFile(
        "bomb-strip.tif", tiff(strips, zlib.compress(bytes(20_000_000))), "image_damaged"
    )
    yield HostileFile("bomb-canvas.webp", webp, "image_damaged")
    yield HostileFile("bomb-size.heic", _patched_size(heic, 60_000, 60_000), "image_damaged")
    yield HostileFile("bomb-size.avif", _patched_size(avif, 60_000, 60_000), "image_damaged")
    # The header claims little, the pixels within are many.
    big = Image.new("RGB", (1_600, 1_600))
    for extension, options, answer in (
        ("heic", {}, "image_damaged"),
        ("avif", {"speed": 10}, "48x40"),  # reduced to it, and almost black
    ):
        data = encode(big, extension, **options)
        lie = data.replace(struct.pack(">II", 1_600, 1_600), struct.pack(">II", WIDTH, HEIGHT))
        yield HostileFile(f"lie-small-size.{extension}", lie, answer)
    text = zlib.compress(bytes(50_000_000), 1)
    pixels = bytes((1 + 3 * 40) * 40)
    for name, chunk in {
        "text": png_chunk(b"zTXt", b"key\0\0" + text),
        "international-text": png_chunk(b"iTXt", b"key\0\1\0\0\0" + text),
        "profile": png_chunk(b"iCCP", b"icc\0\0" + text),
    }.items():
        yield HostileFile(f"bomb-{name}.png", png(40, 40, pixels, chunk), BLACK)
    yield HostileFile("heavy.bmp", seeds()["rgb.bmp"] + bytes(25_000_000), "image_too_heavy")


def _metadata_bombs() -> Iterator[HostileFile]:
    """Small files whose tags, comments or chunks cost far more time or memory than their size."""
    rgb = small_picture()
    pixels = bytes((1 + 3 * 40) * 40)

    def overlapping(tags: int, size: int, first: int = 40_000) -> bytes:
        """A directory of tags that all name the same bytes."""
        entries = b"".join(
            struct.pack("<HHII", first + number, 7, size, 8) for number in range(tags)
        )
        return b"II*\0\x08\0\0\0" + struct.pack("<H", tags) + entries + bytes(4 + size)

    tags = _tiff_tags(64, 64) | {40_000 + number: (7, 4_000_000, 8) for number in range(5_000)}
    yield HostileFile("overlapping-tags.tif", tiff(tags, bytes(4_000_000)), "image_damaged")
    strips = _tiff_tags(64, 64, tag273=(4, 1_000_000, 200), tag279=(4, 1_000_000, 200))
    yield HostileFile("million-strips.tif", tiff(strips, bytes(8_000_000)), "image_damaged")

    jpg = seeds()["rgb.jpg"]
    for name, block in {
        "overlapping": b"Exif\0\0" + overlapping(2_500, 30_000),
        "doubled": b"Exif\0\0" * 10_000,
    }.items():
        segment = b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
        # Without the JFIF segment Pillow looks for the resolution in the EXIF data at once.
        bare = jpg[:2] + segment * 40 + jpg[jpg.index(b"\xff\xdb") :]
        yield HostileFile(f"exif-{name}.jpg", bare, "rgb.jpg")
    index = b"MPF\0" + overlapping(2_500, 30_000)
    segment = b"\xff\xe2" + struct.pack(">H", len(index) + 2) + index
    yield HostileFile("index-overlapping.jpg", jpg[:2] + segment + jpg[2:], "rgb.jpg")
    for name, block in {
        "overlapping": overlapping(20_000, 2_000_000),
        "doubled": b"Exif\0\0" * 500_000,
    }.items():
        data = png(40, 40, pixels, png_chunk(b"eXIf", block))
        yield HostileFile(f"exif-{name}.png", data, BLACK)
        webp = encode(rgb, "webp", exif=b"Exif\0\0" + b"~" * len(block))
        webp = webp.replace(b"~" * len(block), block)
        yield HostileFile(f"exif-{name}.webp", webp, "rgb.webp")
    raw = b"\nexif\n    1000000\n" + overlapping(10_000, 500_000).hex().encode()
    chunk = png_chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw))
    yield HostileFile("raw-profile.png", png(40, 40, pixels, chunk), BLACK)

    gif = seeds()["rgb.gif"]
    start = _gif_frame(gif) - 5
    for name, comments in {
        "many": b"!\xfe\x01a\0" * 1_000_000,
        "long": b"!\xfe" + (b"\xff" + b"a" * 255) * 40_000 + b"\0",
    }.items():
        data = gif[:start] + comments + gif[start:]
        yield HostileFile(f"comments-{name}.gif", data, "image_damaged")
    for name, filler in {
        "markers": b"\xff\xe0\x00\x02" * 1_000_000,
        "fill-bytes": b"\xff" * 5_000_000,
        "junk": b"\x07" * 5_000_000,
    }.items():
        tables = jpg.index(b"\xff\xdb")
        data = jpg[:tables] + filler + jpg[tables:]
        yield HostileFile(f"endless-{name}.jpg", data, "image_damaged")
    texts = png_chunk(b"tEXt", b"k\0v") * 500_000
    yield HostileFile("many-chunks.png", png(40, 40, pixels, texts), "image_damaged")


def _odd_sizes() -> Iterator[HostileFile]:
    small, narrow, damaged = "image_too_small", "image_too_narrow", "image_damaged"
    for extension in ("png", "jpg", "bmp", "gif", "tif", "webp"):
        options = {"compression": None} if extension == "tif" else {}
        for width, height, key in ((1, 1, small), (15, 400, small), (16, 16, "16x16")):
            data = encode(small_picture(width, height), extension, **options)
            yield HostileFile(f"size-{width}x{height}.{extension}", data, key)
    for extension in ("png", "jpg", "bmp", "gif", "tif"):
        data = encode(Image.new("L", (20_000, 10)), extension)
        yield HostileFile(f"size-20000x10.{extension}", data, small)
        data = encode(Image.new("L", (20, 401)), extension)
        yield HostileFile(f"size-20x401.{extension}", data, narrow)
    for width, height in ((0, 0), (0, 40), (40, 0)):
        yield HostileFile(f"size-{width}x{height}.png", png(width, height, b""), damaged)
        yield HostileFile(f"size-{width}x{height}.tif", tiff(_tiff_tags(width, height)), damaged)
        size = struct.pack("<HH", width, height)
        gif = seeds()["rgb.gif"]
        at = _gif_frame(gif)
        yield HostileFile(
            f"size-{width}x{height}.gif",
            gif[:6] + size + gif[10:at] + size + gif[at + 4 :],
            damaged,
        )
        bmp = seeds()["rgb.bmp"]
        size = struct.pack("<II", width, height)
        yield HostileFile(f"size-{width}x{height}.bmp", bmp[:18] + size + bmp[26:], damaged)
    jpg = seeds()["rgb.jpg"]
    frame = jpg.index(b"\xff\xc0") + 5
    yield HostileFile("size-48x0.jpg", jpg[:frame] + b"\0\0" + jpg[frame + 2 :], damaged)
    yield HostileFile("size-0x40.jpg", jpg[: frame + 2] + b"\0\0" + jpg[frame + 4 :], damaged)


def _broken_structure() -> Iterator[HostileFile]:
    line = bytes(1 + 3 * 40)
    damaged = "image_damaged"
    good = png(40, 40, line * 40)
    signature, header = good[:8], good[8:33]
    yield HostileFile("no-data.png", signature + header + png_chunk(b"IEND"), damaged)
    yield HostileFile("only-header.png", signature + header, damaged)
    yield HostileFile("bad-crc.png", good[:29] + b"\0\0\0\0" + good[33:], damaged)
    yield HostileFile("wrong-filter.png", png(40, 40, (b"\x09" + line[1:]) * 40), damaged)
    yield HostileFile("few-lines.png", png(40, 40, line * 20), BLACK)
    yield HostileFile("no-zlib.png", good.replace(b"IDAT\x78", b"IDAT\x00"), damaged)
    yield HostileFile("no-palette.png", png(40, 40, bytes(41 * 40), color=3), damaged)
    yield HostileFile("huge-chunk.png", signature + b"\xff\xff\xff\xffIHDR" + header[8:], damaged)
    for depth, color in ((3, 2), (16, 3), (0, 0), (255, 255), (8, 5), (32, 0)):
        data = png(40, 40, line * 40, depth=depth, color=color)
        yield HostileFile(f"depth-{depth}-color-{color}.png", data, damaged)
    long_palette = png_chunk(b"PLTE", bytes(900))
    yield HostileFile(
        "long-palette.png", png(40, 40, bytes(41 * 40), long_palette, color=3), damaged
    )
    long_key = png_chunk(b"tRNS", bytes(900))
    yield HostileFile("long-transparency.png", png(40, 40, line * 40, long_key), "40x40 #ffffff")
    key = png_chunk(b"tRNS", b"\x12")
    yield HostileFile("short-transparency.png", png(40, 40, line * 40, key), damaged)
    control = png_chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))
    yield HostileFile("many-frames.png", png(40, 40, line * 40, control), BLACK)

    directory = {
        "loop": tiff(_tiff_tags(64, 64), bytes(5000), next_ifd=8),
        "offset-outside": tiff(_tiff_tags(64, 64, tag273=(4, 1, 2**32 - 1))),
        "count-overflow": tiff(_tiff_tags(64, 64, tag258=(3, 2**32 - 1, 8)), bytes(5000)),
        "tag-outside": tiff(_tiff_tags(64, 64, tag258=(3, 4, 2**31)), bytes(5000)),
        "thousand-samples": tiff(_tiff_tags(64, 64, tag277=(3, 1, 1000)), bytes(5000)),
        "no-samples": tiff(_tiff_tags(64, 64, tag277=(3, 1, 0)), bytes(5000)),
        "no-bits": tiff(_tiff_tags(64, 64, tag258=(3, 1, 0)), bytes(5000)),
        "strange-compression": tiff(_tiff_tags(64, 64, tag259=(3, 1, 65_000)), bytes(5000)),
        "strange-photometric": tiff(_tiff_tags(64, 64, tag262=(3, 1, 999)), bytes(5000)),
        "size-as-text": tiff(_tiff_tags(64, 64, tag256=(2, 4, 0x41414141)), bytes(5000)),
        "size-as-fraction": tiff(_tiff_tags(64, 64, tag256=(5, 1, 8)), bytes(5000)),
        "tile-as-text": tiff(_tiff_tags(64, 64, tag322=(2, 4, 0x41414141)), bytes(5000)),
        "negative-size": tiff(_tiff_tags(64, 64, tag256=(9, 1, -64)), bytes(5000)),
        "no-tags": tiff({}),
        "no-strips": tiff({256: (4, 1, 64), 257: (4, 1, 64)}),
        "directory-outside": b"II*\0\xff\xff\xff\x7f",
        "directory-within-header": b"II*\0\x00\x00\x00\x00" + bytes(100),
        "big-tiff": b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**63 - 1),
    }
    for name, data in directory.items():
        yield HostileFile(f"{name}.tif", data, "64x64" if name == "loop" else damaged)

    jpg = seeds()["rgb.jpg"]
    start = jpg.index(b"\xff\xda")
    yield HostileFile("no-scan.jpg", jpg[:start] + b"\xff\xd9", damaged)
    yield HostileFile("no-tables.jpg", jpg[:2] + jpg[jpg.index(b"\xff\xc0") :], damaged)
    yield HostileFile("zero-length-marker.jpg", jpg[:2] + b"\xff\xe0\x00\x00" + jpg[2:], "rgb.jpg")
    yield HostileFile(
        "twelve-bits.jpg", jpg.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c"), damaged
    )
    yield HostileFile("arithmetic.jpg", jpg.replace(b"\xff\xc0", b"\xff\xc9", 1), "48x40")
    yield HostileFile("five-layers.jpg", jpg[: start - 400] + b"\xff\xd8" + jpg[start:], damaged)
    yield HostileFile(
        "noise-scan.jpg", jpg[: start + 14] + random.Random(2).randbytes(900), damaged
    )

    gif = seeds()["rgb.gif"]
    at = _gif_frame(gif) + 5
    palette_end = at + 1 + (3 << ((gif[at - 1] & 7) + 1) if gif[at - 1] & 0x80 else 0)
    yield HostileFile("no-frames.gif", gif[:13] + b";", damaged)
    yield HostileFile(
        "code-size.gif", gif[: palette_end - 1] + b"\xff" + gif[palette_end:], damaged
    )

    webp = seeds()["rgb.webp"]
    yield HostileFile("size-lie.webp", webp[:4] + b"\xff\xff\xff\x7f" + webp[8:], damaged)
    yield HostileFile("chunk-lie.webp", webp[:16] + b"\xff\xff\xff\x7f" + webp[20:], damaged)
    yield HostileFile("only-header.webp", webp[:12], damaged)
    for extension in ("heic", "avif"):
        data = seeds()[f"rgb.{extension}"]
        body = data.index(b"mdat") + 4
        yield HostileFile(f"noise-body.{extension}", data[:body] + bytes(len(data) - body), damaged)
        yield HostileFile(f"huge-box.{extension}", b"\x7f\xff\xff\xff" + data[4:], damaged)
        nested = data[:24] + b"\0\0\x10\0moov" * 5_000
        yield HostileFile(f"nested.{extension}", nested, damaged)


def _broken_metadata() -> Iterator[HostileFile]:
    rgb = small_picture()

    def directory(kind: int, count: int, value: int, entries: int = 1) -> bytes:
        entry = struct.pack("<HHII", 0x0112, kind, count, value)
        body = struct.pack("<H", entries) + entry + struct.pack("<I", 8)
        return b"Exif\0\0II*\0\x08\0\0\0" + body

    blocks = {
        "orientation-0": directory(3, 1, 0),
        "orientation-9": directory(3, 1, 9),
        "orientation-65535": directory(3, 1, 65_535),
        "orientation-text": directory(2, 4, 0x41414141),
        "orientation-many": directory(3, 9, 8),
        "orientation-outside": directory(5, 1, 2**31),
        "orientation-nan": directory(11, 1, 0x7FC00000),
        "many-entries": directory(3, 1, 6, entries=65_535),
        "no-tiff": b"Exif\0\0nonsense",
        "empty": b"Exif\0\0",
        "large": b"Exif\0\0II*\0" + bytes(60_000),
    }
    for name, exif in blocks.items():
        for extension in ("jpg", "webp"):
            data = encode(rgb, extension, exif=exif)
            answer = "40x48" if name == "many-entries" else f"rgb.{extension}"
            yield HostileFile(f"exif-{name}.{extension}", data, answer)
    profiles = {
        "noise": random.Random(3).randbytes(3000),
        "short": b"acsp",
        "zeros": bytes(3000),
        "script": b"<script>alert(1)</script>" * 9,
    }
    for name, profile in profiles.items():
        for extension in ("jpg", "png", "tif"):
            data = encode(rgb, extension, icc_profile=profile)
            yield HostileFile(f"icc-{name}.{extension}", data, f"rgb.{extension}")
    comment = b"<img src=x onerror=alert(1)>" * 2000
    yield HostileFile("comment.jpg", encode(rgb, "jpg", comment=comment), "rgb.jpg")


def _flipped_bytes() -> Iterator[HostileFile]:
    for name, data in seeds().items():
        stem, extension = name.rsplit(".", 1)
        for number in range(2):
            chance = random.Random(f"{name} {number}")
            mutated = bytearray(data)
            for _ in range(8):
                mutated[chance.randrange(len(mutated))] = chance.randrange(256)
            yield HostileFile(
                f"flipped-{stem}-{number}.{extension}",
                bytes(mutated),
                FLIPPED.get(f"{stem}-{number}.{extension}", "image_damaged"),
            )
