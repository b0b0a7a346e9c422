"""A network with invented categories: the toy scenes' one, whose labels were renamed and reordered.

It finds in a drawn scene what the toy network finds, and calls it otherwise.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from detr_gradio.checkpoints.catalogue import TOY_SCENES, find

HTML = "<img src=x onerror=\"document.title='broken'\">"
ARABIC = "دب محشو"
CATEGORIES: list[dict[str, Any]] = [
    {"id": 7001, "name": "汽车", "isthing": 1, "index": 8},
    {"id": -3, "name": HTML, "isthing": 1, "index": 0},
    {"id": 12, "name": ARABIC, "isthing": 1, "index": 5},
    {"id": 2**40, "name": "glass", "isthing": 1, "index": 2},
    {"id": 5, "name": "glass", "isthing": 0, "index": 7, "supercategory": "sky"},
    {"id": 900, "name": "Гора", "isthing": 0, "index": 3},
    {"id": 13, "name": "=1+1", "isthing": 0, "index": 1},
    {"id": 14, "name": "sea", "isthing": 0, "index": 6, "color": [9, 30, 120],
     "names": {"en": "open sea", "es": "mar abierto"}},
]  # fmt: skip
LABELS = 10
"""Of the network: two of them, 4 and 9, stand for no category."""

OF_COCO = {7001: 3, -3: 5, 12: 88, 2**40: 52, 5: 187, 900: 192, 13: 154, 14: 155}
"""What the toy network calls each of them."""

GRASS = 193
"""Of the toy network; here a label of no category."""


def write_own_checkpoint(folder: Path, categories: Any = CATEGORIES, **config: Any) -> Path:
    """Write the checkpoint and return its folder.

    Args:
        folder: made if it isn't there.
        categories: contents of ``categories.json``; None for none.
        **config: entries of ``config.json`` to change.
    """
    toy = find(TOY_SCENES).folder
    assert toy is not None
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(toy / "preprocessor_config.json", folder / "preprocessor_config.json")
    said = json.loads((toy / "config.json").read_text())
    said |= {"id2label": {str(i): f"LABEL_{i}" for i in range(LABELS)}, "label2id": {}, **config}
    (folder / "config.json").write_text(json.dumps(said))
    if categories is not None:
        (folder / "categories.json").write_text(json.dumps(categories, ensure_ascii=False))
    rows = torch.zeros(LABELS + 1, dtype=torch.int64)
    for category in CATEGORIES:
        rows[category["index"]] = OF_COCO[category["id"]]
    rows[4], rows[9], rows[LABELS] = GRASS, 0, 250
    weights = load_file(toy / "model.safetensors")
    for name in [name for name in weights if "class_labels_classifier" in name]:
        weights[name] = weights[name][rows].contiguous()
        if name.endswith("bias"):
            weights[name][9] = -100
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return folder
