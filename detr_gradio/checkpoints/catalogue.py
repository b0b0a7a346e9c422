"""The catalogue of checkpoints and what is known of each before it is loaded; without torch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from .configuration import read_preprocessor
from .hub import (
    CATEGORIES,
    PICKLE,
    SAFETENSORS,
    TIMEOUT,
    CheckpointFiles,
    CheckpointUnavailable,
    cached_files,
    folder_files,
    require_hub,
)

FOLDERS_VARIABLE = "DETR_CHECKPOINT_FOLDERS"
"""Environment variable: folders that may be named as a checkpoint, separated as in PATH."""

State = Literal["ready", "download", "unreachable"]

_DETAIL = 800
_TOY_FOLDER = Path(__file__).parents[1] / "toy_scenes"


@dataclass(frozen=True)
class Checkpoint:
    """What is known of a checkpoint before it is loaded.

    Attributes:
        name: repository on the Hub, "toy-scenes", or the path of a folder.
        title: short name for people.
        revision: commit of the repository; None follows its main branch.
        pq, pq_things, pq_stuff: published panoptic quality on COCO val2017, 0..100 (table 5 of
            https://arxiv.org/abs/2005.12872); None where none was published.
        size_mb: weights, in megabytes of a million bytes.
        sha256: of the weights' files, by their names, as far as they were published.
        license: SPDX identifier of the weights.
        default_detail: shorter side of the network's input in pixels.
        folder: where its files are, if they are not on the Hub.
    """

    name: str
    title: str
    revision: str | None = None
    pq: float | None = None
    pq_things: float | None = None
    pq_stuff: float | None = None
    size_mb: float | None = None
    license: str | None = None
    sha256: Mapping[str, str] = field(default_factory=dict, repr=False)
    default_detail: int = _DETAIL
    folder: Path | None = field(default=None, repr=False)


def _published(
    name: str,
    title: str,
    *figures: float,
    revision: str,
    sha256: Mapping[str, str] = MappingProxyType({}),
) -> Checkpoint:
    pq, pq_things, pq_stuff, size_mb = figures
    return Checkpoint(
        name=f"facebook/{name}",
        title=title,
        revision=revision,
        pq=pq,
        pq_things=pq_things,
        pq_stuff=pq_stuff,
        size_mb=size_mb,
        license="Apache-2.0",
        sha256=sha256,
    )


DEFAULT = "facebook/detr-resnet-101-panoptic"
TOY_SCENES = "toy-scenes"
CATALOGUE: Mapping[str, Checkpoint] = MappingProxyType(
    {
        checkpoint.name: checkpoint
        for checkpoint in (
            _published(
                "detr-resnet-101-panoptic",
                "DETR-R101",
                *(45.1, 50.5, 37.0, 248),
                # The first one with safetensors; Spaces preload the same (README.md).
                revision="2e11ffa5ea0ce2c51685bbfcd18c59b403fe10dc",
                sha256={
                    SAFETENSORS: "9ffe4f7e8c8038f526271510c46c9072fd4cf2b20d0c6763440c82ca6af6927c",
                    PICKLE: "344b68bb3ecd7ac18d9938b10f6cff532d5362b2905c9192679066b9513075c4",
                },
            ),
            _published(
                "detr-resnet-50-panoptic",
                "DETR-R50",
                *(43.4, 48.2, 36.3, 172),
                # It has a pickle alone, which is read as tensors and nothing else.
                revision="d53b52a799403a8867920f82c869e40732b47037",
            ),
            _published(
                "detr-resnet-50-dc5-panoptic",
                "DETR-R50-DC5",
                *(44.6, 49.4, 37.3, 172),
                # All that is known of the commit. The Hub completes such a beginning (transformers
                # names those of its default models so); the cache notes which commit it was.
                revision="9592dad",
            ),
            Checkpoint(
                name=TOY_SCENES,
                title="Toy scenes",
                size_mb=10,
                license="Apache-2.0",
                default_detail=288,
                folder=_TOY_FOLDER,
            ),
        )
    }
)


def find(name: str | Path) -> Checkpoint:
    """Return the checkpoint of a name.

    A string names one of the catalogue, or a folder that the operator listed in
    ``DETR_CHECKPOINT_FOLDERS``: what a visitor sends can't make the program read another folder
    or fetch another repository. A ``Path`` is a folder that the calling program vouches for.

    Raises:
        CheckpointUnavailable: no such checkpoint, or files missing from a folder.
    """
    if isinstance(name, Path):
        return _folder_checkpoint(name)
    if name in CATALOGUE:
        return CATALOGUE[name]
    allowed = os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep)
    if name and name in allowed:
        return _folder_checkpoint(Path(name))
    raise CheckpointUnavailable(
        "checkpoint_unknown", name=repr(name[:60]), names=", ".join(CATALOGUE)
    )


def find_for_program(name: str | Path) -> Checkpoint:
    """Return the checkpoint of a name that the calling program vouches for.

    What ``find`` knows; else a folder, and else a repository on the Hub, "owner/name".

    Raises:
        CheckpointUnavailable: no such checkpoint, or files missing from a folder.
    """
    try:
        return find(name)
    except CheckpointUnavailable:
        if isinstance(name, Path) or not name:
            raise
        if os.path.isdir(name):  # noqa: PTH112 - False also for what no path can be
            return _folder_checkpoint(Path(name))
        if not _is_repository(name):
            raise
    return Checkpoint(name=name, title=name.split("/")[1])


def _is_repository(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return "/" in name


def _folder_checkpoint(folder: Path) -> Checkpoint:
    title = folder.resolve().name
    files = folder_files(folder, title)
    try:
        detail = read_preprocessor(json.loads(files.preprocessor.read_text())).shortest_edge
    except Exception:  # whatever stands there: who loads it is told
        detail = _DETAIL
    return Checkpoint(name=str(folder), title=title, default_detail=detail, folder=folder)


def state(name: str | Path) -> State:
    """Say whether a checkpoint is at hand, can be fetched, or neither; within a second.

    "download" also stands for a Hub that has not been heard of yet: ask again for the answer.

    Raises:
        CheckpointUnavailable: no such checkpoint, or files missing from a folder.
    """
    checkpoint = find(name)
    if local_files(checkpoint) is not None:
        return "ready"
    missed = out_of_reach(checkpoint)
    return "download" if missed is None or not is_certain(missed) else "unreachable"


def out_of_reach(checkpoint: Checkpoint) -> CheckpointUnavailable | None:
    """Return why a checkpoint can't be had, as far as is known within a second; None if it can."""
    try:
        if local_files(checkpoint) is None:
            require_hub(checkpoint.name, checkpoint.revision, checkpoint.title, seconds=0.5)
    except CheckpointUnavailable as missed:
        return missed
    return None


def is_certain(missed: CheckpointUnavailable) -> bool:
    """Return whether a checkpoint is known to be out of reach; else the Hub may still answer."""
    return missed.values.get("reason") != TIMEOUT


def weights_state(checkpoint: Checkpoint) -> list[float]:
    """Return size and time of a folder's weights and categories, which may change.

    Empty where the name and the revision say all.
    """
    if checkpoint.folder is None:
        return []
    files = (checkpoint.folder / name for name in (SAFETENSORS, CATEGORIES))
    states = (path.stat() for path in files if path.is_file())
    return [number for state in states for number in (state.st_size, state.st_mtime)]


def local_files(checkpoint: Checkpoint) -> CheckpointFiles | None:
    """Return the files of a checkpoint that is at hand; None if it has to be fetched."""
    if checkpoint.folder is not None:
        return folder_files(checkpoint.folder, checkpoint.title)
    return cached_files(checkpoint.name, checkpoint.revision)
