"""Colours of the categories, and the shades of their instances.

Stuff is ground, things are figures: stuff has muted hues near the colour that people expect (a
bluish sky, greenish grass), things have vivid hues. The table was derived once in CAM02-UCS, where
distances are close to what eyes see: colours of stuff stay near a natural colour, colours of things
were spread, for normal vision and for simulated colour-blindness (Machado et al. 2009), members of
the same COCO supercategory furthest. ``tests/test_palette.py`` measures what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import cv2
import numpy as np

RGB = tuple[int, int, int]

# fmt: off
_THINGS = {
    1: "#eb1414", 2: "#b8d629", 3: "#4733ff", 4: "#c25ce0", 5: "#cc7a00", 6: "#85337a",
    7: "#7052c2", 8: "#ff5c1f", 9: "#a37aff", 10: "#eb2999", 11: "#d67aeb", 13: "#7a33c2",
    14: "#eb47ff", 15: "#cc47cc", 16: "#8552ff", 17: "#a33d85", 18: "#d6b800", 19: "#85298f",
    20: "#e070d6", 21: "#993d1f", 22: "#8500b8", 23: "#993366", 24: "#eb3d0a", 25: "#478fff",
    27: "#8f3d00", 28: "#145ca3", 31: "#2985cc", 32: "#8fcc1f", 33: "#7a47f5", 34: "#ff5cc2",
    35: "#7014e0", 36: "#cc1f14", 37: "#a347e0", 38: "#ff8514", 39: "#cc0ab8", 40: "#b8141f",
    41: "#991452", 42: "#8fad1f", 43: "#ad7aeb", 44: "#a399ff", 46: "#5252d6", 47: "#e09933",
    48: "#990085", 49: "#7a0acc", 50: "#7a47a3", 51: "#a30a3d", 52: "#00ff5c", 53: "#d685ff",
    54: "#5c66e0", 55: "#ad0a85", 56: "#8f0099", 57: "#cc4714", 58: "#8533ad", 59: "#8f3d8f",
    60: "#d6e000", 61: "#707aff", 62: "#52f500", 63: "#7a7ad6", 64: "#b814cc", 65: "#8f2947",
    67: "#a30029", 70: "#a3005c", 72: "#b8eb52", 73: "#99e047", 74: "#a3478f", 75: "#85b800",
    76: "#a38feb", 77: "#8f0aeb", 78: "#a370eb", 79: "#991f14", 80: "#7aeb66", 81: "#705ccc",
    82: "#b80a99", 84: "#8f1f70", 85: "#665cb8", 86: "#a366cc", 87: "#ad5ceb", 88: "#ebcc47",
    89: "#ad1f0a", 90: "#ad3d0a",
}
_STUFF = {
    92: "#ebb8c2", 93: "#b8a3eb", 95: "#857a85", 100: "#d6a37a", 107: "#a3adad", 109: "#ccada3",
    112: "#a36647", 118: "#ad8f33", 119: "#e0a3d6", 122: "#ebad5c", 125: "#8f8f8f",
    128: "#c28552", 130: "#f5e085", 133: "#c2ccd6", 138: "#8fa399", 141: "#e0e0c2",
    144: "#7a7aa3", 145: "#adcc7a", 147: "#7a6670", 148: "#70a3b8", 149: "#665c70",
    151: "#855252", 154: "#cce0a3", 155: "#5270ad", 156: "#856652", 159: "#e0f5ff",
    161: "#ad997a", 166: "#adb88f", 168: "#c2e0d6", 171: "#a35233", 175: "#999985",
    176: "#a3ccc2", 177: "#a37a52", 178: "#5c8f99", 180: "#d6c2a3", 181: "#85cceb",
    184: "#527033", 185: "#7a8f7a", 186: "#e0e0eb", 187: "#ade0ff", 188: "#8f7a66",
    189: "#998f66", 190: "#b8a38f", 191: "#9999a3", 192: "#66857a", 193: "#7ab870",
    194: "#997029", 195: "#f5f5eb", 196: "#c2a352", 197: "#858fc2", 198: "#707066",
    199: "#c2adc2", 200: "#995c85",
}
# fmt: on


def _parse(color: str) -> RGB:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


COLORS: Mapping[int, RGB] = MappingProxyType(
    {category_id: _parse(color) for category_id, color in {**_THINGS, **_STUFF}.items()}
)
"""(red, green, blue), 0..255, by COCO category id, ascending."""

# Changes of CIELAB lightness and hue (degrees) for the first, second, ... instance of a category.
_SHADES = ((0, 0), (16, 14), (-16, -14), (8, -24), (-8, 24), (22, -8), (-22, 8))


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
    lab = cv2.cvtColor(np.float32([[color]]) / 255, cv2.COLOR_RGB2Lab)[0, 0]
    lightness = lab[0] + lightness_change
    if not 25 <= lightness <= 92:
        lightness = lab[0] - lightness_change
    turn = np.exp(1j * np.radians(hue_change)) * complex(lab[1], lab[2])
    shaded = cv2.cvtColor(np.float32([[[lightness, turn.real, turn.imag]]]), cv2.COLOR_Lab2RGB)
    red, green, blue = np.rint(shaded[0, 0].clip(0, 1) * 255).astype(int).tolist()
    return red, green, blue


def text_color(background: RGB) -> RGB:
    """Black or white, whichever reads better on ``background`` (contrast at least 4.5, WCAG 2)."""
    return (0, 0, 0) if luminance(background) > 0.1791 else (255, 255, 255)


def luminance(color: RGB) -> float:
    """Relative luminance of an sRGB colour as WCAG 2 defines it, 0 (black) to 1 (white)."""
    channels = np.asarray(color) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
