"""Which pictures each step sees: its number alone decides, so that a run can stop anywhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from .features import FeatureFiles, Maps
from .losses import Truth
from .processes import Processes
from .samples import Samples
from .settings import Settings

Batch = list[tuple[Tensor | Maps, Truth]]
GPU_READERS = 4  # processes that read pictures for a GPU


def order(count: int, seed: int, first: int, last: int) -> list[tuple[int, int]]:
    """Return the (picture, pass) at some places of an endless sequence.

    Each pass has every picture once, in an order of its own.

    Args:
        count: of the pictures.
        seed: of the order.
        first: place.
        last: place, excluded.
    """
    found, orders = [], {}
    for place in range(first, last):
        number, index = divmod(place, count)
        if number not in orders:
            orders[number] = np.random.default_rng([seed, number]).permutation(count)
        found.append((int(orders[number][index]), number))
    return found


@dataclass(frozen=True)
class Plan:
    """The pictures of a process in each step.

    Attributes:
        settings: of the training.
        pictures: how many there are.
        versions: of each, used again and again; 0 for a new one in each pass.
        rank: of the process.
        processes: how many there are.
    """

    settings: Settings
    pictures: int
    versions: int
    rank: int
    processes: int

    def at(self, step: int) -> list[tuple[int, int]]:
        """Return (picture, version) of a step."""
        batch, seed = self.settings.batch, self.settings.seed
        places = order(self.pictures, seed, step * batch, (step + 1) * batch)
        return [
            (index, number % self.versions if self.versions else number)
            for index, number in places[self.rank :: self.processes]
        ]

    def after(self, step: int) -> list[tuple[int, int]]:
        """Return all (picture, version) from a step on, each once."""
        steps = range(step, self.settings.steps)
        return list(dict.fromkeys(each for number in steps for each in self.at(number)))


class _Steps(Dataset):
    """The batch of each step."""

    def __init__(self, source: Samples | FeatureFiles, plan: Plan):
        self._source, self._plan = source, plan

    def __getitem__(self, index: int) -> Batch:
        return [self._source.get(*each) for each in self._plan.at(index)]


def batches(
    source: Samples | FeatureFiles, plan: Plan, step: int, processes: Processes
) -> Iterator[Batch]:
    """Yield the batches from a step on; for a GPU, other processes read ahead."""
    readers = GPU_READERS if processes.device.type == "cuda" else 0
    steps = range(step, plan.settings.steps)
    loader = DataLoader(
        _Steps(source, plan),
        batch_size=None,
        sampler=steps,
        num_workers=readers,
        collate_fn=_same,
    )
    return iter(loader)


def _same(batch: Any) -> Any:
    return batch
