"""What a checkpoint's JSON files may ask for: what fits a DETR, and nothing from elsewhere."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

# By timm's names, and what they are by in a configuration that transformers has written.
_KNOWN_BACKBONES = ("resnet50", "resnet101", "tf_efficientnet_lite0")

# Entries of a DETR's shape, with the numbers that stand for them where they are missing.
_SHAPE_ENTRIES = {
    "d_model": 256,
    "num_queries": 100,
    "encoder_layers": 6,
    "encoder_attention_heads": 8,
    "encoder_ffn_dim": 2048,
    "decoder_layers": 6,
    "decoder_attention_heads": 8,
    "decoder_ffn_dim": 2048,
}
_OTHER_NAMES = {
    "hidden_size": "d_model",
    "num_attention_heads": "encoder_attention_heads",
    "num_hidden_layers": "encoder_layers",
}
_USUAL = {
    "model_type": "detr",
    "activation_function": "relu",
    "position_embedding_type": "sine",
    "num_channels": 3,
}

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


@dataclass(frozen=True)
class Shape:
    """What there is to know of a DETR to build it: numbers of layers, heads, queries, channels."""

    width: int
    queries: int
    encoder_layers: int
    encoder_heads: int
    encoder_inner: int
    decoder_layers: int
    decoder_heads: int
    decoder_inner: int
    labels: int
    backbone: str
    dilated: bool


def read_shape(entries: dict[str, Any], labels: int) -> Shape | None:
    """Return the shape of a DETR as the catalogue's are; None where ``config.json`` says more.

    Args:
        entries: of the file.
        labels: how many it names.
    """
    if any(entries.get(name, value) != value for name, value in _USUAL.items()):
        return None
    if entries.get("num_labels", labels) != labels:
        return None
    numbers = {name: entries.get(name, usual) for name, usual in _SHAPE_ENTRIES.items()}
    if any(type(number) is not int or number < 1 for number in numbers.values()):
        return None
    if any(
        entries.get(other, numbers[name]) != numbers[name] for other, name in _OTHER_NAMES.items()
    ):
        return None
    backbone = _known_backbone(entries)
    return Shape(*numbers.values(), labels, *backbone) if backbone else None


def _known_backbone(entries: dict[str, Any]) -> tuple[str, bool] | None:
    """Return the name of a known backbone, and whether its last map is at a 16th, not a 32nd."""
    said = entries.get("backbone_config")
    dilated = entries.get("dilation", False)
    if said is None:
        if entries.get("use_timm_backbone") is False or entries.get("backbone_kwargs"):
            return None
        said = {"model_type": "timm_backbone", "output_stride": 16 if dilated else 32}
        said |= {"backbone": entries.get("backbone") or "resnet50"}
    elif dilated:
        return None
    stride = said.get("output_stride") or 32
    usual = {"model_type": "timm_backbone", "num_channels": 3, "out_indices": [1, 2, 3, 4]}
    if any(said.get(name, value) != value for name, value in usual.items()):
        return None
    name = said.get("backbone")
    known = name in _KNOWN_BACKBONES and stride in (16, 32) and type(dilated) is bool
    return (name, stride == 16) if known else None


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
