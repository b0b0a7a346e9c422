"""A network in training as a checkpoint folder in the Hub's layout."""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import Tensor
from transformers import DetrForSegmentation

from ..checkpoints.configuration import Preprocessor
from ..checkpoints.hub import CATEGORIES, CONFIG, PREPROCESSOR, SAFETENSORS
from .labels import Labels


def write_text(path: Path, text: str) -> None:
    """Write a file so that it is there in full or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def save_atomically(state: dict, path: Path) -> None:
    """torch.save, without ever leaving half a file under ``path``, also after a loss of power.

    Raises:
        OSError: it can't be written.
    """
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        try:
            torch.save(state, file)
        except RuntimeError as error:  # which hides what the disk said
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error
            raise
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def write_checkpoint(
    model: DetrForSegmentation, preprocessor: Preprocessor, labels: Labels, folder: Path
) -> None:
    """Write config.json, preprocessor_config.json, categories.json and model.safetensors.

    Each file is replaced as a whole, the weights last.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config.to_dict() | {"architectures": ["DetrForSegmentation"]}
    # How it computed in training; and a name of transformers for it that only that one knows.
    for name in ("_attn_implementation", "attn_implementation", "dtype", "torch_dtype"):
        config.pop(name, None)
    write_text(folder / CONFIG, json.dumps(config, indent=2) + "\n")
    write_text(
        folder / PREPROCESSOR, json.dumps(preprocessor_entries(preprocessor), indent=2) + "\n"
    )
    write_text(folder / CATEGORIES, labels.categories_json())
    write_weights(model.state_dict(), folder)


def write_weights(weights: Mapping[str, Tensor], folder: Path) -> None:
    """Write model.safetensors, in full or not at all.

    Raises:
        OSError: it can't be written.
    """
    partial = folder / f".{SAFETENSORS}.partial"
    copies = {name: tensor.cpu().contiguous() for name, tensor in weights.items()}
    # save_file would make a file that nobody else can read.
    partial.write_bytes(save(copies, metadata={"format": "pt"}))
    partial.replace(folder / SAFETENSORS)


def preprocessor_entries(said: Preprocessor) -> dict[str, Any]:
    """Return the contents of preprocessor_config.json."""
    size = {"shortest_edge": said.shortest_edge, "longest_edge": said.longest_edge}
    return {
        "image_processor_type": "DetrImageProcessor",
        "do_resize": True,
        "size": size,
        "do_rescale": True,
        "rescale_factor": said.rescale_factor,
        "do_normalize": True,
        "image_mean": list(said.image_mean),
        "image_std": list(said.image_std),
    }


def make_fit(model: DetrForSegmentation, old: Preprocessor, new: Preprocessor) -> None:
    """Make a network fit for pictures of another size.

    The attention maps that the mask head sees sum to 1 over all places: with more of these each
    has less, and the weights for them grow in proportion.
    """
    pixels = [math.prod((each.shortest_edge, each.longest_edge)) for each in (new, old)]
    heads = model.config.encoder_attention_heads
    with torch.no_grad():
        model.mask_head.conv1.conv.weight[:, -heads:] *= pixels[0] / pixels[1]
