"""Colours of the categories, and the shades of their instances.

Stuff is ground, things are figures: stuff has muted hues near the colour that people expect (a
bluish sky, greenish grass), things have vivid hues. The table was derived once in CAM02-UCS, where
distances are close to what eyes see: colours of stuff stay near a natural colour, colours of things
were spread, for normal vision and for simulated colour-blindness (Machado et al. 2009), members of
the same COCO supercategory furthest. ``tests/test_palette.py`` measures what came of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType

import cv2
import numpy as np

RGB = tuple[int, int, int]

# fmt: off
_THINGS = {
    1: "#ef214a", 2: "#844ade", 3: "#31d6ff", 4: "#e67bde", 5: "#ff1021", 6: "#ff19f7",
    7: "#ad3a84", 8: "#9c293a", 9: "#ad109c", 10: "#de8c00", 11: "#e631b5", 13: "#638400",
    14: "#10f708", 15: "#ad52e6", 16: "#ad42ad", 17: "#e66b42", 18: "#f773bd", 19: "#08efc5",
    20: "#b521ff", 21: "#ce005a", 22: "#73d619", 23: "#d65219", 24: "#08ff5a", 25: "#ff31d6",
    27: "#bd2900", 28: "#84ef8c", 31: "#f731ad", 32: "#9c73e6", 33: "#de19c5", 34: "#ce0894",
    35: "#9c2963", 36: "#e663bd", 37: "#218429", 38: "#94198c", 39: "#7bb542", 40: "#d63108",
    41: "#c54a84", 42: "#3aa5ff", 43: "#94ce4a", 44: "#b51073", 46: "#ce1031", 47: "#6b8cff",
    48: "#a5214a", 49: "#f78c3a", 50: "#efb508", 51: "#7bc552", 52: "#ad1929", 53: "#8c08b5",
    54: "#9ce673", 55: "#ef52a5", 56: "#42de94", 57: "#e64a3a", 58: "#8c10f7", 59: "#10a5de",
    60: "#f77bf7", 61: "#d673e6", 62: "#7319e6", 63: "#29bd00", 64: "#008cce", 65: "#0073c5",
    67: "#ad0008", 70: "#6be652", 72: "#de3194", 73: "#29ad52", 74: "#b508bd", 75: "#ce63ce",
    76: "#8c73ff", 77: "#31bdff", 78: "#843ace", 79: "#ad3a21", 80: "#4a9421", 81: "#945ace",
    82: "#943aa5", 84: "#efd600", 85: "#f77b42", 86: "#e69c00", 87: "#6bd66b", 88: "#a5087b",
    89: "#c5294a", 90: "#bd3a9c",
}
_STUFF = {
    92: "#de9cad", 93: "#cebdf7", 95: "#94848c", 100: "#bda563", 107: "#bdb594", 109: "#bd9c9c",
    112: "#8c6b63", 118: "#ad946b", 119: "#cea5c5", 122: "#de9c7b", 125: "#949494",
    128: "#b58c7b", 130: "#eff7bd", 133: "#ced6d6", 138: "#84b5ad", 141: "#ded6c5",
    144: "#7b7b8c", 145: "#a5c584", 147: "#63635a", 148: "#7b9cbd", 149: "#636373",
    151: "#8c5a3a", 154: "#f7d68c", 155: "#527394", 156: "#9c8452", 159: "#def7f7",
    161: "#9c8c84", 166: "#b5c5ad", 168: "#9cced6", 171: "#a56b5a", 175: "#9c9c8c",
    176: "#adcec5", 177: "#9c734a", 178: "#63949c", 180: "#ced6a5", 181: "#b5d6ef",
    184: "#52734a", 185: "#84847b", 186: "#e6deef", 187: "#94bdde", 188: "#947b6b",
    189: "#a58463", 190: "#bda594", 191: "#9c9cad", 192: "#6b7b7b", 193: "#8cb57b",
    194: "#94733a", 195: "#ffe6de", 196: "#bd945a", 197: "#7b84ad", 198: "#736b6b",
    199: "#bdb5bd", 200: "#9c6373",
}
# fmt: on


def from_hex(color: str) -> RGB:
    """Return the colour that "#rrggbb" means."""
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def to_hex(color: RGB) -> str:
    """Return a colour as "#rrggbb"."""
    return "#{:02x}{:02x}{:02x}".format(*color)


COLORS: Mapping[int, RGB] = MappingProxyType(
    {category_id: from_hex(color) for category_id, color in {**_THINGS, **_STUFF}.items()}
)
"""(red, green, blue), 0..255, by COCO category id, ascending."""

# The ids of COCO's things and stuff in an order in which the first n colours are far apart, for any
# n: each is the one farthest from those before it, in CAM02-UCS, for all kinds of colour vision.
# fmt: off
_FAR_THINGS = (
    84, 62, 67, 3, 73, 55, 47, 38, 5, 28, 21, 13, 75, 86, 90, 51, 81, 35, 19, 53, 6, 56, 17, 8, 4,
    77, 18, 50, 41, 24, 79, 82, 57, 11, 20, 44, 72, 22, 59, 32, 80, 87, 36, 85, 27, 23, 14, 2, 52,
    88, 63, 70, 54, 74, 46, 61, 25, 1, 58, 89, 16, 7, 9, 42, 33, 10, 43, 49, 76, 64, 37, 40, 39,
    78, 31, 34, 48, 15, 65, 60,
)
_FAR_STUFF = (
    154, 155, 93, 151, 138, 159, 196, 95, 147, 148, 141, 145, 200, 175, 130, 168, 194, 191, 197,
    188, 180, 144, 192, 149, 92, 133, 187, 186, 181, 199, 195, 119, 166, 184, 176, 178, 190, 107,
    193, 128, 185, 125, 171, 156, 198, 112, 161, 100, 109, 122, 118, 189, 177,
)
# fmt: on
_NEAR = 15  # in CIELAB: a made colour is no nearer to a given one while there are others


def make_colors(are_things: Sequence[bool], given: Sequence[RGB] = ()) -> list[RGB]:
    """Return a colour for each category without one: vivid for things, muted for stuff.

    They are COCO's own colours in another order: up to 80 things and 53 kinds of stuff are as
    distinguishable as COCO's. More of them get shades of these.

    Args:
        are_things: for each category, whether it is a thing.
        given: colours that others have; the made ones keep away from them.

    Returns:
        (red, green, blue), 0..255, in the order of ``are_things``.
    """
    pools = {True: _endless(_FAR_THINGS, given), False: _endless(_FAR_STUFF, given)}
    return [next(pools[bool(is_thing)]) for is_thing in are_things]


def _endless(order: tuple[int, ...], given: Sequence[RGB]) -> Iterator[RGB]:
    colors = [COLORS[category_id] for category_id in order]
    if given:
        taken, free = _lab(given), _lab(colors)
        near = np.linalg.norm(free[:, None] - taken, axis=2).min(axis=1) < _NEAR
        colors = [colors[i] for i in np.argsort(near, kind="stable")]
    return (shade(color, number) for number in itertools.count(1) for color in colors)


def _lab(colors: Sequence[RGB]) -> np.ndarray:
    """Return (N, 3) CIELAB values."""
    return cv2.cvtColor(np.array([colors], np.float32) / 255, cv2.COLOR_RGB2Lab)[0]


# Changes of CIELAB lightness and hue (degrees) for the first, second, ... instance of a category.
_SHADES = ((0, 0), (16, 14), (-16, -14), (8, -24), (-8, 24), (22, -8), (-22, 8))


@cache
def shade(color: RGB, number: int) -> RGB:
    """Shade of a category's colour for its ``number``-th instance, the same one every time.

    Lightness and hue alternate around the category's colour, so that neighbours in number, which
    are near in size, differ most. The shades repeat after the seventh instance: the eye tells no
    more apart, and instances carry their number too.

    Args:
        color: (red, green, blue), 0..255.
        number: 1, 2, ...; 1 is the colour itself.

    Returns:
        (red, green, blue), 0..255.
    """
    lightness_change, hue_change = _SHADES[(number - 1) % len(_SHADES)]
    if not lightness_change and not hue_change:
        return color
    lab = cv2.cvtColor(np.array([[color]], np.float32) / 255, cv2.COLOR_RGB2Lab)[0, 0]
    lightness = lab[0] + lightness_change
    if not 25 <= lightness <= 92:
        lightness = lab[0] - lightness_change
    turned = complex(lab[1], lab[2]) * np.exp(1j * np.radians(hue_change))
    # The most vivid one that a screen can show: what it cannot does not survive the way back.
    chroma = turned * np.linspace(1, 0, 41)
    wanted = np.dstack([np.full(41, lightness), chroma.real, chroma.imag]).astype(np.float32)
    shown = cv2.cvtColor(wanted, cv2.COLOR_Lab2RGB).clip(0, 1)
    errors = np.abs(cv2.cvtColor(shown, cv2.COLOR_RGB2Lab) - wanted).max(axis=2)[0]
    red, green, blue = np.rint(shown[0, (errors < 1).argmax()] * 255).astype(int).tolist()
    return red, green, blue


def text_color(background: RGB) -> RGB:
    """Black or white, whichever reads better on ``background`` (contrast at least 4.5, WCAG 2)."""
    return (0, 0, 0) if luminance(background) > 0.1791 else (255, 255, 255)


def luminance(color: RGB) -> float:
    """Relative luminance of an sRGB colour as WCAG 2 defines it, 0 (black) to 1 (white)."""
    channels = np.asarray(color) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
