"""The toy checkpoint as a folder in the Hub's layout, and back."""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from transformers import DetrForSegmentation

from detr_gradio.result.coco import COCO
from training.backbone import DEVIATION, INPUT_SIZE, MEAN
from training.model import NO_OBJECT, new_model

SHIPPED = Path(__file__).parent.parent / "detr_gradio" / "toy_scenes"


def write_checkpoint(model: DetrForSegmentation, folder: Path) -> None:
    """Write config.json, preprocessor_config.json and fp16 model.safetensors; weights last."""
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config.to_dict()
    config["architectures"] = ["DetrForSegmentation"]
    labels = {i: COCO[i].name if i in COCO else "N/A" for i in range(NO_OBJECT)}
    config["id2label"] = labels
    config["label2id"] = {}
    height, width = INPUT_SIZE
    processor = {
        "image_processor_type": "DetrImageProcessor",
        "do_resize": True,
        "size": {"shortest_edge": height, "longest_edge": width},
        "do_rescale": True,
        "rescale_factor": 1 / 255,
        "do_normalize": True,
        "image_mean": [MEAN] * 3,
        "image_std": [DEVIATION] * 3,
    }
    for name, content in (("config", config), ("preprocessor_config", processor)):
        (folder / f"{name}.json").write_text(json.dumps(content, indent=2) + "\n")
    weights = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).contiguous()
        for name, tensor in model.state_dict().items()
    }
    partial = folder / "model.safetensors.partial"
    save_file(weights, partial, metadata={"format": "pt"})
    partial.replace(folder / "model.safetensors")


def read_checkpoint(folder: Path) -> DetrForSegmentation:
    """A toy network with the weights of `folder`, in fp32, ready to train on.

    A checkpoint for smaller pictures is made fit: the attention maps that the mask head sees sum to
    1, so that with more places each has less, and the weights for them grow in proportion.
    """
    model = new_model()
    weights = load_file(folder / "model.safetensors")
    model.load_state_dict(
        {name: w.float() if w.is_floating_point() else w for name, w in weights.items()}
    )
    size = json.loads((folder / "preprocessor_config.json").read_text())["size"]
    smaller = size["shortest_edge"] * size["longest_edge"]
    heads = model.config.encoder_attention_heads
    with torch.no_grad():
        model.mask_head.conv1.conv.weight[:, -heads:] *= math.prod(INPUT_SIZE) / smaller
    return model


def save_atomically(state: dict, path: Path) -> None:
    """torch.save, without ever leaving half a file under `path`."""
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)
