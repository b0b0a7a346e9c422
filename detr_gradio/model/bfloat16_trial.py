"""Whether bfloat16 is faster than the exact road on this machine: measured, never guessed."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from .bfloat16 import FusedConv2d
from .winograd import WinogradConv2d

# So much faster it has to be: results that differ should buy something.
_LEAST_GAIN = 1.2

_RUNS = 5


@cache
def bfloat16_pays() -> bool:
    """Return whether convolutions in bfloat16 are clearly faster here.

    Measured once, within a second, and kept in the user's cache folder: a busy moment must not
    let the same picture have another result tomorrow.
    """
    path = _cache_folder() / "bfloat16.json"
    machine = " ".join(
        (
            platform.node(),  # homes may lie on a disk that many machines share
            torch.backends.cpu.get_cpu_capability(),
            f"torch {torch.__version__}",
            f"threads {torch.get_num_threads()}",
        )
    )
    kept = {}
    with suppress(OSError, ValueError):
        read = json.loads(path.read_text(encoding="utf-8"))
        kept = read if isinstance(read, dict) else {}
    if not isinstance(kept.get(machine), bool):
        kept[machine] = _measure()
        with suppress(OSError):  # it is measured again next time
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_suffix(f".{os.getpid()}")
            beside.write_text(json.dumps(kept, indent=1), encoding="utf-8")
            beside.replace(path)
    return kept[machine]


def _cache_folder() -> Path:
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    else:
        base = os.environ.get("XDG_CACHE_HOME")
    return Path(base or Path("~/.cache").expanduser()) / "detr-gradio"


@torch.inference_mode()
def _measure() -> bool:
    """Compare two convolutions that are most of a ResNet's time."""
    narrow, square = nn.Conv2d(1024, 256, 1), nn.Conv2d(256, 256, 3, padding=1)
    images = torch.randn(1, 1024, 24, 32).contiguous(memory_format=torch.channels_last)
    half = images.bfloat16()
    exact = nn.Sequential(narrow, nn.ReLU(), WinogradConv2d(square), nn.ReLU())
    exact.to(memory_format=torch.channels_last)
    try:
        fast = nn.Sequential(
            *(FusedConv2d(deepcopy(layer).bfloat16(), nn.ReLU()) for layer in (narrow, square))
        )
        fast(half)
    except (AttributeError, RuntimeError):  # this torch, or this processor, can't
        return False
    exact(images)
    rounds = [(_seconds(exact, images), _seconds(fast, half)) for _ in range(_RUNS)]
    of_exact, of_fast = map(min, zip(*rounds, strict=True))
    return of_fast * _LEAST_GAIN < of_exact


def _seconds(work: Callable[[Tensor], Tensor], images: Tensor) -> float:
    start = time.perf_counter()
    work(images)
    return time.perf_counter() - start
