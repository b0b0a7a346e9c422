"""The processes that train together: one, or those that torchrun starts, one for each GPU."""

import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
from torch import distributed

_PATIENCE = timedelta(hours=6)  # the first process measures and writes while the others wait


@dataclass(frozen=True)
class Processes:
    """What a process knows of itself and the others.

    Attributes:
        rank: its number; 0 is the one that writes and speaks.
        count: of them.
        device: that it computes on.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether it is the one that writes and speaks."""
        return self.rank == 0

    def told(self, what: Any) -> Any:
        """Return what the first process has, in all of them, as soon as it has it."""
        if self.count == 1:
            return what
        box = [what]
        distributed.broadcast_object_list(box, src=0)
        return box[0]


def join() -> Processes:
    """Return the processes that torchrun's environment tells of; just this one without it."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    rank, local = int(os.environ.get("RANK", "0")), int(os.environ.get("LOCAL_RANK", "0"))
    device = torch.device("cpu")
    # A run that was stopped goes on to the same weights. On a GPU some sums have any order.
    torch.use_deterministic_algorithms(not torch.cuda.is_available())
    torch.utils.deterministic.fill_uninitialized_memory = False  # ty: ignore[missing-attribute]  # a property of the module
    if torch.cuda.is_available():
        device = torch.device("cuda", local)
        torch.cuda.set_device(device)
    if count > 1:
        kind = "gloo" if device.type == "cpu" else "nccl"
        distributed.init_process_group(kind, timeout=_PATIENCE)
    return Processes(rank, count, device)


def leave() -> None:
    """End what ``join`` began."""
    if distributed.is_initialized():
        with suppress(RuntimeError):
            distributed.destroy_process_group()
