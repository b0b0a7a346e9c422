"""Panoptic quality of a toy checkpoint on fresh scenes.

    python -m training.evaluate --scenes 500 --seed 0

The scenes are drawn at 640x480 from seeds that training never sees, go through `Segmenter` like
any picture, and hotcoco computes PQ from files in COCO's panoptic format.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hotcoco.panoptic import PanopticEval
from PIL import Image

from detr_gradio.checkpoints.catalogue import CATALOGUE, find
from detr_gradio.checkpoints.loading import load
from detr_gradio.model.network import Network
from detr_gradio.result.categories import CATEGORIES
from detr_gradio.result.exports import coco_panoptic
from detr_gradio.result.options import THRESHOLD
from detr_gradio.segmenter import Segmenter
from training.features import HELD_OUT
from training.scenes import CATEGORY_IDS, Scene, draw_scene

FIGURES = ("pq", "sq", "rq")


@dataclass(frozen=True)
class PanopticMap:
    """A panoptic map in COCO's terms: ids (H, W) int32, 0 for void, and COCO's dictionaries."""

    segment_ids: np.ndarray
    segments_info: list[dict]


@dataclass(frozen=True)
class Quality:
    """PQ, SQ, RQ in 0..1, under "pq", "sq" and "rq".

    groups: of "All", "Things" and "Stuff". categories: of each category id that occurred.
    mistaken: how often a segment of one category was found, but under the name of another.
    """

    groups: dict[str, dict[str, float]]
    categories: dict[int, dict[str, float]]
    mistaken: dict[tuple[int, int], int]


def evaluate(checkpoint: str | Path, seeds: Iterable[int], threshold: float = THRESHOLD) -> Quality:
    """PQ of `checkpoint` (a name or a folder) on the 640x480 scenes of `seeds`."""
    # Not load_segmenter: a checkpoint in training changes under the same name.
    segmenter = Segmenter(find(checkpoint), Network(load(checkpoint)))
    scenes = (draw_scene(seed) for seed in seeds)
    return panoptic_quality((scene, segment(segmenter, scene.image, threshold)) for scene in scenes)


def segment(segmenter: Segmenter, image: np.ndarray, threshold: float) -> PanopticMap:
    """The panoptic map of a picture."""
    result = segmenter.segment(image, threshold=threshold)
    _, annotation = coco_panoptic(result, 0, "scene.png")
    return PanopticMap(result.segment_ids, annotation["segments_info"])


def panoptic_quality(pairs: Iterable[tuple[Scene, PanopticMap]]) -> Quality:
    """PQ of predicted maps against the scenes that they are of."""
    mistaken: Counter[tuple[int, int]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        truth, predicted = Path(folder, "truth"), Path(folder, "predicted")
        truth.mkdir()
        predicted.mkdir()
        images, annotations = [], {truth: [], predicted: []}
        for index, (scene, found) in enumerate(pairs):
            mistaken.update(_mistaken(scene, found))
            name = f"{index}.png"
            height, width = scene.segment_ids.shape
            images.append({"id": index, "file_name": name, "width": width, "height": height})
            for side, panoptic in ((truth, scene), (predicted, found)):
                _write_map(side / name, panoptic.segment_ids)
                annotations[side].append(
                    {
                        "image_id": index,
                        "file_name": name,
                        "segments_info": panoptic.segments_info,
                    }
                )
        for side, listed in annotations.items():
            content = {"images": images, "annotations": listed, "categories": _categories()}
            side.with_suffix(".json").write_text(json.dumps(content))
        evaluation = PanopticEval(f"{truth}.json", f"{predicted}.json")
        evaluation.run()
    results = evaluation.results()
    occurred = {
        category_id: values
        for category_id, values in results["per_class"].items()
        if category_id in CATEGORY_IDS and values["tp"] + values["fp"] + values["fn"]
    }
    groups = {name: results[name] for name in ("All", "Things", "Stuff")}
    return Quality(groups, occurred, dict(mistaken))


def _mistaken(scene: Scene, found: PanopticMap) -> Iterator[tuple[int, int]]:
    """Yield (true, predicted) category of segments that overlap by more than half (IoU)."""
    for true in scene.segments_info:
        mask = scene.segment_ids == true["id"]
        overlaps = np.bincount(found.segment_ids[mask], minlength=1)
        for guess in found.segments_info:
            if guess["id"] < len(overlaps) and guess["category_id"] != true["category_id"]:
                overlap = overlaps[guess["id"]]
                if overlap > 0.5 * (true["area"] + guess["area"] - overlap):
                    yield true["category_id"], guess["category_id"]


def _write_map(path: Path, ids: np.ndarray) -> None:
    rgb = np.stack([ids & 255, ids >> 8 & 255, ids >> 16 & 255], axis=-1).astype(np.uint8)
    Image.fromarray(rgb).save(path, compress_level=1)


def _categories() -> list[dict]:
    return [
        {"id": category.id, "name": category.name, "isthing": int(category.is_thing)}
        for category in CATEGORIES.values()
    ]


def table(quality: Quality) -> str:
    """A Markdown table of PQ, SQ and RQ in per cent: all, things, stuff, then each category."""
    rows = [(f"**{name.lower()}**", values) for name, values in quality.groups.items()]
    rows += [(CATEGORIES[key].name, values) for key, values in sorted(quality.categories.items())]
    lines = ["| | PQ | SQ | RQ |", "|---|---|---|---|"]
    for name, values in rows:
        figures = " | ".join(f"{100 * values[key]:.1f}" for key in FIGURES)
        lines.append(f"| {name} | {figures} |")
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
    name = arguments.checkpoint
    checkpoint = name if name in CATALOGUE else Path(name)
    print(table(evaluate(checkpoint, range(first, first + arguments.scenes), arguments.threshold)))


if __name__ == "__main__":
    main()
