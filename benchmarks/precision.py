"""What bfloat16 costs in quality: of toy-scenes, for the whole network and for each part alone.

    python -m benchmarks.precision --scenes 500

The scenes are those of ``training.evaluate``. A part alone computes in bfloat16, and all others in
float32. Weights that were trained are needed for this: random ones amplify each rounding.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from detr_gradio.checkpoints.catalogue import TOY_SCENES, find
from detr_gradio.checkpoints.loading import load
from detr_gradio.model.bfloat16 import use_bfloat16
from detr_gradio.model.folding import fold_batch_norm
from detr_gradio.model.network import Network
from detr_gradio.result.panoptic import PanopticResult
from detr_gradio.segmenter import Segmenter
from training.evaluate import panoptic_quality
from training.features import HELD_OUT
from training.scenes import Scene, draw_scene

PARTS = ("backbone", "encoder", "decoder", "mask head")


@dataclass
class Side:
    """A network and what it found.

    Attributes:
        segmenter: with the network.
        results: of each scene.
        shares: of the pixels of each scene that have another category than the exact network says.
    """

    segmenter: Segmenter
    results: list[PanopticResult] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)


def main() -> None:
    """Print PQ, and the share of the pixels that change, for exact, fast and each part."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--scenes", type=int, default=500)
    scenes = range(HELD_OUT, HELD_OUT + parser.parse_args().scenes)
    sides = {"exact": Side(_segmenter("exact")), "fast": Side(_segmenter("fast"))}
    if sides["fast"].segmenter.network.precision == "exact":
        raise SystemExit("fast is exact on this computer")
    sides |= {part: Side(_with_part(part)) for part in PARTS}
    truths = [_seen(draw_scene(seed), sides) for seed in scenes]
    print(f"{'':12}{'PQ':>8}{'pixels that change':>22}")
    for name, side in sides.items():
        scores = panoptic_quality(zip(truths, side.results, strict=True)).scores
        assert scores.all
        print(f"{name:12}{scores.all.pq:8.2f}{np.mean(side.shares):22.2%}")


def _seen(scene: Scene, sides: dict[str, Side]) -> Scene:
    for side in sides.values():
        result = side.segmenter.segment(scene.image)
        side.results.append(result)
        exact = sides["exact"].results[-1]
        side.shares.append(float(np.mean(_categories(result) != _categories(exact))))
    return scene


def _categories(result: PanopticResult) -> np.ndarray:
    """Return the category of each pixel, (H, W); 0 where there is none."""
    categories = np.zeros(max((segment.id for segment in result.segments), default=0) + 1, np.int64)
    for segment in result.segments:
        categories[segment.id] = segment.category_id
    return categories[result.segment_ids]


def _segmenter(precision: Any) -> Segmenter:
    return Segmenter(find(TOY_SCENES), Network(load(TOY_SCENES), precision=precision))


class _InFloat32(nn.Module):
    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone

    def forward(self, pixels: Tensor) -> list[Tensor]:
        return [feature.float() for feature in self.backbone(pixels)]


def _with_part(part: str) -> Segmenter:
    segmenter = _segmenter("exact")
    network: Any = segmenter.network
    if part == "backbone":
        fresh = load(TOY_SCENES).model.requires_grad_(False)
        half = use_bfloat16(fold_batch_norm(fresh.detr.model.backbone.model))
        network._model.detr.model.backbone.model = _InFloat32(half)
    elif part == "mask head":
        network._masks = partial(_in_bfloat16, network._masks)
    else:
        for layer in getattr(network._model.detr.model, part).layers:
            layer.forward = partial(_in_bfloat16, layer.forward)
    return segmenter


def _in_bfloat16(work: Any, *arguments: Any) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return work(*arguments).float()


if __name__ == "__main__":
    main()
