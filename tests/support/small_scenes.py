"""Folders of small drawn scenes, each another one, and files that are broken in many ways."""

from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("scene-*.jpg"))
SIZE = (128, 96)


@cache
def _example(number: int) -> Image.Image:
    with Image.open(EXAMPLES[number]) as image:
        return image.convert("RGB").resize((256, 192))


def scene(number: int) -> Image.Image:
    """A part of an example, which no other number shows."""
    left, top = number // len(EXAMPLES) % 97, number // (97 * len(EXAMPLES)) % 73
    part = _example(number % len(EXAMPLES)).crop((left, top, left + 160, top + 120)).resize(SIZE)
    pixels = np.array(part)
    pixels[0, :3, 0] = number & 255, number >> 8 & 255, number >> 16
    return Image.fromarray(pixels)


def write_scene(path: Path, number: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    scene(number).save(path, quality=90)
    return path


def write_broken(path: Path, number: int) -> Path:
    """A file that is no picture: broken in one of eight ways."""
    path.parent.mkdir(parents=True, exist_ok=True)
    way = number % 8
    if way == 0:
        path.touch()
    elif way == 1:
        path.write_bytes(b"not a picture\n" * 20)
    elif way == 2:
        Image.new("RGB", (8, 8)).save(path, "PNG")
    elif way == 3:
        path.mkdir()
    elif way == 4:
        path.write_bytes(bytes(3000))
    elif way == 5:
        Image.new("RGB", (2000, 20)).save(path, "PNG")
    elif way == 6:
        whole = write_scene(path, number).read_bytes()
        path.write_bytes(whole[: len(whole) // 3])
    # 7: it isn't there
    return path
