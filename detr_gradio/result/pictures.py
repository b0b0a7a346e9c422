"""Files of pictures."""

from __future__ import annotations

from pathlib import PurePath

import cv2
import numpy as np

_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 92)
_PNG = (cv2.IMWRITE_PNG_COMPRESSION, 1)
if hasattr(cv2, "IMWRITE_PNG_FILTER"):  # since 4.12: one filter for all rows, not the best of five
    _PNG += (cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)


def encode_picture(file_name: str, picture: np.ndarray) -> bytes:
    """Return the contents of a picture's file: JPEG or PNG, fast rather than small.

    Args:
        file_name: its ending, ".jpg" or ".png", says which.
        picture: (H, W), (H, W, 3) or (H, W, 4) uint8: grey, RGB or RGBA.
    """
    if picture.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
        picture = cv2.cvtColor(picture, code)
    ending = PurePath(file_name).suffix
    done, data = cv2.imencode(ending, picture, _JPEG if ending == ".jpg" else _PNG)
    if not done:
        raise OSError(f"{file_name} could not be encoded.")
    return data.tobytes()
