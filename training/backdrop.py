"""The stuff of the toy scenes: sky, mountains, buildings and ground, painted from noise."""

import functools
from dataclasses import dataclass

import cv2
import numpy as np

SKY, MOUNTAIN, BUILDING, TREE = 187, 192, 197, 184
GRASS, DIRT, SAND, SNOW, SEA, ROAD = 193, 194, 154, 159, 155, 149
STUFF = (SKY, MOUNTAIN, BUILDING, TREE, GRASS, DIRT, SAND, SNOW, SEA, ROAD)

NOISE_SIZE = 512

# Sky at the top, sky at the horizon, light on everything below, how bright the sun is.
SKIES = (
    ((70, 135, 220), (190, 222, 245), (1.0, 1.0, 1.0), 0.5),
    ((40, 105, 200), (160, 205, 240), (1.03, 1.02, 0.97), 0.7),
    ((120, 170, 215), (236, 232, 220), (1.0, 0.98, 0.95), 0.4),
    ((95, 90, 160), (250, 170, 120), (1.0, 0.86, 0.78), 1.0),
    ((60, 70, 140), (245, 135, 140), (0.92, 0.80, 0.84), 0.9),
    ((130, 145, 165), (205, 212, 220), (0.86, 0.89, 0.93), 0.0),
    ((18, 24, 60), (70, 85, 140), (0.55, 0.60, 0.78), 0.35),
)
# Far colour, near colour, contrast of the texture, how much wider than deep its grains are.
GROUNDS = {
    GRASS: ((150, 185, 90), (62, 125, 45), 0.30, 1.0),
    DIRT: ((165, 130, 95), (112, 78, 50), 0.34, 1.6),
    SAND: ((240, 220, 170), (222, 188, 125), 0.13, 3.0),
    SNOW: ((214, 224, 238), (228, 234, 245), 0.10, 2.0),
    SEA: ((95, 165, 200), (20, 85, 145), 0.28, 6.0),
}


@dataclass
class Backdrop:
    """A landscape without things.

    image: (H, W, 3) float32, 0..1, RGB. categories: (H, W) uint8 category ids.
    horizon: row where the ground begins. light: RGB factors for whatever stands in it.
    """

    image: np.ndarray
    categories: np.ndarray
    horizon: float
    light: np.ndarray


@functools.lru_cache(maxsize=1)
def noise_bank() -> tuple[np.ndarray, ...]:
    """Seamless fractal noise, coarse to fine: (512, 512) float32 fields of mean 0, deviation 1."""
    rng = np.random.default_rng(20200526)
    frequency = np.hypot(np.fft.fftfreq(NOISE_SIZE)[:, None], np.fft.rfftfreq(NOISE_SIZE)[None, :])
    frequency[0, 0] = np.inf
    bank = []
    for exponent in (2.0, 1.7, 1.3, 1.0, 0.6):
        spectrum = np.fft.rfft2(rng.standard_normal((NOISE_SIZE, NOISE_SIZE)))
        field = np.fft.irfft2(spectrum / frequency**exponent)
        bank.append(((field - field.mean()) / field.std()).astype(np.float32))
    return tuple(bank)


def paint_backdrop(rng: np.random.Generator, width: int, height: int) -> Backdrop:
    """Paint a random landscape of `width` x `height` pixels."""
    ys = np.arange(height, dtype=np.float32)[:, None] / height
    xs = np.arange(width, dtype=np.float32)[None, :] / width
    horizon = rng.uniform(0.28, 0.55)
    top, low, light, sun = SKIES[rng.choice(len(SKIES), p=(0.25, 0.2, 0.15, 0.12, 0.1, 0.1, 0.08))]
    light = np.array(light, np.float32)
    haze = np.array(low, np.float32) / 255
    image = _sky(rng, xs, ys, horizon, np.array(top, np.float32) / 255, haze, sun)
    categories = np.full((height, width), SKY, np.uint8)

    background = rng.choice(["mountains", "buildings", "both", "none"], p=(0.45, 0.2, 0.1, 0.25))
    if background in ("mountains", "both"):
        _mountains(rng, image, categories, xs, ys, horizon, haze, light)
    if background in ("buildings", "both"):
        _buildings(rng, image, categories, horizon, haze, light)
    _grounds(rng, image, categories, xs, ys, horizon, haze, light)
    return Backdrop(image, categories, horizon * height, light)


def _sky(rng, xs, ys, horizon, top, low, sun):
    blend = np.clip(ys / horizon, 0, 1)[..., None] ** rng.uniform(0.7, 1.4)
    image = np.repeat(top * (1 - blend) + low * blend, xs.shape[1], axis=1)
    if sun > 0 and rng.random() < 0.6:
        centre = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.9) * horizon
        distance = np.hypot((xs - centre[0]) * 4 / 3, ys - centre[1])
        disc = np.clip((rng.uniform(0.02, 0.045) - distance) * 250, 0, 1)
        glow = np.clip(np.exp(-distance * 5) * 0.55 * sun + disc * min(1, sun * 1.5), 0, 1)[
            ..., None
        ]
        image += glow * (np.array((1.0, 0.95, 0.8), np.float32) - image)
    if rng.random() < 0.75:
        field = _plain_noise(rng, xs, ys, bank=1, scale=rng.uniform(0.35, 0.8), stretch=2.2)
        cover = np.clip((field - rng.uniform(-0.2, 1.1)) * 1.3, 0, 1)
        shade = 0.93 + 0.07 * _plain_noise(rng, xs, ys, bank=2, scale=0.6, stretch=2.0)
        colour = 0.35 * low + 0.65 * np.array((1, 1, 1), np.float32) * (0.35 + 0.65 * low.max())
        cover = (cover * np.clip(1.25 - blend[..., 0] * 0.8, 0, 1) * rng.uniform(0.5, 0.95))[
            ..., None
        ]
        image = image * (1 - cover) + np.clip(colour * shade[..., None], 0, 1) * cover
    return image.astype(np.float32)


def _mountains(rng, image, categories, xs, ys, horizon, haze, light):
    layers = rng.integers(1, 4)
    rock = (
        np.array(
            ((96, 104, 118), (110, 96, 84), (72, 96, 88), (84, 92, 128))[rng.integers(4)],
            np.float32,
        )
        / 255
        * light
    )
    snowy = rng.random() < 0.4
    for layer in range(layers):
        near = (layer + 1) / layers
        peak = rng.uniform(0.4, 0.85) * horizon * (1 - 0.45 * layer / layers)
        ridge = horizon - peak * (0.45 + 0.28 * _ridge(rng, xs[0], rng.uniform(0.7, 1.6)))
        ridge = np.minimum(ridge, horizon + 0.01)[None, :]
        mask = (ys >= ridge) & (ys <= horizon + 0.02)
        rows = slice(max(0, int(ridge.min() * len(ys))), int((horizon + 0.02) * len(ys)) + 1)
        texture = _plain_noise(rng, xs, ys[rows], bank=2, scale=0.5, stretch=0.7)
        depth = np.clip((ys[rows] - ridge) / (horizon - ridge + 1e-3), 0, 1)
        colour = rock * (1 + 0.20 * texture[..., None])
        if snowy:
            cap = np.clip((0.35 - depth + 0.10 * texture) * 6, 0, 1)[..., None]
            colour = colour * (1 - cap) + cap * light * (0.94 + 0.05 * texture[..., None])
        fog = np.clip(0.62 * (1 - near) + 0.35 * depth + 0.1, 0, 0.8)[..., None]
        colour = colour * (1 - fog) + haze * fog
        _fill(image[rows], categories[rows], mask[rows], colour, MOUNTAIN)


def _buildings(rng, image, categories, horizon, haze, light):
    height, width = categories.shape
    base = int((horizon + 0.015) * height)
    x = int(rng.uniform(-0.05, 0.4) * width)
    end = int(rng.uniform(0.6, 1.05) * width)
    night = light.mean() < 0.75
    while x < end:
        w = int(rng.uniform(0.04, 0.12) * width)
        tall = int(rng.uniform(0.15, 0.75) * horizon * height)
        wall = np.array(
            rng.choice(((150, 140, 130), (120, 130, 145), (175, 150, 125), (95, 100, 112)))
        )
        wall = wall.astype(np.float32) / 255 * light * rng.uniform(0.85, 1.1)
        wall = wall * 0.78 + haze * 0.22
        left, right, roof = max(0, x), min(width, x + w), max(0, base - tall)
        if right > left:
            patch = np.empty((base - roof, right - left, 3), np.float32)
            patch[:] = wall * np.linspace(1.06, 0.9, base - roof, dtype=np.float32)[:, None, None]
            step = max(4, round(height * rng.uniform(0.018, 0.03)))
            rows = (np.arange(base - roof) % step) >= step * 0.45
            columns = (np.arange(right - left) % step) >= step * 0.5
            lit = rng.random((len(rows) // step + 1, len(columns) // step + 1)) < 0.45
            lit = lit.repeat(step, 0)[: len(rows)].repeat(step, 1)[:, : len(columns)]
            windows = rows[:, None] & columns[None, :]
            patch[windows & ~lit] *= 0.72
            glass = np.array((1.0, 0.85, 0.5) if night else (0.75, 0.85, 0.95), np.float32)
            patch[windows & lit] = patch[windows & lit] * 0.45 + glass * 0.5
            image[roof:base, left:right] = patch
            categories[roof:base, left:right] = BUILDING
        x += w + int(max(0, rng.normal(0, 0.02)) * width)


def _grounds(rng, image, categories, xs, ys, horizon, haze, light):
    kinds = rng.choice(5, size=2, replace=False, p=(0.32, 0.14, 0.16, 0.16, 0.22))
    names = [list(GROUNDS)[kind] for kind in kinds]
    second = rng.random() < 0.6
    if second and names[1] == SEA:
        names.reverse()  # water lies behind the beach
    wave = rng.uniform(0.005, 0.03) * _ridge(rng, xs[0], rng.uniform(0.5, 1.5))
    rolling = 0.0 if names[0] == SEA else rng.uniform(0, 0.012)
    start = horizon + rolling * _ridge(rng, xs[0], 0.8)
    _ground(rng, image, categories, names[0], xs, ys, start, horizon, haze, light)
    if second:
        start = horizon + (1 - horizon) * rng.uniform(0.2, 0.65) + wave
        _ground(rng, image, categories, names[1], xs, ys, start, horizon, haze, light)
    if rng.random() < 0.5:
        land = categories != SEA
        if land[int(len(ys) * min(0.98, horizon + 0.3)) :].mean() > 0.8:
            _road(rng, image, categories, xs, ys, horizon, haze, light)


def _ground(rng, image, categories, kind, xs, ys, start, horizon, haze, light):
    far, near, contrast, stretch = GROUNDS[kind]
    rows = slice(max(0, int(start.min() * len(ys))), len(ys))
    ys = ys[rows]
    mask = ys >= start[None, :]
    depth = np.clip((ys - horizon) / (1 - horizon), 0, 1).astype(np.float32)
    jitter = rng.normal(1, 0.015 if kind == SNOW else 0.05, 3)
    blend = (depth**0.7)[..., None]
    colour = (np.array(far, np.float32) * (1 - blend) + np.array(near, np.float32) * blend) / 255
    coarse = _ground_noise(rng, xs, ys, horizon, bank=2, scale=0.6, stretch=stretch)
    fine = _ground_noise(rng, xs, ys, horizon, bank=4, scale=3.0, stretch=stretch)
    texture = contrast * (0.5 * coarse + 0.45 * fine * (0.3 + 0.7 * depth))
    if kind == SEA:
        texture = np.abs(texture) * 1.3 - 0.12
    colour = colour * (1 + texture[..., None]) * (light * jitter).astype(np.float32)
    fog = 0.4 * np.exp(-depth * 14)[..., None]
    _fill(image[rows], categories[rows], mask, colour * (1 - fog) + haze * fog, kind)
    edge = ys - start[None, :]
    if kind in (SAND, GRASS, SNOW) and start.mean() > horizon + 0.05:
        foam = np.exp(-np.square(edge / 0.012)) * 0.5 * mask
        tone = light if (categories[rows][0] == SEA).any() else light * 0.35
        image[rows] += foam[..., None] * (tone - image[rows])


def _road(rng, image, categories, xs, ys, horizon, haze, light):
    rows = slice(int((horizon + 0.012) * len(ys)), len(ys))
    ys = ys[rows]
    depth = np.clip((ys - horizon) / (1 - horizon), 1e-3, 1)
    if rng.random() < 0.65:  # away from us
        vanish, bend = rng.uniform(0.2, 0.8), rng.normal(0, 0.25)
        centre = vanish + (rng.uniform(0.2, 0.8) - vanish) * depth + bend * depth * (1 - depth)
        half = rng.uniform(0.16, 0.34) * depth + 0.004
        across = (xs - centre) / half
        along = 1 / (depth + 0.02)
    else:  # across the picture
        middle, half = rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.2)
        slope = rng.normal(0, 0.08)
        across = (depth - middle - slope * (xs - 0.5)) / half
        along = xs * 14
    mask = np.abs(across) <= 1
    grain = _ground_noise(rng, xs, ys, horizon, bank=4, scale=4.0, stretch=1.2)
    grey = np.array((0.36, 0.36, 0.39), np.float32) * rng.uniform(0.75, 1.35)
    colour = grey * (1 + 0.10 * grain[..., None]) * (1.12 - 0.2 * depth[..., None]) * light
    paint = (np.abs(across) < 0.035) & (np.sin(along * 6.0) > 0) | (
        np.abs(np.abs(across) - 0.9) < 0.025
    )
    colour[np.broadcast_to(paint, mask.shape)] = light * (0.92, 0.9, 0.8)
    fog = 0.35 * np.exp(-depth * 12)[..., None]
    _fill(image[rows], categories[rows], mask, colour * (1 - fog) + haze * fog, ROAD)


def _fill(image, categories, mask, colour, kind):
    np.copyto(image, np.broadcast_to(colour, image.shape).astype(np.float32), where=mask[..., None])
    categories[mask] = kind


def _ridge(rng, xs, scale):
    """A line of fractal noise over `xs`, about -2..2."""
    field = noise_bank()[1]
    position = (xs * scale * NOISE_SIZE * 0.5 + rng.uniform(0, NOISE_SIZE)) % NOISE_SIZE
    return np.interp(
        position,
        np.arange(NOISE_SIZE + 1),
        np.append(field[row := rng.integers(NOISE_SIZE)], field[row, 0]),
    ).astype(np.float32)


def _plain_noise(rng, xs, ys, bank, scale, stretch):
    return _sample(rng, bank, xs * (4 / 3) * scale / stretch, ys * scale)


def _ground_noise(rng, xs, ys, horizon, bank, scale, stretch):
    """Noise that lies on the ground and runs to the horizon."""
    distance = 1 / (np.maximum(ys - horizon, 0) + 0.08)
    return _sample(
        rng, bank, (xs - 0.5) * distance * scale / stretch * 0.35, -distance * scale * 0.25
    )


def _sample(rng, bank, u, v):
    shift = rng.uniform(0, NOISE_SIZE, 2)
    shape = np.broadcast_shapes(u.shape, v.shape)
    maps = np.empty((2, *shape), np.float32)
    maps[0], maps[1] = u * NOISE_SIZE + shift[0], v * NOISE_SIZE + shift[1]
    return cv2.remap(
        noise_bank()[bank], maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
    )
