"""What a checkpoint's JSON files may ask for: what fits a DETR, and nothing from elsewhere."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_STD = (0.229, 0.224, 0.225)

# The largest published DETR has 6 layers, 2048 channels and 300 queries.
MAX_LAYERS = 100
MAX_NUMBER = 20_000
MAX_EDGE = 4_000

# timm and transformers would fetch a model or code of the Hub, or read a folder, for such an entry.
_FETCHING = ("_attn_implementation", "attn_implementation", "auto_map", "quantization_config")
_BILINEAR = 2  # of Pillow's filters, and so of transformers'
_NAME = re.compile(r"[\w.-]{0,100}", re.ASCII)


@dataclass(frozen=True)
class Preprocessor:
    """How a picture becomes the network's input.

    Attributes:
        shortest_edge, longest_edge: of the input, in pixels.
        rescale_factor: what the values 0..255 are multiplied with first.
        image_mean, image_std: of red, green and blue, for the values after that.
    """

    shortest_edge: int
    longest_edge: int
    rescale_factor: float
    image_mean: tuple[float, float, float]
    image_std: tuple[float, float, float]


class UnsupportedEntry(ValueError):
    """A preprocessor asks for a step that is not part of DETR's.

    Attributes:
        entry: its name and value, in one line.
    """

    def __init__(self, name: str, value: object):
        self.entry = f"{name}: {str(value)[:40]}"
        super().__init__(self.entry)


def validate_bounds(entries: dict[str, Any]) -> None:
    """Refuse a configuration that would build without end, or fetch something.

    Args:
        entries: of ``config.json``.

    Raises:
        ValueError: an entry is too large, or names more than a backbone.
    """
    backbone = entries.get("backbone_config") or {}
    for place in (entries, backbone):
        if any(place.get(key) for key in _FETCHING):
            raise ValueError("an entry that fetches something")
        name = place.get("backbone") or ""
        if not _NAME.fullmatch(name):
            raise ValueError("a backbone from elsewhere")
        for key, value in place.items():
            numbers = value if isinstance(value, list) else [value]
            most = MAX_LAYERS if key.endswith(("_layers", "depths")) else MAX_NUMBER
            for number in numbers:
                if isinstance(number, int | float) and not abs(number) <= most:
                    raise ValueError(f"{key} is too large")


def read_preprocessor(entries: dict[str, Any]) -> Preprocessor:
    """Return what ``preprocessor_config.json`` says.

    Args:
        entries: of the file.

    Raises:
        UnsupportedEntry: an entry asks for more, or less, than resizing and normalising.
        AttributeError, KeyError, TypeError, ValueError: an entry can't be.
    """
    if entries.get("do_resize") is False:
        raise UnsupportedEntry("do_resize", entries["do_resize"])
    if entries.get("resample", _BILINEAR) not in (None, _BILINEAR):
        raise UnsupportedEntry("resample", entries["resample"])
    for name in ("do_center_crop", "pad_size"):
        if entries.get(name):
            raise UnsupportedEntry(name, entries[name])
    size = entries.get("size", 800)
    if isinstance(size, int):
        size = {"shortest_edge": size, "longest_edge": entries.get("max_size", 1333)}
    shortest, longest = int(size["shortest_edge"]), int(size["longest_edge"])
    if not 16 <= shortest <= longest <= MAX_EDGE:
        raise ValueError("the size of the input can't be")
    factor = 1.0
    if entries.get("do_rescale") is not False:
        factor = float(entries.get("rescale_factor", 1 / 255))
        if not 0 < factor <= 1:
            raise ValueError("the factor of the values can't be")
    mean, deviation = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if entries.get("do_normalize") is not False:
        # In the unit of the values: up to ten times white.
        most = 10 * 255 * factor
        mean = _three_floats(entries.get("image_mean", _IMAGENET_MEAN), -most, most)
        deviation = _three_floats(entries.get("image_std", _IMAGENET_STD), 1e-3, most)
    return Preprocessor(shortest, longest, factor, mean, deviation)


def _three_floats(values: Any, least: float, most: float) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    if not all(math.isfinite(value) and least <= value <= most for value in (red, green, blue)):
        raise ValueError("a mean or standard deviation can't be")
    return red, green, blue
