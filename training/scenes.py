"""Toy scenes: landscapes with emoji in them, and their exact panoptic ground truth.

A scene is a function of its seed and size. Most things stand where they belong, some anywhere
at all, so that a network must look at the thing and not at the place.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from training.backdrop import ROAD, SEA, STUFF, TREE, Backdrop, paint_backdrop
from training.sprites import THINGS, TREES, Thing, sprite, transformed

SMALLEST = 24 / 480  # of the picture's height
LARGEST = 0.5
FIRST_THING = 1000  # above all category ids, in the map of owners
MAX_HIDDEN = 0.65  # a thing of which less than 35% can be seen is left out
CATEGORY_IDS = tuple(sorted([*STUFF, *(thing.category_id for thing in THINGS)]))


@dataclass(frozen=True)
class Scene:
    """A picture and its ground truth.

    image: (H, W, 3) uint8 RGB. segment_ids: (H, W) int32, every pixel 1..N.
    segments_info: COCO's dictionaries (id, category_id, area, bbox as x y width height, iscrowd).
    """

    image: np.ndarray
    segment_ids: np.ndarray
    segments_info: list[dict]


@dataclass
class Placed:
    """A thing at its place in the picture."""

    category_id: int
    pixels: np.ndarray  # (h, w, 4), premultiplied
    left: int
    top: int
    shadow: float


def draw_scene(seed: int, width: int = 640, height: int = 480) -> Scene:
    """Draw the scene of `seed` at `width` x `height` pixels (at least 32 x 32).

    Raises:
        FileNotFoundError: the emoji font is not installed.
    """
    rng = np.random.default_rng([seed, 20200526])
    backdrop = paint_backdrop(rng, width, height)
    placed = _place_trees(rng, backdrop) + _place_things(rng, backdrop)
    placed = without_hidden(placed, backdrop.categories.shape)
    categories = backdrop.categories.astype(np.int32)
    for index, item in enumerate(placed):
        paint(backdrop.image, item)
        inside, mask = visible_mask(item, categories.shape)
        categories[inside][mask] = TREE if item.category_id == TREE else FIRST_THING + index
    image = photograph(rng, backdrop.image)
    return Scene(image, *ground_truth(categories, placed))


def _place_trees(rng, backdrop: Backdrop) -> list[Placed]:
    height, width = backdrop.categories.shape
    if rng.random() < 0.45:
        return []
    kind = rng.choice(list(TREES), size=2, p=(0.45, 0.4, 0.15))
    spots = []
    if rng.random() < 0.6:  # a line of trees far away
        left, right = sorted(rng.uniform(-0.1, 1.1, 2))
        count = int(np.clip((right - left) * 22, 3, 18))
        size = rng.uniform(0.06, 0.13)
        for x in np.linspace(left, right, count) + rng.normal(0, 0.012, count):
            y = backdrop.horizon / height + rng.uniform(0.008, 0.03)
            spots.append((x, y, size * rng.uniform(0.8, 1.2)))
    for _ in range(rng.integers(0, 4)):
        y = backdrop.horizon / height + rng.uniform(0.02, 0.25)
        depth = (y - backdrop.horizon / height) / (1 - backdrop.horizon / height)
        spots.append((rng.uniform(-0.05, 1.05), y, (0.14 + 0.6 * depth) * rng.uniform(0.9, 1.4)))
    placed = []
    for x, y, size in sorted(spots, key=lambda spot: spot[1]):
        row, column = min(height - 1, int(y * height)), int(np.clip(x, 0, 0.999) * width)
        if backdrop.categories[row, column] in (SEA, ROAD):
            continue
        picture = sprite(kind[int(rng.random() < 0.3)])
        pixels = transformed(picture, size * height, 0, rng.random() < 0.5)
        pixels = _apply_light(rng, pixels, backdrop.light)
        placed.append(place_on_ground(TREE, pixels, (x * width, y * height), 0.5))
    return placed


def _place_things(rng, backdrop: Backdrop) -> list[Placed]:
    height, width = backdrop.categories.shape
    count = rng.choice((1, 2, 3, 4, 5, 6, 7), p=(0.08, 0.18, 0.22, 0.2, 0.16, 0.1, 0.06))
    kinds = [THINGS[index] for index in rng.integers(len(THINGS), size=count)]
    if count > 2 and rng.random() < 0.35:  # a small herd, a traffic jam
        kinds[1 : 1 + rng.integers(1, 3)] = [kinds[0]]
    placed = [_place_thing(rng, backdrop, kind, width, height) for kind in kinds]
    return [item for _, item in sorted(placed, key=lambda pair: pair[0])]


def _place_thing(rng, backdrop: Backdrop, thing: Thing, width, height) -> tuple[float, Placed]:
    """A thing and its order of painting."""
    horizon = backdrop.horizon / height
    picture = sprite(str(rng.choice(list(thing.emoji))))
    mirror = rng.random() < 0.5
    spot = _choose_position(rng, backdrop, thing) if rng.random() < 0.72 else None
    if spot is None:
        size = np.exp(rng.uniform(np.log(0.11), np.log(LARGEST)))
        x, y, degrees = rng.uniform(0, 1), rng.uniform(size * 0.6, 1.05), rng.normal(0, 18)
        order, shadow = y, 0.0
    elif spot[2] == "air":
        x, y = spot[:2]
        size = np.exp(rng.uniform(np.log(0.1), np.log(0.35)))
        degrees, order, shadow = rng.normal(0, 12), 0.0, 0.0
    else:
        x, y = spot[:2]
        depth = np.clip((y - horizon) / (1 - horizon), 0, 1)
        size = (0.14 + 0.42 * depth) * thing.height * rng.uniform(0.8, 1.25)
        degrees, order, shadow = rng.normal(0, 3), y, 0.0 if spot[2] == "sea" else 0.55
    wide = picture.shape[1] / picture.shape[0]
    size = float(np.clip(size * min(1, 1.5 / wide), SMALLEST, LARGEST))
    pixels = transformed(picture, size * height, degrees, mirror)
    pixels = _apply_light(rng, pixels, backdrop.light)
    return order, place_on_ground(thing.category_id, pixels, (x * width, y * height), shadow)


def _choose_position(rng, backdrop: Backdrop, thing: Thing) -> tuple[float, float, str] | None:
    """A place (x, y of the base, 0..1; kind of place) where the thing belongs, if there is one."""
    height, width = backdrop.categories.shape
    horizon = backdrop.horizon / height
    places = thing.place.split("+")
    for _ in range(12):
        x = rng.uniform(0.02, 0.98)
        place = str(rng.choice(places))
        if place == "air":
            return x, rng.uniform(0.12, max(0.2, horizon)), "air"
        y = horizon + (1 - horizon) * rng.uniform(0.06, 1.0)
        found = backdrop.categories[min(height - 1, int(y * height)), int(x * width)]
        here = "sea" if found == SEA else "road" if found == ROAD else "ground"
        if here == place:
            return x, y, here
    return None


def place_on_ground(category_id, pixels, foot: tuple[float, float], shadow: float) -> Placed:
    """Put the middle of a sprite's lower edge at `foot`, x and y in pixels."""
    h, w = pixels.shape[:2]
    return Placed(category_id, pixels, round(foot[0] - w / 2), round(foot[1] - h), shadow)


def _apply_light(rng, pixels, light):
    factor = (0.35 + 0.65 * light) * rng.normal(1, 0.03, 3) * rng.uniform(0.85, 1.08)
    pixels = pixels.copy()
    pixels[..., :3] = np.clip(pixels[..., :3] * factor.astype(np.float32), 0, pixels[..., 3:])
    return pixels


def _window(item: Placed, shape):
    """Slices of the picture and of the sprite where they overlap."""
    h, w = item.pixels.shape[:2]
    top, left = max(0, item.top), max(0, item.left)
    bottom, right = min(shape[0], item.top + h), min(shape[1], item.left + w)
    bottom, right = max(top, bottom), max(left, right)
    inside = slice(top, bottom), slice(left, right)
    own = (
        slice(top - item.top, bottom - item.top),
        slice(left - item.left, right - item.left),
    )
    return inside, own


def visible_mask(item: Placed, shape):
    """The part of a picture that a thing takes, as slices, and the (h, w) bool mask in it."""
    inside, own = _window(item, shape)
    return inside, item.pixels[own][..., 3] >= 0.5


def without_hidden(placed: list[Placed], shape) -> list[Placed]:
    """Leave out, one after the other, things that are nearly out of sight."""
    while True:
        owner = np.full(shape, -1, np.int32)
        for index, item in enumerate(placed):
            inside, mask = visible_mask(item, shape)
            owner[inside][mask] = index
        seen = np.bincount(owner.ravel() + 1, minlength=len(placed) + 1)[1:]
        full = np.array([(item.pixels[..., 3] >= 0.5).sum() for item in placed])
        smallest = 0.3 * (SMALLEST * shape[0]) ** 2
        hidden = [
            index
            for index, item in enumerate(placed)
            if item.category_id != TREE
            and (seen[index] < (1 - MAX_HIDDEN) * full[index] or seen[index] < smallest)
        ]
        if not hidden:
            return placed
        placed = placed[: hidden[0]] + placed[hidden[0] + 1 :]


def paint(image: np.ndarray, item: Placed) -> None:
    """Draw a thing, and its shadow first, into a picture of float32 in 0..1."""
    if item.shadow:
        _paint_shadow(image, item)
    inside, own = _window(item, image.shape)
    pixels = item.pixels[own]
    image[inside] = image[inside] * (1 - pixels[..., 3:]) + pixels[..., :3]


def _paint_shadow(image, item: Placed) -> None:
    h, w = item.pixels.shape[:2]
    middle, base = item.left + w / 2, item.top + h * 0.97
    a, b = w * 0.62, max(1.5, h * 0.11)
    top, bottom = np.clip((base - 2 * b, base + 2 * b + 1), 0, image.shape[0]).astype(int)
    left, right = np.clip((middle - 1.6 * a, middle + 1.6 * a + 1), 0, image.shape[1]).astype(int)
    rows, columns = slice(top, bottom), slice(left, right)
    ys = (np.arange(top, bottom)[:, None] - base) / b
    xs = (np.arange(left, right)[None, :] - middle) / a
    dark = item.shadow * np.exp(-1.6 * (xs**2 + ys**2))
    image[rows, columns] *= (1 - dark).astype(np.float32)[..., None]


def photograph(rng, image: np.ndarray) -> np.ndarray:
    """What a camera adds: exposure, vignette, blur, noise, JPEG. Returns uint8."""
    height, width = image.shape[:2]
    exposure = rng.normal(1, 0.07) * rng.normal(1, 0.02, 3)
    image = image * exposure.astype(np.float32)
    if rng.random() < 0.4:
        ys = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        xs = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
        image *= (1 - rng.uniform(0.05, 0.2) * (xs**2 + ys**2))[..., None]
    if rng.random() < 0.3:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 1.6) * height / 480)
    image = image * 255
    if rng.random() < 0.5:
        grain = np.empty((height, width, 3), np.float32)
        cv2.setRNGSeed(int(rng.integers(2**31)))
        cv2.randn(grain, 0, rng.uniform(1, 9))  # ty: ignore[no-matching-overload]  # numbers do too
        image += grain
    image = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = int(rng.integers(40, 96))
        bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
        data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
        assert decoded is not None  # it was just encoded
        image = cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB)
    return image


def ground_truth(categories: np.ndarray, placed: list[Placed]) -> tuple[np.ndarray, list[dict]]:
    """Ids 1..N and COCO's dictionaries from a map of stuff categories and FIRST_THING + index."""
    present = np.bincount(categories.ravel()) > 0
    owners = np.flatnonzero(present)
    segment_ids = np.cumsum(present, dtype=np.int32)[categories]
    segments_info = []
    for index, owner in enumerate(owners):
        mask = segment_ids == index + 1
        rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
        top, left = int(rows[0]), int(columns[0])
        category_id = int(owner) if owner < FIRST_THING else placed[owner - FIRST_THING].category_id
        segments_info.append(
            {
                "id": index + 1,
                "category_id": category_id,
                "area": int(mask.sum()),
                "bbox": [left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1],
                "iscrowd": 0,
            }
        )
    return segment_ids, segments_info
