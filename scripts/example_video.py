"""Draw the example video: a car, an elephant and an airplane pass through one toy scene.

Run: python -m scripts.example_video [examples/video-street.mp4]
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from training.backdrop import Backdrop, paint_backdrop
from training.sprites import sprite, transformed

WIDTH, HEIGHT, FRAMES, RATE = 640, 480, 90, 15
SEED = 6
# What passes: emoji, height, degrees, mirrored, and the middle of its lower edge at the beginning
# and at the end; lengths in pixels. The one behind comes first.
PASSERS = (
    ("🛩", 95, 8, False, (90, 150), (430, 125)),
    ("🚗", 130, 0, True, (110, 328), (520, 328)),
    ("🐘", 125, 0, False, (540, 466), (250, 466)),
)


def frames(seed: int = SEED):
    """Yield (H, W, 3) uint8 frames."""
    backdrop = paint_backdrop(np.random.default_rng(seed), WIDTH, HEIGHT)
    for share in np.linspace(0, 1, FRAMES):
        image = backdrop.image.copy()
        for emoji, height, degrees, mirrored, start, end in PASSERS:
            pixels = transformed(sprite(emoji), height, degrees, mirrored)
            place = np.asarray(start) + (np.asarray(end) - start) * share
            paint(image, lit(pixels, backdrop), place)
        yield np.clip(image * 255 + 0.5, 0, 255).astype(np.uint8)


def lit(pixels: np.ndarray, backdrop: Backdrop) -> np.ndarray:
    """Return a sprite in the light of the landscape."""
    lit_pixels = pixels.copy()
    lit_pixels[..., :3] *= (0.35 + 0.65 * backdrop.light).astype(np.float32)
    return lit_pixels


def paint(image: np.ndarray, pixels: np.ndarray, foot: np.ndarray) -> None:
    """Paint a sprite that is wholly inside, the middle of its lower edge at ``foot``."""
    height, width = pixels.shape[:2]
    left, top = round(foot[0] - width / 2), round(foot[1] - height)
    under = image[top : top + height, left : left + width]
    under *= 1 - pixels[..., 3:]
    under += pixels[..., :3]


def write(path: Path) -> None:
    """Write the frames as H.264 that every browser plays."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(RATE), options={"crf": "26"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for image in frames():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())


if __name__ == "__main__":
    default = Path(__file__).parents[1] / "examples" / "video-street.mp4"
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
