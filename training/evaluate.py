"""Panoptic quality of a toy checkpoint on fresh scenes.

    python -m training.evaluate --scenes 500 --seed 0

The scenes are drawn at 640x480 from seeds that training never sees, go through `Segmenter` like
any picture, and are scored as the command `evaluate` scores.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detr_gradio.checkpoints.catalogue import CATALOGUE, find
from detr_gradio.checkpoints.loading import load
from detr_gradio.evaluation.confusions import confusions
from detr_gradio.evaluation.quality import Scores, score
from detr_gradio.model.network import Network
from detr_gradio.model.precision import PRECISIONS, Precision
from detr_gradio.result.coco import COCO
from detr_gradio.result.exports import coco_dataset, coco_image, coco_panoptic
from detr_gradio.result.options import THRESHOLD
from detr_gradio.result.panoptic import PanopticResult
from detr_gradio.result.pictures import encode_picture
from detr_gradio.segmenter import Segmenter
from detr_gradio.training.validation import table
from training.features import HELD_OUT
from training.scenes import Scene, draw_scene


@dataclass(frozen=True)
class SceneQuality:
    """Panoptic quality on scenes.

    Attributes:
        scores: PQ, SQ and RQ, 0..100.
        confusions: how often a segment of one category was found under the name of another, by
            (true, predicted) category id.
    """

    scores: Scores
    confusions: dict[tuple[int, int], int]


def evaluate(
    checkpoint: str | Path,
    seeds: Iterable[int],
    threshold: float = THRESHOLD,
    precision: Precision = "exact",
) -> SceneQuality:
    """PQ of `checkpoint` (a name or a folder) on the 640x480 scenes of `seeds`."""
    # Not load_segmenter: a checkpoint in training changes under the same name.
    segmenter = Segmenter(find(checkpoint), Network(load(checkpoint), precision=precision))
    scenes = (draw_scene(seed) for seed in seeds)
    return panoptic_quality(
        (scene, segmenter.segment(scene.image, threshold=threshold)) for scene in scenes
    )


def panoptic_quality(pairs: Iterable[tuple[Scene, PanopticResult]]) -> SceneQuality:
    """PQ of predicted results against the scenes that they are of."""
    mistakes: Counter[tuple[int, int]] = Counter()
    images: list[dict] = []
    with tempfile.TemporaryDirectory() as folder:
        sides = Path(folder, "truth"), Path(folder, "prediction")
        annotations: tuple[list[dict], list[dict]] = ([], [])
        for side in sides:
            side.mkdir()
        for index, (scene, prediction) in enumerate(pairs):
            truth = PanopticResult.from_map(
                scene.segment_ids,
                {info["id"]: info["category_id"] for info in scene.segments_info},
                COCO,
            )
            mistakes.update(confusions(truth, prediction))
            name = f"{index}.png"
            images.append(coco_image(truth, index, name))
            for result, side, entries in zip((truth, prediction), sides, annotations, strict=True):
                png, entry = coco_panoptic(result, index, name)
                (side / name).write_bytes(encode_picture(name, png))
                entries.append(entry)
        documents = (coco_dataset(images, entries, COCO) for entries in annotations)
        return SceneQuality(score(*documents, *sides), dict(mistakes))


def main() -> None:
    """Print PQ, SQ and RQ for all, things, stuff, and each category."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0, help="the first held-out scene")
    parser.add_argument("--checkpoint", default="toy-scenes", help="name or folder")
    parser.add_argument("--threshold", type=float, default=THRESHOLD)
    parser.add_argument("--precision", choices=PRECISIONS, default="exact")
    arguments = parser.parse_args()
    first = HELD_OUT + arguments.seed
    name = arguments.checkpoint
    checkpoint = name if name in CATALOGUE else Path(name)
    seeds = range(first, first + arguments.scenes)
    quality = evaluate(checkpoint, seeds, arguments.threshold, arguments.precision)
    print(table(quality.scores, COCO))


if __name__ == "__main__":
    main()
