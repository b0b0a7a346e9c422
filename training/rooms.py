"""Toy rooms: a data set with things and stuff that the toy checkpoint has never seen.

    python -m training.rooms ROOMS --train 1500 --val 120

draws walls and floors with emoji in them, and writes them in COCO's panoptic layout, as
``python -m detr_gradio train ROOMS --from toy-scenes`` takes them. A room is a function of its
seed.
"""

import argparse
import json
from collections.abc import Iterable
from multiprocessing import Pool
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detr_gradio.result.pictures import encode_picture
from training.backdrop import noise_bank
from training.scenes import (
    FIRST_THING,
    Placed,
    Scene,
    ground_truth,
    paint,
    photograph,
    place_on_ground,
    visible_mask,
    without_hidden,
)
from training.sprites import THINGS, sprite, transformed

BRICKS, WALLPAPER, PLANKS, CHECKERS, CARPET = 901, 902, 903, 904, 905
STUFF = {
    BRICKS: "bricks",
    WALLPAPER: "striped wallpaper",
    PLANKS: "planks",
    CHECKERS: "checkered floor",
    CARPET: "round carpet",
}
NEW = {
    701: ("guitar", "🎸"),
    702: ("balloon", "🎈"),
    703: ("present", "🎁"),
    704: ("cactus", "🌵"),
    705: ("robot", "🤖"),
    706: ("trophy", "🏆"),
}
KNOWN = {17: "cat", 18: "dog", 37: "sports ball", 64: "potted plant", 88: "teddy bear"}
SIZE = (480, 360)
VALIDATION = 1_000_000  # seeds of the validation part


def categories() -> list[dict[str, Any]]:
    """Return COCO's ``categories`` of the rooms."""
    names = {**KNOWN, **{key: name for key, (name, _) in NEW.items()}, **STUFF}
    return [
        {"id": key, "name": name, "isthing": int(key not in STUFF), "supercategory": "room"}
        for key, name in sorted(names.items())
    ]


def draw_room(seed: int, width: int = SIZE[0], height: int = SIZE[1]) -> Scene:
    """Draw the room of ``seed``.

    Raises:
        FileNotFoundError: the emoji font is not installed.
    """
    rng = np.random.default_rng([seed, 20261127])
    ys = np.arange(height, dtype=np.float32)[:, None] / height
    xs = np.arange(width, dtype=np.float32)[None, :] / width
    edge = rng.uniform(0.35, 0.6)
    on_floor = np.broadcast_to(ys >= edge, (height, width))
    wall, floor = rng.choice([BRICKS, WALLPAPER]), rng.choice([PLANKS, CHECKERS])
    kinds = np.where(on_floor, floor, wall).astype(np.int32)
    paints = {BRICKS: _bricks, WALLPAPER: _stripes, PLANKS: _planks, CHECKERS: _checkers}
    depth = np.maximum(ys - edge, 1e-3) / (1 - edge)
    image = np.where(
        on_floor[..., None],
        paints[floor](rng, (xs - 0.5) / (0.35 + depth), np.sqrt(depth) * 1.2),
        paints[wall](rng, xs, ys),
    )
    if rng.random() < 0.55:
        x, y = rng.uniform(0.2, 0.8), rng.uniform(edge + 0.12, 0.92)
        radius = rng.uniform(0.15, 0.35)
        away = np.hypot((xs - x) / radius, (ys - y) / (radius * 0.45))
        inside = (away < 1) & on_floor
        kinds[inside] = CARPET
        image = np.where(inside[..., None], _rings(rng, away), image)
    grain = noise_bank()[3][:height, :width, None] * rng.uniform(0.01, 0.04)
    light = rng.uniform(0.7, 1.1) * (1 - 0.25 * np.abs(xs - rng.uniform(0, 1)))[..., None]
    image = np.ascontiguousarray((image + grain) * light, np.float32).clip(0, 1)
    placed = without_hidden(_things(rng, edge, width, height), kinds.shape)
    for index, item in enumerate(placed):
        paint(image, item)
        inside, mask = visible_mask(item, kinds.shape)
        kinds[inside][mask] = FIRST_THING + index
    return Scene(photograph(rng, image), *ground_truth(kinds, placed))


def _colour(rng, low: float = 0.2, high: float = 0.9) -> np.ndarray:
    return rng.uniform(low, high, 3).astype(np.float32)


def _bricks(rng, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    rows = rng.integers(9, 16)
    row = np.floor(ys * rows)
    along = xs * rows / 2 + 0.5 * (row % 2)
    joint = ((ys * rows) % 1 < 0.12) | (along % 1 < 0.07)
    tone = 0.9 + 0.2 * np.sin(row * 12.9 + np.floor(along) * 78.2) ** 2
    brick = np.array((0.62, 0.27, 0.2), np.float32) * rng.uniform(0.8, 1.2, 3)
    return np.where(joint[..., None], 0.72, brick * tone[..., None]).astype(np.float32)


def _stripes(rng, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    wide = (xs * rng.integers(6, 14)) % 1 < rng.uniform(0.35, 0.65)
    wide = np.broadcast_to(wide, np.broadcast_shapes(xs.shape, ys.shape))
    return np.where(wide[..., None], _colour(rng, 0.5, 1), _colour(rng, 0.3, 0.8))


def _planks(rng, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    along = xs * rng.integers(7, 13)
    tone = 0.8 + 0.3 * np.sin(np.floor(along) * 37.7) ** 2 + 0.04 * np.sin(along * 40 + ys * 9)
    wood = np.array((0.66, 0.45, 0.25), np.float32) * rng.uniform(0.75, 1.2)
    return np.where((along % 1 < 0.06)[..., None], 0.18, wood * tone[..., None]).astype(np.float32)


def _checkers(rng, xs: np.ndarray, ys: np.ndarray) -> np.ndarray:
    count = rng.integers(5, 9)
    odd = (np.floor(xs * count) + np.floor(ys * count)) % 2 > 0
    return np.where(odd[..., None], _colour(rng, 0.75, 1), _colour(rng, 0.02, 0.35))


def _rings(rng, away: np.ndarray) -> np.ndarray:
    odd = (away * rng.integers(2, 5)) % 1 < 0.5
    return np.where(odd[..., None], _colour(rng), _colour(rng))


def _things(rng, edge: float, width: int, height: int) -> list[Placed]:
    looks = {thing.category_id: thing.emoji for thing in THINGS if thing.category_id in KNOWN}
    looks |= {key: emoji for key, (_, emoji) in NEW.items()}
    kinds = list(NEW) * 2 + list(KNOWN)
    placed = []
    for _ in range(rng.integers(1, 7)):
        kind = int(rng.choice(kinds))
        floats = kind == 702 or rng.random() < 0.15
        y = rng.uniform(0.2, 0.95) if floats else rng.uniform(edge + 0.05, 1.02)
        size = np.exp(rng.uniform(np.log(0.14), np.log(0.42)))
        degrees = rng.normal(0, 8)
        picture = sprite(str(rng.choice(list(looks[kind]))))
        pixels = transformed(picture, size * height, degrees, rng.random() < 0.5)
        foot = (rng.uniform(0.03, 0.97) * width, y * height)
        placed.append((y, place_on_ground(kind, pixels, foot, 0.0 if floats else 0.5)))
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def write_part(folder: Path, name: str, seeds: Iterable[int], pool) -> None:
    """Write rooms as a part of a data set."""
    pictures, masks = folder / name, folder / f"panoptic_{name}"
    for place in (pictures, masks):
        place.mkdir(parents=True, exist_ok=True)
    images, annotations = [], []
    for number, room in enumerate(pool.imap(draw_room, seeds, chunksize=8), 1):
        height, width = room.segment_ids.shape
        file, png = f"{number:06}.jpg", f"{number:06}.png"
        (pictures / file).write_bytes(encode_picture(file, room.image))
        ids = np.zeros((height, width, 3), np.uint8)
        ids[..., 0] = room.segment_ids
        (masks / png).write_bytes(encode_picture(png, ids))
        images.append({"id": number, "file_name": file, "width": width, "height": height})
        annotations.append(
            {"image_id": number, "file_name": png, "segments_info": room.segments_info}
        )
    document = {"images": images, "annotations": annotations, "categories": categories()}
    (folder / f"panoptic_{name}.json").write_text(json.dumps(document))


def main() -> None:
    """Write the data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--train", type=int, default=1500)
    parser.add_argument("--val", type=int, default=120)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with Pool(arguments.threads) as pool:
        write_part(arguments.folder, "train", range(arguments.train), pool)
        held_out = range(VALIDATION, VALIDATION + arguments.val)
        write_part(arguments.folder, "val", held_out, pool)


if __name__ == "__main__":
    main()
