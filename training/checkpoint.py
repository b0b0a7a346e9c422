"""The toy checkpoint as a folder in the Hub's layout, and back."""

import json
from pathlib import Path

from safetensors.torch import load_file
from transformers import DetrForSegmentation

from detr_gradio.checkpoints.configuration import Preprocessor, read_preprocessor
from detr_gradio.checkpoints.hub import CONFIG, PREPROCESSOR, SAFETENSORS
from detr_gradio.result.coco import COCO
from detr_gradio.training.checkpoint import make_fit, preprocessor_entries, write_weights
from training.backbone import DEVIATION, INPUT_SIZE, MEAN
from training.model import NO_OBJECT, new_model

SHIPPED = Path(__file__).parent.parent / "detr_gradio" / "toy_scenes"
SEEN = Preprocessor(*INPUT_SIZE, 1 / 255, (MEAN, MEAN, MEAN), (DEVIATION, DEVIATION, DEVIATION))


def write_checkpoint(model: DetrForSegmentation, folder: Path) -> None:
    """Write config.json, preprocessor_config.json and fp16 model.safetensors; weights last."""
    folder.mkdir(parents=True, exist_ok=True)
    config = model.config.to_dict()
    config["architectures"] = ["DetrForSegmentation"]
    labels = {i: COCO[i].name if i in COCO else "N/A" for i in range(NO_OBJECT)}
    config["id2label"] = labels
    config["label2id"] = {}
    for name, content in ((CONFIG, config), (PREPROCESSOR, preprocessor_entries(SEEN))):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n")
    weights = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in model.state_dict().items()
    }
    write_weights(weights, folder)


def read_checkpoint(folder: Path) -> DetrForSegmentation:
    """A toy network with the weights of `folder`, in fp32, ready to train on.

    A checkpoint for smaller pictures is made fit.
    """
    model = new_model()
    weights = load_file(folder / SAFETENSORS)
    model.load_state_dict(
        {name: w.float() if w.is_floating_point() else w for name, w in weights.items()}
    )
    make_fit(model, read_preprocessor(json.loads((folder / PREPROCESSOR).read_text())), SEEN)
    return model
