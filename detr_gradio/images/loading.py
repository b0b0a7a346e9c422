"""Load any supported image as upright RGB, or say in an ImageError why not."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from ..limits import limits
from ..messages import UserError
from .bounds import ImageError, check_size
from .decoding import decode
from .pixels import scale_to_8_bits, to_rgb

ImageSource: TypeAlias = "str | Path | bytes | bytearray | memoryview | Image.Image | np.ndarray"


def load_image(source: ImageSource, *, as_stored: bool = False) -> np.ndarray:
    """Return a picture as upright RGB.

    The EXIF orientation is applied, transparent parts are laid on white, 16-bit and floating
    point samples are scaled to 8 bits, an animation gives its first frame, and colours of an
    embedded RGB or CMYK profile become sRGB. JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and HEIC are
    read. Size limits (``detr_gradio.limits``) are checked before anything is decoded.

    Args:
        source: a path, the bytes of a file, a PIL image (of an animation, its current frame), or
            an array (H, W), (H, W, 1), (H, W, 3) or (H, W, 4) of uint8, uint16, bool, or floats
            from 0 to 1; three channels are RGB, the fourth is alpha.
        as_stored: leaves the orientation and the colours as the file has them, as data sets do
            whose annotations belong to the stored pixels.

    Returns:
        (H, W, 3) uint8, C-contiguous and writable, sharing no memory with the source.

    Raises:
        ImageError: whatever is wrong with the source. Nothing else escapes.
    """
    try:
        if isinstance(source, np.ndarray):
            return _from_array(source)
        if isinstance(source, Image.Image):
            check_size(*source.size, limits())
            return to_rgb(source, as_stored=as_stored)
        return decode(_read(source), limits(), as_stored=as_stored)
    except UserError:
        raise
    except MemoryError as error:
        raise ImageError("image_memory") from error
    except Exception as error:
        # A PIL image or an array of an unusual kind; files are handled in decode.
        raise ImageError("image_damaged", format=_kind(source)) from error


def _kind(source: ImageSource) -> str:
    return getattr(source, "format", None) or type(source).__name__


def _read(source: str | Path | bytes | bytearray | memoryview) -> bytes:
    if source is None or (isinstance(source, str) and not source):
        raise ImageError("image_none")
    if isinstance(source, (bytes, bytearray, memoryview)):
        size = memoryview(source).nbytes
    elif isinstance(source, (str, os.PathLike)):
        source, size = _read_file(source)
    else:
        raise ImageError("image_wrong_type", type=type(source).__name__)
    if not size:
        raise ImageError("image_empty")
    most = limits().max_image_bytes
    if size > most:
        raise ImageError("image_too_heavy", limit=f"{most / 1e6:g}")
    return bytes(source)


def _read_file(path: str | os.PathLike) -> tuple[bytes, int]:
    """Return at most one byte more than the limit of a file, and how many bytes it really has."""
    try:
        with open(path, "rb", opener=_open_without_waiting) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ImageError("image_not_a_file")
            most = limits().max_image_bytes
            if status.st_size > most:
                return b"", status.st_size
            data = file.read(most + 1)
            return data, len(data)
    except UserError:
        raise
    except IsADirectoryError as error:
        raise ImageError("image_directory") from error
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        # ValueError: a NUL or something that no file name can hold.
        raise ImageError("image_missing") from error
    except OSError as error:
        raise ImageError("image_unreadable") from error


def _open_without_waiting(path: str, flags: int) -> int:
    # Opening a FIFO would otherwise wait for a writer. Windows has no such flag, and no FIFOs.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _from_array(array: np.ndarray) -> np.ndarray:
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise ImageError("image_array_shape", shape=" x ".join(map(str, array.shape)))
    check_size(array.shape[1], array.shape[0], limits())
    if array.dtype.kind == "f":
        # Written so that NaN, which is never within, is refused too.
        if not ((array >= 0) & (array <= 1)).all():
            raise ImageError("image_array_values")
        array = scale_to_8_bits(array, 1)
    elif array.dtype == bool:
        array = array * np.uint8(255)
    elif array.dtype.kind == "u" and array.dtype.itemsize == 2:
        array = scale_to_8_bits(array, 65535)
    elif array.dtype != np.uint8:
        raise ImageError("image_array_type", dtype=array.dtype.name)
    if array.ndim == 2:
        array = array[:, :, None]
    if array.shape[2] == 1:
        return np.repeat(array, 3, axis=2)
    if array.shape[2] == 4:
        return to_rgb(Image.fromarray(np.ascontiguousarray(array), "RGBA"))
    return np.array(array, order="C", subok=False)
