"""Reading a checkpoint's files into a network."""

from __future__ import annotations

import json
import pickle
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import DetrConfig, DetrForSegmentation
from transformers.conversion_mapping import get_model_conversion_mapping

from ..result.categories import Categories
from .architecture import build_model
from .catalogue import CATALOGUE, DEFAULT, TOY_SCENES, Checkpoint, find, local_files, state
from .categories import labels_of, read_categories
from .configuration import (
    Preprocessor,
    UnsupportedEntry,
    read_preprocessor,
    validate_bounds,
)
from .hub import PICKLE, CheckpointFiles, CheckpointUnavailable, Progress, download, is_intact

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
        model: in eval mode, on the CPU, float32.
        preprocessor: how a picture becomes its input.
        categories: that it knows.
    """

    checkpoint: Checkpoint
    model: DetrForSegmentation
    preprocessor: Preprocessor
    categories: Categories


def load(name: str | Path | Checkpoint, *, progress: Progress | None = None) -> LoadedCheckpoint:
    """Load a checkpoint; ``segmenter.load_segmenter`` is the way to do it once per process.

    Args:
        name: as for ``find``, or what it returned.
        progress: told how far the download and the loading are.

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
        return _read_with_progress(checkpoint, download(*wanted), progress)
    try:
        return _read_with_progress(checkpoint, files, progress)
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
    return _read_with_progress(checkpoint, files, progress)


def _read_with_progress(
    checkpoint: Checkpoint, files: CheckpointFiles, progress: Progress
) -> LoadedCheckpoint:
    size = files.weights.stat().st_size
    progress("load", 0, size)
    loaded = _read(checkpoint, files)
    progress("load", size, size)
    return loaded


def _read(checkpoint: Checkpoint, files: CheckpointFiles) -> LoadedCheckpoint:
    # The sum over the file is made while the network is built.
    with ThreadPoolExecutor(1) as beside:
        wanted = checkpoint.sha256.get(files.weights.name)
        return _read_checked(checkpoint, files, beside.submit(is_intact, files.weights, wanted))


def _read_checked(
    checkpoint: Checkpoint, files: CheckpointFiles, intact: Future[bool]
) -> LoadedCheckpoint:
    title = checkpoint.title
    try:
        entries = json.loads(files.config.read_text())
        validate_bounds(entries)
        config = DetrConfig.from_dict(entries)
        labels = labels_of(entries)
        if len(labels) != config.num_labels:
            raise ValueError("the number of labels is said twice")
        preprocessor = read_preprocessor(json.loads(files.preprocessor.read_text()))
        # Without memory or random numbers: every tensor comes from the file.
        with torch.device("meta"):
            model = build_model(config)
    except UnsupportedEntry as error:
        values = {"title": title, "entry": error.entry}
        raise CheckpointUnavailable("checkpoint_preprocessor", **values) from error
    except Exception as error:  # whatever a wrong entry leads to, in three libraries
        raise CheckpointUnavailable("checkpoint_config", title=title) from error
    categories = read_categories(checkpoint, files, labels)
    _load_weights(model, _read_weights(files.weights, intact, title), title)
    return LoadedCheckpoint(
        checkpoint=checkpoint,
        model=model,
        preprocessor=preprocessor,
        categories=categories,
    )


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


def _load_weights(model: DetrForSegmentation, weights: dict[str, torch.Tensor], title: str) -> None:
    """Put weights into a model without any, under their new names or their old ones."""
    renamings = get_model_conversion_mapping(model, add_legacy=False)
    wanted = model.state_dict()
    # How many batches a norm has seen matters in training alone. transformers drops that when it
    # saves a checkpoint, as it does not know timm's own norms.
    found = {
        name: torch.zeros((), dtype=tensor.dtype)
        for name, tensor in wanted.items()
        if name.endswith("num_batches_tracked")
    }
    for old, tensor in weights.items():
        name = old
        for renaming in renamings:
            name, _ = renaming.rename_source_key(name)
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
