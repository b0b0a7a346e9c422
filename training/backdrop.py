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
GROUND_SHARES = (0.32, 0.14, 0.16, 0.16, 0.22)
ROCKS = ((96, 104, 118), (110, 96, 84), (72, 96, 88), (84, 92, 128))
WALLS = ((150, 140, 130), (120, 130, 145), (175, 150, 125), (95, 100, 112))
SUNLIGHT = np.array((1.0, 0.95, 0.8), np.float32)
ASPHALT = np.array((0.36, 0.36, 0.39), np.float32)


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


class _Painter:
    """A landscape in the making: its pictures, its geometry and its light."""

    def __init__(self, rng: np.random.Generator, width: int, height: int):
        self.rng = rng
        self.ys = np.arange(height, dtype=np.float32)[:, None] / height
        self.xs = np.arange(width, dtype=np.float32)[None, :] / width
        self.horizon = rng.uniform(0.28, 0.55)
        sky = SKIES[rng.choice(len(SKIES), p=(0.25, 0.2, 0.15, 0.12, 0.1, 0.1, 0.08))]
        self.zenith = np.array(sky[0], np.float32) / 255
        self.haze = np.array(sky[1], np.float32) / 255
        self.light = np.array(sky[2], np.float32)
        self.sun = sky[3]
        self.image = np.empty((height, width, 3), np.float32)
        self.categories = np.full((height, width), SKY, np.uint8)

    def sky(self) -> None:
        rng, xs, ys = self.rng, self.xs, self.ys
        blend = np.clip(ys / self.horizon, 0, 1)[..., None] ** rng.uniform(0.7, 1.4)
        image = np.repeat(self.zenith * (1 - blend) + self.haze * blend, xs.shape[1], axis=1)
        if self.sun > 0 and rng.random() < 0.6:
            centre = rng.uniform(0.05, 0.95), rng.uniform(0.05, 0.9) * self.horizon
            distance = np.hypot((xs - centre[0]) * 4 / 3, ys - centre[1])
            disc = np.clip((rng.uniform(0.02, 0.045) - distance) * 250, 0, 1)
            glow = np.exp(-distance * 5) * 0.55 * self.sun + disc * min(1, self.sun * 1.5)
            image += np.clip(glow, 0, 1)[..., None] * (SUNLIGHT - image)
        if rng.random() < 0.75:
            self._clouds(image, blend[..., 0])
        self.image[:] = image

    def _clouds(self, image: np.ndarray, blend: np.ndarray) -> None:
        rng = self.rng
        field = self._noise(self.ys, bank=1, scale=rng.uniform(0.35, 0.8), stretch=2.2)
        cover = np.clip((field - rng.uniform(-0.2, 1.1)) * 1.3, 0, 1)
        shade = 0.93 + 0.07 * self._noise(self.ys, bank=2, scale=0.6, stretch=2.0)
        colour = 0.35 * self.haze + 0.65 * (0.35 + 0.65 * self.haze.max())
        cover = cover * np.clip(1.25 - blend * 0.8, 0, 1) * rng.uniform(0.5, 0.95)
        image += cover[..., None] * (np.clip(colour * shade[..., None], 0, 1) - image)

    def mountains(self) -> None:
        rng, horizon = self.rng, self.horizon
        layers = rng.integers(1, 4)
        rock = np.array(ROCKS[rng.integers(len(ROCKS))], np.float32) / 255 * self.light
        snowy = rng.random() < 0.4
        for layer in range(layers):
            near = (layer + 1) / layers
            peak = rng.uniform(0.4, 0.85) * horizon * (1 - 0.45 * layer / layers)
            ridge = horizon - peak * (0.45 + 0.28 * self._line(rng.uniform(0.7, 1.6)))
            ridge = np.minimum(ridge, horizon + 0.01)[None, :]
            rows = self._rows(float(ridge.min()), horizon + 0.02)
            ys = self.ys[rows]
            texture = self._noise(ys, bank=2, scale=0.5, stretch=0.7)
            depth = np.clip((ys - ridge) / (horizon - ridge + 1e-3), 0, 1)
            colour = rock * (1 + 0.20 * texture[..., None])
            if snowy:
                cap = np.clip((0.35 - depth + 0.10 * texture) * 6, 0, 1)[..., None]
                white = self.light * (0.94 + 0.05 * texture[..., None])
                colour = colour * (1 - cap) + cap * white
            fog = np.clip(0.62 * (1 - near) + 0.35 * depth + 0.1, 0, 0.8)
            self._fill(rows, (ys >= ridge) & (ys <= horizon + 0.02), colour, fog, MOUNTAIN)

    def buildings(self) -> None:
        rng = self.rng
        height, width = self.categories.shape
        base = int((self.horizon + 0.015) * height)
        x = int(rng.uniform(-0.05, 0.4) * width)
        end = int(rng.uniform(0.6, 1.05) * width)
        while x < end:
            w = int(rng.uniform(0.04, 0.12) * width)
            roof = max(0, base - int(rng.uniform(0.15, 0.75) * self.horizon * height))
            left, right = max(0, x), min(width, x + w)
            if right > left:
                self.image[roof:base, left:right] = self._facade(base - roof, right - left)
                self.categories[roof:base, left:right] = BUILDING
            x += w + int(max(0, rng.normal(0, 0.02)) * width)

    def _facade(self, height: int, width: int) -> np.ndarray:
        rng = self.rng
        wall = np.array(rng.choice(WALLS), np.float32) / 255 * self.light * rng.uniform(0.85, 1.1)
        wall = wall * 0.78 + self.haze * 0.22
        facade = wall * np.linspace(1.06, 0.9, height, dtype=np.float32)[:, None, None]
        facade = np.repeat(facade, width, axis=1)
        step = max(4, round(len(self.ys) * rng.uniform(0.018, 0.03)))
        rows = np.arange(height) % step >= step * 0.45
        columns = np.arange(width) % step >= step * 0.5
        lit = rng.random((height // step + 1, width // step + 1)) < 0.45
        lit = lit.repeat(step, 0)[:height].repeat(step, 1)[:, :width]
        windows = rows[:, None] & columns[None, :]
        facade[windows & ~lit] *= 0.72
        night = self.light.mean() < 0.75
        glass = np.array((1.0, 0.85, 0.5) if night else (0.75, 0.85, 0.95), np.float32)
        facade[windows & lit] = facade[windows & lit] * 0.45 + glass * 0.5
        return facade

    def paint_grounds(self) -> None:
        rng, horizon = self.rng, self.horizon
        kinds = [list(GROUNDS)[kind] for kind in rng.choice(5, 2, replace=False, p=GROUND_SHARES)]
        second = rng.random() < 0.6
        if second and kinds[1] == SEA:
            kinds.reverse()  # water lies behind the beach
        wave = rng.uniform(0.005, 0.03) * self._line(rng.uniform(0.5, 1.5))
        rolling = 0.0 if kinds[0] == SEA else rng.uniform(0, 0.012)
        self._paint_ground(kinds[0], horizon + rolling * self._line(0.8))
        if second:
            self._paint_ground(kinds[1], horizon + (1 - horizon) * rng.uniform(0.2, 0.65) + wave)
        land = self.categories[int(len(self.ys) * min(0.98, horizon + 0.3)) :] != SEA
        if rng.random() < 0.5 and land.mean() > 0.8:
            self._paint_road()

    def _paint_ground(self, kind: int, start: np.ndarray) -> None:
        far, near, contrast, stretch = GROUNDS[kind]
        rng, horizon = self.rng, self.horizon
        rows = self._rows(float(start.min()), 1)
        ys = self.ys[rows]
        depth = np.clip((ys - horizon) / (1 - horizon), 0, 1)
        jitter = rng.normal(1, 0.015 if kind == SNOW else 0.05, 3)
        blend = (depth**0.7)[..., None]
        colour = (
            np.array(far, np.float32) * (1 - blend) + np.array(near, np.float32) * blend
        ) / 255
        coarse = self._ground_noise(ys, bank=2, scale=0.6, stretch=stretch)
        fine = self._ground_noise(ys, bank=4, scale=3.0, stretch=stretch)
        texture = contrast * (0.5 * coarse + 0.45 * fine * (0.3 + 0.7 * depth))
        if kind == SEA:
            texture = np.abs(texture) * 1.3 - 0.12
        colour = colour * (1 + texture[..., None]) * (self.light * jitter).astype(np.float32)
        mask = ys >= start[None, :]
        on_water = (self.categories[rows] == SEA).any()
        self._fill(rows, mask, colour, 0.4 * np.exp(-depth * 14), kind)
        if start.mean() > horizon + 0.05:  # surf, or the shade of the bank
            edge = np.exp(-np.square((ys - start[None, :]) / 0.012)) * 0.5 * mask
            tone = self.light * (1.0 if on_water else 0.35)
            self.image[rows] += edge[..., None] * (tone - self.image[rows])

    def _paint_road(self) -> None:
        rng, horizon = self.rng, self.horizon
        rows = self._rows(horizon + 0.012, 1)
        ys = self.ys[rows]
        depth = np.clip((ys - horizon) / (1 - horizon), 1e-3, 1)
        if rng.random() < 0.65:  # away from us
            vanish, bend = rng.uniform(0.2, 0.8), rng.normal(0, 0.25)
            centre = vanish + (rng.uniform(0.2, 0.8) - vanish) * depth + bend * depth * (1 - depth)
            across = (self.xs - centre) / (rng.uniform(0.16, 0.34) * depth + 0.004)
            along = 1 / (depth + 0.02)
        else:  # across the picture
            middle, half = rng.uniform(0.3, 0.8), rng.uniform(0.1, 0.2)
            across = (depth - middle - rng.normal(0, 0.08) * (self.xs - 0.5)) / half
            along = self.xs * 14
        mask = np.abs(across) <= 1
        grain = self._ground_noise(ys, bank=4, scale=4.0, stretch=1.2)
        asphalt = ASPHALT * rng.uniform(0.75, 1.35) * self.light
        colour = asphalt * (1 + 0.10 * grain[..., None]) * (1.12 - 0.2 * depth[..., None])
        dashes = (np.abs(across) < 0.035) & (np.sin(along * 6.0) > 0)
        borders = np.abs(np.abs(across) - 0.9) < 0.025
        colour[np.broadcast_to(dashes | borders, mask.shape)] = self.light * (0.92, 0.9, 0.8)
        self._fill(rows, mask, colour, 0.35 * np.exp(-depth * 12), ROAD)

    def _rows(self, top: float, bottom: float) -> slice:
        height = len(self.ys)
        return slice(max(0, int(top * height)), min(height, int(bottom * height) + 1))

    def _fill(self, rows, mask, colour, fog, kind) -> None:
        """Paint `colour` (R, W, 3), behind `fog` (R, W or 1; 0..1), where `mask` (R, W) is set."""
        fog = fog[..., None]
        colour = (colour * (1 - fog) + self.haze * fog).astype(np.float32)
        np.copyto(self.image[rows], colour, where=mask[..., None])
        self.categories[rows][mask] = kind

    def _line(self, scale: float) -> np.ndarray:
        """A line of fractal noise across the picture, (W,), about -2..2."""
        row = noise_bank()[1][self.rng.integers(NOISE_SIZE)]
        start = self.rng.uniform(0, NOISE_SIZE)
        position = (self.xs[0] * scale * NOISE_SIZE * 0.5 + start) % NOISE_SIZE
        line = np.interp(position, np.arange(NOISE_SIZE + 1), np.append(row, row[0]))
        return line.astype(np.float32)

    def _noise(self, ys: np.ndarray, bank: int, scale: float, stretch: float) -> np.ndarray:
        """Noise that stands upright: (R, W) for rows `ys` (R, 1)."""
        return self._sample(bank, self.xs * (4 / 3) * scale / stretch, ys * scale)

    def _ground_noise(self, ys: np.ndarray, bank: int, scale: float, stretch: float) -> np.ndarray:
        """Noise that lies on the ground and runs to the horizon: (R, W) for rows `ys` (R, 1)."""
        distance = 1 / (np.maximum(ys - self.horizon, 0) + 0.08)
        across = (self.xs - 0.5) * distance * scale / stretch * 0.35
        return self._sample(bank, across, -distance * scale * 0.25)

    def _sample(self, bank: int, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        shift = self.rng.uniform(0, NOISE_SIZE, 2)
        maps = np.empty((2, *np.broadcast_shapes(u.shape, v.shape)), np.float32)
        maps[0], maps[1] = u * NOISE_SIZE + shift[0], v * NOISE_SIZE + shift[1]
        return cv2.remap(
            noise_bank()[bank], maps[0], maps[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP
        )


def paint_backdrop(rng: np.random.Generator, width: int, height: int) -> Backdrop:
    """Paint a random landscape of `width` x `height` pixels."""
    painter = _Painter(rng, width, height)
    painter.sky()
    background = rng.choice(["mountains", "buildings", "both", "none"], p=(0.45, 0.2, 0.1, 0.25))
    if background in ("mountains", "both"):
        painter.mountains()
    if background in ("buildings", "both"):
        painter.buildings()
    painter.paint_grounds()
    return Backdrop(painter.image, painter.categories, painter.horizon * height, painter.light)
