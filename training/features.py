"""Draw scenes and keep what the frozen backbone sees in them, for training.

    python -m training.features --scenes 8000

writes shards of 256 scenes to ~/.cache/detr-panoptic/features (0.95 MB a scene). A shard is
complete or absent; running again goes on where the last run stopped, also beside a training.
"""

import argparse
import os
import shutil
from multiprocessing import Pool
from pathlib import Path

import cv2
import numpy as np
import torch

from training.backbone import INPUT_SIZE, fast_backbone, network_input
from training.scenes import draw_scene

CACHE = Path(os.environ.get("DETR_PANOPTIC_CACHE", Path.home() / ".cache" / "detr-panoptic"))
SHARD = 256
BATCH = 16
DRAWN_SIZE = (576, 432)  # width, height: larger than the input, as pictures are
HELD_OUT = 1_000_000  # seeds from here on are never trained on
MAX_SEGMENTS = 24
STRIDE = 16


def annotations(segment_ids: np.ndarray, segments_info: list[dict]) -> dict[str, np.ndarray]:
    """Ground truth in the network's geometry.

    Returns:
        owner: (288, 384) uint8, index into the segments. category: (24,) uint8, 0 for none.
        box: (24, 4) float32, centre x, y, width, height in 0..1. token: (18, 24) uint8, the
        segment that a cell of 16 x 16 pixels mostly shows; things count three times.
    """
    height, width = segment_ids.shape
    kept = segments_info[:MAX_SEGMENTS]
    category, box = np.zeros(MAX_SEGMENTS, np.uint8), np.zeros((MAX_SEGMENTS, 4), np.float32)
    for index, info in enumerate(kept):
        x, y, w, h = info["bbox"]
        category[index] = info["category_id"]
        box[index] = (x + w / 2) / width, (y + h / 2) / height, w / width, h / height
    small = cv2.resize(
        segment_ids.astype(np.uint8), INPUT_SIZE[::-1], interpolation=cv2.INTER_NEAREST
    )
    owner = np.minimum(small - 1, MAX_SEGMENTS - 1)
    rows, columns = INPUT_SIZE[0] // STRIDE, INPUT_SIZE[1] // STRIDE
    cells = owner.reshape(rows, STRIDE, columns, STRIDE).swapaxes(1, 2).reshape(-1, STRIDE**2)
    votes = (cells[..., None] == np.arange(MAX_SEGMENTS)).sum(1)
    votes = votes * np.where(category <= 90, 3, 1)
    token = votes.argmax(-1).reshape(rows, columns).astype(np.uint8)
    return {"owner": owner, "category": category, "box": box, "token": token}


def _draw(seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    cv2.setNumThreads(1)
    scene = draw_scene(seed, *DRAWN_SIZE)
    return network_input(scene.image), annotations(scene.segment_ids, scene.segments_info)


def write_shard(folder: Path, seeds: list[int], pool) -> None:
    """Draw `seeds`, compute their features (fp16) and write them as .npy files."""
    backbone = fast_backbone()
    columns: dict[str, list[np.ndarray]] = {}
    pixels = []

    def flush():
        with torch.inference_mode():
            batch = torch.from_numpy(np.stack(pixels + pixels[:1] * (BATCH - len(pixels))))
            for index, feature in enumerate(backbone(batch)):
                kept = feature[: len(pixels)].half().numpy()
                columns.setdefault(f"feature{index}", []).append(kept)
        pixels.clear()

    for image, truth in pool.imap(_draw, seeds, chunksize=4):
        pixels.append(image)
        for name, value in truth.items():
            columns.setdefault(name, []).append(value[None])
        if len(pixels) == BATCH:
            flush()
    if pixels:
        flush()
    partial = folder.with_suffix(f".{os.getpid()}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for name, values in columns.items():
        np.save(partial / f"{name}.npy", np.concatenate(values))
    partial.rename(folder)


def main() -> None:
    """Write the shards that are missing."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenes", type=int, default=8000)
    parser.add_argument("--cache", type=Path, default=CACHE / "features")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    with Pool(arguments.threads) as pool:
        for start in range(0, arguments.scenes, SHARD):
            folder = arguments.cache / f"shard-{start // SHARD:05d}"
            if not folder.exists():
                write_shard(folder, list(range(start, start + SHARD)), pool)
                print(f"{start + SHARD} scenes", flush=True)


if __name__ == "__main__":
    main()
