"""Batches from the shards that `training.features` writes."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from training.losses import Targets

FEATURES = 4


def open_shards(cache: Path) -> list[dict[str, np.ndarray]]:
    """Open every complete shard, as memory maps by column."""
    folders = sorted(folder for folder in cache.glob("shard-*") if folder.suffix == "")
    return [
        {file.stem: np.load(file, mmap_mode="r") for file in folder.glob("*.npy")}
        for folder in folders
    ]


def read_batch(
    shards: list[dict[str, np.ndarray]], rows: np.ndarray
) -> tuple[list[Tensor], Targets]:
    """Read scenes by (shard, row), (B, 2): the features, fine to coarse, and the ground truth."""

    def column(name: str) -> Tensor:
        return torch.from_numpy(np.stack([shards[shard][name][row] for shard, row in rows]))

    features = [
        column(f"feature{level}").float().contiguous(memory_format=torch.channels_last)
        for level in range(FEATURES)
    ]
    targets = Targets(
        column("owner"), column("category").long(), column("box"), column("token").long()
    )
    return features, targets


def epoch(shards: list[dict[str, np.ndarray]], batch: int, rng: np.random.Generator):
    """Yield the (shard, row) pairs of every scene once, in random order, in full batches."""
    rows = np.array(
        [(index, row) for index, shard in enumerate(shards) for row in range(len(shard["box"]))]
    )
    rng.shuffle(rows)
    for start in range(0, len(rows) - batch + 1, batch):
        yield rows[start : start + batch]
