"""Frames as FFmpeg decodes them to pictures as a player shows them."""

from __future__ import annotations

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter

from ..images.hdr import Transfer, tone_map
from ..limits import limits

UNSPECIFIED = 2  # FFmpeg's number of that colour space, and of that transfer function
HDR: dict[int, Transfer] = {16: "pq", 18: "hlg"}  # FFmpeg's numbers of these transfer functions
Axes = tuple[tuple[int, int], tuple[int, int]]
# By quarter turns against the clock.
TURNS: list[Axes] = [
    ((1, 0), (0, 1)),
    ((0, 1), (-1, 0)),
    ((-1, 0), (0, -1)),
    ((0, -1), (1, 0)),
]
ONE = 65_536  # of a display matrix: ISO/IEC 14496-12, 8.3.2


class Upright:
    """Turns a stream's frames into pictures: upright, square pixels, even sides, not too large.

    The first frame decides the size; others are fitted into it, with black bars beside them.
    """

    def __init__(self, stream: av.VideoStream):
        self._stream = stream
        # What the container says; a decoder may put "unspecified" in its place, as ProRes's does.
        self._transfer = stream.codec_context.color_trc
        self._reformatter = VideoReformatter()
        self._natural: tuple[int, int] | None = None  # of the first frame
        self._size = (0, 0)

    def picture(self, frame: av.VideoFrame) -> np.ndarray:
        """Return a frame as (H, W, 3) uint8 RGB."""
        columns, rows = _axes(frame)  # of the picture, along those of the frame
        natural = self._natural_size(frame)
        shown = natural if columns[0] else natural[::-1]
        if self._natural is None:
            factor = min(1.0, limits().video_side / max(shown))
            self._size = tuple(max(2, round(side * factor) // 2 * 2) for side in shown)
            self._natural = shown
        width, height = self._size
        if shown != self._natural:
            factor = min(width / shown[0], height / shown[1])
            width, height = (max(1, round(side * factor)) for side in shown)
        size = (width, height) if columns[0] else (height, width)
        image = self._rgb(frame, *size)
        if not columns[0]:
            image = image.transpose(1, 0, 2)
        image = image[:: sum(rows), :: sum(columns)]
        if (width, height) == self._size:
            return np.ascontiguousarray(image)
        canvas = np.zeros((self._size[1], self._size[0], 3), np.uint8)
        top, left = (self._size[1] - height) // 2, (self._size[0] - width) // 2
        canvas[top : top + height, left : left + width] = image
        return canvas

    def _natural_size(self, frame: av.VideoFrame) -> tuple[int, int]:
        # As Chromium: pixels that aren't square are stretched one way or the other, never shrunk.
        aspect = self._stream.sample_aspect_ratio
        if not aspect or aspect < 0:
            return frame.width, frame.height
        return round(frame.width * max(1, aspect)), round(frame.height / min(1, aspect))

    def _rgb(self, frame: av.VideoFrame, width: int, height: int) -> np.ndarray:
        space = frame.colorspace
        # Unspecified means BT.709 where the picture is high definition, BT.601 below: as players.
        guess = Colorspace.ITU709 if frame.height >= 720 else Colorspace.ITU601
        transfer = self._stream.codec_context.color_trc
        transfer = HDR.get(self._transfer if transfer == UNSPECIFIED else transfer)
        rgb = self._reformatter.reformat(
            frame,
            width=width,
            height=height,
            # FFmpeg 8.0 writes garbage into rgb48.
            format="gbrp16le" if transfer else "rgb24",
            src_colorspace=guess if space == UNSPECIFIED else None,
        ).to_ndarray()
        return tone_map(rgb, transfer) if transfer else rgb


def _axes(frame: av.VideoFrame) -> Axes:
    """Return how a picture's columns and rows run along the frame's: 1, -1, or 0 for across.

    As Chromium: of the display matrices, quarter turns and mirrors count, exact ones alone.
    """
    try:
        data = frame.side_data["DISPLAYMATRIX"]  # ty: ignore[invalid-typed-dict-key] - PyAV's stubs lack it
    except KeyError:
        return TURNS[0]
    except ValueError:  # other data beside it, which PyAV doesn't know: EXIF of motion JPEG
        return TURNS[round(frame.rotation / 90) % 4]
    a, b, _, c, d, *_ = np.frombuffer(bytes(data), "<i4").tolist()
    if (abs(a), abs(b), abs(c), abs(d)) in {(ONE, 0, 0, ONE), (0, ONE, ONE, 0)}:
        return (a // ONE, c // ONE), (b // ONE, d // ONE)
    return TURNS[0]
