"""A picture file to upright RGB: here, or in a process of its own where its decoder may fail.

What browsers decode all day (JPEG, PNG, WebP, GIF, BMP) is decoded here. Everything else, and
colours that have to be converted, goes to processes with bounded memory and time.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict

import numpy as np
import pillow_heif
from PIL import AvifImagePlugin, Image, TiffImagePlugin

from ..isolation import Channel, IsolatedPool, IsolationError, bound_resources
from ..limits import Limits
from ..messages import UserError
from . import tiff
from .bounds import ImageError, check_size, too_many_pixels
from .containers import hdr_transfer
from .hdr import Transfer
from .jpeg import read_jpeg
from .kinds import DECODERS, identify
from .metadata import BoundedReader, hide_item_exif, without_texts
from .pixels import scale_to_8_bits, scale_to_fit, to_rgb, turned_back
from .profiles import profile_to_apply

# Teaches Pillow to open HEIC; it changes nothing for the formats that Pillow knows already.
pillow_heif.register_heif_opener()

DECODED_HERE = ("JPEG", "PNG", "WebP", "GIF", "BMP")

PROCESSES = 2
"""Pictures decoded apart at a time; others wait."""
MAX_SECONDS = 20.0
"""Of a processor, for one picture apart."""
_WALL_SECONDS = 3 * MAX_SECONDS  # the machine may be busy with other things
_MEMORY, _MEMORY_PER_PIXEL = 300_000_000, 20  # bytes; transparent AVIFs take most, 17 a pixel
_THREADS = 2

_POOL = IsolatedPool("detr_gradio.images.decoding:serve", PROCESSES)


def decode(data: bytes, bounds: Limits, *, as_stored: bool = False) -> np.ndarray:
    """Return the picture in a file as RGB, as ``load_image`` promises.

    Raises:
        ImageError: whatever is wrong with the file.
    """
    name = identify(data)
    if name not in DECODED_HERE or (not as_stored and hdr_transfer(data, name)):
        return _decode_apart(data, name, bounds, as_stored)
    with _kind_errors(name, bounds):
        files, orientation = _files(data, name)
        if not as_stored:
            with _opened(files[0], name, bounds) as image:
                if _has_other_colours(image):
                    return _decode_apart(data, name, bounds, as_stored)
        return _read(files, name, bounds, orientation, as_stored=as_stored)


def _decode_apart(data: bytes, name: str, bounds: Limits, as_stored: bool) -> np.ndarray:
    header = {"name": name, "bounds": asdict(bounds), "as_stored": as_stored}
    try:
        answer, (pixels,) = _POOL.run(header, data, timeout=_WALL_SECONDS)
    except IsolationError as error:
        keys = {"memory": "image_memory", "time": "image_too_slow", "crash": "image_damaged"}
        raise ImageError(keys[error.reason], format=name) from error
    except UserError as error:
        raise ImageError(error.key, **error.values) from None
    return pixels.reshape(answer["shape"])


def serve(channel: Channel) -> None:
    """Decode the pictures that come through a channel, in a process of its own."""
    # Settings whose types are taken from their first values.
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS  # ty: ignore[invalid-assignment]
    pillow_heif.options.DECODE_THREADS = _THREADS  # ty: ignore[invalid-assignment]
    # Pillow's own reading of what isn't compressed takes planes of 16 bits for 8.
    TiffImagePlugin.READ_LIBTIFF = True  # ty: ignore[invalid-assignment]
    while True:
        header, (data,) = channel.receive()
        bounds = Limits(**header["bounds"])
        try:
            rgb = _read_apart(data.tobytes(), header["name"], bounds, header["as_stored"])
        except UserError as error:
            channel.answer_error(error)
        else:
            channel.send({"shape": rgb.shape}, rgb)
        del data


def _read_apart(data: bytes, name: str, bounds: Limits, as_stored: bool) -> np.ndarray:
    bound_resources(memory=2 * _MEMORY, processor_seconds=MAX_SECONDS)
    with _kind_errors(name, bounds):
        files, orientation = _files(data, name)
        if name == "TIFF":
            tags = tiff.read_tags(data)
            tiff.check_kind(data, tags, bounds)
            if not tiff.is_for_pillow(data, tags):
                return _read_with_opencv(data, tags, bounds, as_stored)
        hdr = None if as_stored else hdr_transfer(data, name)
        with _opened(files[0], name, bounds) as image:
            _bound_to(*image.size)
        return _read(files, name, bounds, orientation, hdr=hdr, as_stored=as_stored)


def _read_with_opencv(data: bytes, tags: tiff.Tags, bounds: Limits, as_stored: bool) -> np.ndarray:
    size = tiff.first(tags, tiff.WIDTH), tiff.first(tags, tiff.LENGTH)
    check_size(*size, bounds)
    _bound_to(*size)
    samples = tiff.read_with_opencv(data, tags)
    if samples.dtype in (np.uint8, np.uint16):
        levels = scale_to_8_bits(samples, np.iinfo(samples.dtype).max)
    else:
        levels = scale_to_fit(samples)
    if samples.itemsize > 1 and tiff.first(tags, tiff.PHOTOMETRIC, 1) == 0:
        levels = 255 - levels  # 0 is white, which OpenCV minds up to 8 bits only
    # OpenCV has turned it: where it is wanted as stored, it is turned back.
    turned = tiff.first(tags, tiff.ORIENTATION, 1) if as_stored else 1
    image = Image.fromarray(np.ascontiguousarray(levels))
    return to_rgb(image, orientation=turned_back(turned))


def _bound_to(width: int, height: int) -> None:
    memory = _MEMORY + _MEMORY_PER_PIXEL * width * height
    bound_resources(memory=memory, processor_seconds=MAX_SECONDS)


def _files(data: bytes, name: str) -> tuple[tuple[bytes, ...], int | None]:
    """Return a file with nothing in it to parse without bounds, and its orientation if known.

    There are three where the end is missing: see ``jpeg.Jpeg``.
    """
    if name == "JPEG":
        jpeg = read_jpeg(data)
        return jpeg.files, jpeg.orientation
    if name == "PNG":
        data = without_texts(data)
    elif name in ("AVIF", "HEIC"):
        data = hide_item_exif(data)
    return (data,), None


@contextmanager
def _opened(data: bytes, name: str, bounds: Limits) -> Generator[Image.Image]:
    with Image.open(BoundedReader(data), formats=DECODERS[name]) as image:
        check_size(*image.size, bounds)
        yield image


def _read(
    files: tuple[bytes, ...],
    name: str,
    bounds: Limits,
    orientation: int | None,
    *,
    hdr: Transfer | None = None,
    as_stored: bool = False,
) -> np.ndarray:
    pictures = []
    for file in files:
        with _opened(file, name, bounds) as image:
            pictures.append(to_rgb(image, orientation, hdr=hdr, as_stored=as_stored))
    if not all(np.array_equal(picture, pictures[0]) for picture in pictures[1:]):
        raise ValueError("it breaks off")
    return pictures[0]


def _has_other_colours(image: Image.Image) -> bool:
    mode = "CMYK" if image.mode == "CMYK" else "RGB"
    return profile_to_apply(image.info.get("icc_profile"), mode) is not None


@contextmanager
def _kind_errors(name: str, bounds: Limits) -> Generator[None]:
    """Make whatever a decoder raises an ``ImageError``.

    Before the pixels stand a dozen decoders in C and Python that meet whatever bytes a stranger
    sends; each has its own exceptions (SyntaxError, struct.error, zlib.error, ...).
    """
    try:
        yield
    except UserError:
        raise
    except MemoryError as error:
        raise ImageError("image_memory") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_many_pixels(bounds) from error
    except Exception as error:
        raise ImageError("image_damaged", format=name) from error
