"""The things of the toy scenes: Noto Color Emoji under COCO's category ids."""

import functools
import os
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

FONT = Path(os.environ.get("NOTO_COLOR_EMOJI", "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"))
BITMAP_SIZE = 109  # the one size of the font's bitmaps, 136 x 128 pixels


@dataclass(frozen=True)
class Thing:
    """A thing category: where it belongs, and how tall it is beside a person (1.0)."""

    category_id: int
    emoji: str
    place: str
    height: float


# place: ground, road, sea, air, or ground+road and the like
THINGS = (
    Thing(1, "🧍🚶🏃💃🕺", "ground+road", 1.0),
    Thing(2, "🚲", "road+ground", 0.75),
    Thing(3, "🚗🚕🚙🚘", "road", 0.85),
    Thing(4, "🏍🛵", "road", 0.8),
    Thing(5, "✈🛩", "air", 0.9),
    Thing(6, "🚌🚍", "road", 1.25),
    Thing(7, "🚂🚆🚃", "road+ground", 1.3),
    Thing(8, "🚚🚛🛻", "road", 1.15),
    Thing(9, "⛵🚤🛶🚢", "sea", 1.2),
    Thing(10, "🚦🚥", "road+ground", 1.1),
    Thing(16, "🐦🦅🦆🦉🐓", "air+ground", 0.55),
    Thing(17, "🐈🐱", "ground", 0.55),
    Thing(18, "🐕🐩🐶", "ground", 0.65),
    Thing(19, "🐎🐴", "ground", 1.1),
    Thing(20, "🐑🐏", "ground", 0.75),
    Thing(21, "🐄🐂", "ground", 1.0),
    Thing(22, "🐘", "ground", 1.4),
    Thing(24, "🦓", "ground", 1.05),
    Thing(25, "🦒", "ground", 1.6),
    Thing(28, "☂⛱🌂", "ground", 0.9),
    Thing(37, "⚽🏀🏐", "ground+sea", 0.4),
    Thing(38, "🪁", "air", 0.7),
    Thing(52, "🍌", "ground", 0.45),
    Thing(53, "🍎🍏", "ground", 0.4),
    Thing(59, "🍕", "ground", 0.5),
    Thing(61, "🎂🍰", "ground", 0.5),
    Thing(64, "🪴", "ground", 0.65),
    Thing(88, "🧸", "ground", 0.6),
)
TREES = "🌳🌲🌴"


@functools.lru_cache(maxsize=256)
def sprite(emoji: str) -> np.ndarray:
    """One emoji, cropped to its visible part.

    Returns:
        (h, w, 4) float32 in 0..1, RGB premultiplied by alpha, at the font's own size.

    Raises:
        FileNotFoundError: the font is not installed.
    """
    if not FONT.exists():
        raise FileNotFoundError(
            f"{FONT} is missing: install Debian's package fonts-noto-color-emoji, "
            "or name the file in the environment variable NOTO_COLOR_EMOJI."
        )
    font = ImageFont.truetype(str(FONT), BITMAP_SIZE)
    canvas = Image.new("RGBA", (180, 180))
    ImageDraw.Draw(canvas).text((20, 20), emoji, font=font, embedded_color=True)
    box = canvas.getchannel("A").point(lambda value: 255 * (value > 8)).getbbox()
    if box is None:
        raise ValueError(f"{FONT} has no picture of {emoji!r}")
    pixels = np.asarray(canvas.crop(box), np.float32) / 255
    pixels[..., :3] *= pixels[..., 3:]
    return pixels


def transformed(pixels: np.ndarray, height: float, degrees: float, mirror: bool) -> np.ndarray:
    """Scale a sprite to `height` pixels, mirror and rotate it; shape and alpha as in `sprite`."""
    if mirror:
        pixels = pixels[:, ::-1]
    scale = height / pixels.shape[0]
    size = max(2, round(pixels.shape[1] * scale)), max(2, round(pixels.shape[0] * scale))
    shrink = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=shrink)
    if abs(degrees) > 0.5:
        h, w = pixels.shape[:2]
        matrix = cv2.getRotationMatrix2D(((w - 1) / 2, (h - 1) / 2), degrees, 1.0)
        cos, sin = abs(matrix[0, 0]), abs(matrix[0, 1])
        new_w, new_h = int(np.ceil(w * cos + h * sin)), int(np.ceil(w * sin + h * cos))
        matrix[:, 2] += (new_w - w) / 2, (new_h - h) / 2
        pixels = cv2.warpAffine(pixels, matrix, (new_w, new_h), flags=cv2.INTER_LINEAR)
    return np.clip(pixels, 0, 1)
