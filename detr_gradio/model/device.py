"""Where a network computes, and how exactly."""

from __future__ import annotations

from typing import TypeAlias

import torch

from ..messages import UserError

Device: TypeAlias = torch.device
"""Where a network computes."""


def switch_tf32_off() -> None:
    """Compute in full float32 on NVIDIA GPUs, where torch convolves with 10 bits of mantissa."""
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def use_threads(count: int) -> None:
    """Compute on so many threads of the processor from now on."""
    torch.set_num_threads(count)


def best_device() -> torch.device:
    """Return the device to compute on: a GPU where torch finds one, else the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def require_device(name: str) -> torch.device:
    """Return the device of a name, such as "cpu", "cuda:1" or "mps".

    Raises:
        UserError: torch can't compute on it here.
    """
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except Exception as error:  # each kind of device has its own
        raise UserError("device_unavailable", device=repr(name)[:40]) from error
    return device
