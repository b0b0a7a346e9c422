"""Panoptic quality of a toy checkpoint on fresh scenes.

    python -m training.evaluate --scenes 500 --seed 0

The scenes are drawn at 640x480 from seeds that training never sees, go through `Segmenter` like
any picture, and hotcoco computes PQ from files in COCO's panoptic format.
"""

import argparse
import json
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hotcoco.panoptic import PanopticEval
from PIL import Image

from detr_gradio.catalogue import CATALOGUE, find
from detr_gradio.categories import CATEGORIES
from detr_gradio.checkpoints import load
from detr_gradio.network import Network
from detr_gradio.panoptic import THRESHOLD
from detr_gradio.segmenter import Segmenter
from training.features import HELD_OUT
from training.scenes import CATEGORY_IDS, draw_scene


@dataclass(frozen=True)
class Quality:
    """PQ, SQ, RQ in 0..1, under "pq", "sq" and "rq".

    groups: of "All", "Things" and "Stuff". categories: of each category id that occurred.
    """

    groups: dict[str, dict[str, float]]
    categories: dict[int, dict[str, float]]


def evaluate(checkpoint: str | Path, seeds: Iterable[int], threshold: float = THRESHOLD) -> Quality:
    """PQ of `checkpoint` (a name or a folder) on the 640x480 scenes of `seeds`."""
    # Not load_segmenter: a checkpoint in training changes under the same name.
    segmenter = Segmenter(find(checkpoint), Network(load(checkpoint)))
    with tempfile.TemporaryDirectory() as folder:
        truth, predicted = Path(folder, "truth"), Path(folder, "predicted")
        images, true_segments, predicted_segments = [], [], []
        for folder_of_maps in (truth, predicted):
            folder_of_maps.mkdir()
        for seed in seeds:
            scene = draw_scene(seed)
            result = segmenter.segment(scene.image, threshold=threshold)
            name = f"{seed}.png"
            _write_map(truth / name, scene.segment_ids)
            _write_map(predicted / name, result.segment_ids)
            height, width = scene.segment_ids.shape
            images.append({"id": seed, "file_name": name, "width": width, "height": height})
            entry = {"image_id": seed, "file_name": name}
            true_segments.append(entry | {"segments_info": scene.segments_info})
            found = [
                {
                    "id": segment.id,
                    "category_id": segment.category_id,
                    "area": segment.area,
                    "bbox": list(segment.bbox),
                    "iscrowd": 0,
                }
                for segment in result.segments
            ]
            predicted_segments.append(entry | {"segments_info": found})
        for file, annotations in ((truth, true_segments), (predicted, predicted_segments)):
            content = {"images": images, "annotations": annotations, "categories": _categories()}
            file.with_suffix(".json").write_text(json.dumps(content))
        return _quality(truth.with_suffix(".json"), predicted.with_suffix(".json"))


def _write_map(path: Path, ids: np.ndarray) -> None:
    rgb = np.stack([ids & 255, ids >> 8 & 255, ids >> 16 & 255], axis=-1).astype(np.uint8)
    Image.fromarray(rgb).save(path, compress_level=1)


def _categories() -> list[dict]:
    return [
        {"id": category.id, "name": category.name, "isthing": int(category.is_thing)}
        for category in CATEGORIES.values()
    ]


def _quality(truth: Path, predicted: Path) -> Quality:
    evaluation = PanopticEval(str(truth), str(predicted))
    evaluation.run()
    results = evaluation.results()
    occurred = {
        category_id: values
        for category_id, values in results["per_class"].items()
        if category_id in CATEGORY_IDS and values["tp"] + values["fp"] + values["fn"]
    }
    return Quality({name: results[name] for name in ("All", "Things", "Stuff")}, occurred)


def _report(quality: Quality) -> str:
    lines = [f"{'':24}{'PQ':>7}{'SQ':>7}{'RQ':>7}"]
    rows = list(quality.groups.items())
    rows += [(CATEGORIES[key].name, values) for key, values in quality.categories.items()]
    for name, values in rows:
        figures = (f"{100 * values[key]:7.1f}" for key in ("pq", "sq", "rq"))
        lines.append(f"{name:24}" + "".join(figures))
    return "\n".join(lines)


def main() -> None:
    """Print PQ, SQ and RQ for all, things, stuff, and each category."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first held-out scene")
    parser.add_argument("--checkpoint", default="toy-scenes", help="name or folder")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    arguments = parser.parse_args()
    first = HELD_OUT + arguments.seed
    seeds = range(first, first + arguments.scenes)
    name = arguments.checkpoint
    checkpoint = name if name in CATALOGUE else Path(name)
    print(_report(evaluate(checkpoint, seeds, arguments.threshold)))


if __name__ == "__main__":
    main()
