"""Reading a checkpoint's files into a network."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn

from ..result.categories import Categories
from .catalogue import CATALOGUE, DEFAULT, TOY_SCENES, Checkpoint, find, local_files, state
from .categories import labels_of, read_categories
from .configuration import (
    Preprocessor,
    UnsupportedEntry,
    read_preprocessor,
    read_shape,
    validate_bounds,
)
from .detr import build_detr, new_name
from .hub import PICKLE, CheckpointFiles, CheckpointUnavailable, Progress, download, is_intact

Rename = Callable[[str], str]

__all__ = [
    "CATALOGUE",
    "DEFAULT",
    "TOY_SCENES",
    "Checkpoint",
    "CheckpointUnavailable",
    "LoadedCheckpoint",
    "Progress",
    "find",
    "load",
    "state",
]


@dataclass(frozen=True, eq=False)
class LoadedCheckpoint:
    """A network with its weights, and how its input is prepared.

    Attributes:
        checkpoint: what it is.
        model: in eval mode, on the CPU, float32: a ``DetrForSegmentation``, or what ``build_detr``
            makes, with the same names.
        preprocessor: how a picture becomes its input.
        categories: that it knows.
    """

    checkpoint: Checkpoint
    model: Any
    preprocessor: Preprocessor
    categories: Categories


def load(
    name: str | Path | Checkpoint, *, progress: Progress | None = None, trainable: bool = False
) -> LoadedCheckpoint:
    """Load a checkpoint; ``segmenter.load_segmenter`` is the way to do it once per process.

    Args:
        name: as for ``find``, or what it returned.
        progress: told how far the download and the loading are.
        trainable: whether the model has to be a ``DetrForSegmentation``, which takes seconds more.

    Raises:
        CheckpointUnavailable: unknown, not to be had, damaged, or not a panoptic DETR. What is
            damaged in the cache is fetched anew first. Where the Hub is out of reach, within
            ``limits().hub_timeout``.
    """
    checkpoint = name if isinstance(name, Checkpoint) else find(name)
    progress = progress or (lambda _stage, _done, _total: None)
    files = local_files(checkpoint)
    wanted = checkpoint.name, checkpoint.revision, checkpoint.title, progress
    if files is None:
        return _read_with_progress(checkpoint, download(*wanted), progress, trainable)
    try:
        return _read_with_progress(checkpoint, files, progress, trainable)
    except CheckpointUnavailable as error:
        if checkpoint.folder is not None or error.key not in (
            "checkpoint_damaged",
            "checkpoint_config",
        ):
            raise
        try:
            files = download(*wanted, anew=True)
        except CheckpointUnavailable:
            raise error from None
    return _read_with_progress(checkpoint, files, progress, trainable)


def _read_with_progress(
    checkpoint: Checkpoint, files: CheckpointFiles, progress: Progress, trainable: bool
) -> LoadedCheckpoint:
    size = files.weights.stat().st_size
    progress("load", 0, size)
    # The sum over the file is made while the network is built.
    with ThreadPoolExecutor(1) as beside:
        wanted = checkpoint.sha256.get(files.weights.name)
        intact = beside.submit(is_intact, files.weights, wanted)
        loaded = _read(checkpoint, files, intact, trainable)
    progress("load", size, size)
    return loaded


def _read(
    checkpoint: Checkpoint, files: CheckpointFiles, intact: Future[bool], trainable: bool
) -> LoadedCheckpoint:
    title = checkpoint.title
    try:
        entries = json.loads(files.config.read_text())
        validate_bounds(entries)
        labels = labels_of(entries)
        preprocessor = read_preprocessor(json.loads(files.preprocessor.read_text()))
        model, rename = _build(entries, len(labels), trainable)
    except UnsupportedEntry as error:
        values = {"title": title, "entry": error.entry}
        raise CheckpointUnavailable("checkpoint_preprocessor", **values) from error
    except Exception as error:  # whatever a wrong entry leads to, in three libraries
        raise CheckpointUnavailable("checkpoint_config", title=title) from error
    categories = read_categories(checkpoint, files, labels)
    _load_weights(model, rename, _read_weights(files.weights, intact, title), title)
    return LoadedCheckpoint(
        checkpoint=checkpoint,
        model=model,
        preprocessor=preprocessor,
        categories=categories,
    )


def _build(entries: dict[str, Any], labels: int, trainable: bool) -> tuple[Any, Rename]:
    """Return a network without weights, and what tells the names of a file's tensors in it."""
    shape = None if trainable else read_shape(entries, labels)
    # Without memory or random numbers: every tensor comes from the file.
    with torch.device("meta"):
        if shape is not None:
            return build_detr(shape), new_name
        from .architecture import build_from_entries  # noqa: PLC0415 - takes seconds to import

        return build_from_entries(entries, labels)


def _read_weights(path: Path, intact: Future[bool], title: str) -> dict[str, torch.Tensor]:
    try:
        if not intact.result():
            raise CheckpointUnavailable("checkpoint_damaged", title=title, file=path.name)
        if path.name == PICKLE:
            weights = torch.load(path, map_location="cpu", weights_only=True)
            if not isinstance(weights, dict) or not all(
                isinstance(name, str) and isinstance(tensor, torch.Tensor)
                for name, tensor in weights.items()
            ):
                raise pickle.UnpicklingError("not tensors by name")
            return weights
        return load_file(path)
    except CheckpointUnavailable:
        raise
    except Exception as error:  # torch's unpickler meets any bytes with any error
        raise CheckpointUnavailable("checkpoint_damaged", title=title, file=path.name) from error


def _load_weights(
    model: nn.Module, rename: Rename, weights: dict[str, torch.Tensor], title: str
) -> None:
    """Put weights into a model without any, under their new names or their old ones."""
    wanted = model.state_dict()
    # How many batches a norm has seen matters in training alone. transformers drops that when it
    # saves a checkpoint, as it does not know timm's own norms.
    found = {
        name: torch.zeros((), dtype=tensor.dtype)
        for name, tensor in wanted.items()
        if name.endswith("num_batches_tracked")
    }
    for old, tensor in weights.items():
        name = rename(old)
        if name in wanted or not name.endswith("num_batches_tracked"):
            dtype = wanted[name].dtype if name in wanted else None
            found[name] = tensor.to(dtype, copy=True)
    problems = {
        "missing": sorted(wanted.keys() - found.keys()),
        "unexpected": sorted(found.keys() - wanted.keys()),
        "wrong shape": sorted(
            name for name in wanted.keys() & found.keys() if wanted[name].shape != found[name].shape
        ),
    }
    if any(problems.values()):
        raise CheckpointUnavailable(
            "checkpoint_keys",
            title=title,
            keys="; ".join(
                f"{kind}: {_first_keys(keys)}" for kind, keys in problems.items() if keys
            ),
        )
    model.load_state_dict(found, assign=True)


def _first_keys(keys: list[str]) -> str:
    """Return the first names of a list, and how many there are if those are not all."""
    named = ", ".join(key[:60] for key in keys[:2])
    return named if len(keys) <= 2 else f"{named}… ({len(keys)})"
