"""The files of a checkpoint: in the Hugging Face cache, fetched from the Hub, or in a folder."""

from __future__ import annotations

import errno
import hashlib
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import huggingface_hub as hub
from huggingface_hub import constants
from huggingface_hub.errors import (
    EntryNotFoundError,
    HfHubHTTPError,
    RemoteEntryNotFoundError,
)
from tqdm.std import tqdm

from ..limits import limits
from ..messages import UserError

Progress = Callable[[str, int, int], None]
"""Told the stage ("download" or "load"), the bytes done and the bytes in all (0 if unknown)."""

CONFIG = "config.json"
PREPROCESSOR = "preprocessor_config.json"
SAFETENSORS = "model.safetensors"
PICKLE = "pytorch_model.bin"
CATEGORIES = "categories.json"

# An answer of the Hub, or its absence, is believed for so many seconds.
_MEMORY = 30.0

# Full, over the quota, too large for it, read-only, not allowed.
_DISK_ERRORS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG),
    *(errno.EROFS, errno.EACCES, errno.EPERM),
)

# A download may cost so many times the size of its file.
_MOST_TRIES = 2


class CheckpointUnavailable(UserError):
    """A checkpoint can't be found, fetched or used; the message says why and what to do."""


@dataclass(frozen=True)
class CheckpointFiles:
    """Paths of a checkpoint's files; None where it has no table of categories of its own."""

    config: Path
    preprocessor: Path
    weights: Path
    categories: Path | None = None


def folder_files(folder: Path, title: str) -> CheckpointFiles:
    """Return the files of a checkpoint in a local folder; only safetensors, never a pickle.

    Raises:
        CheckpointUnavailable: a file is missing.
    """
    for name in (CONFIG, PREPROCESSOR, SAFETENSORS):
        if not (folder / name).is_file():
            raise CheckpointUnavailable("checkpoint_incomplete", title=title, file=name)
    categories = folder / CATEGORIES
    return CheckpointFiles(
        folder / CONFIG,
        folder / PREPROCESSOR,
        folder / SAFETENSORS,
        categories if categories.is_file() else None,
    )


def cached_files(repository: str, revision: str | None) -> CheckpointFiles | None:
    """Return the files of a repository if the cache has them all; asks no network."""
    config, preprocessor, safetensors, pickle, categories = (
        hub.try_to_load_from_cache(repository, name, revision=revision)
        for name in (CONFIG, PREPROCESSOR, SAFETENSORS, PICKLE, CATEGORIES)
    )
    # A file that the Hub is known not to have is an object that marks so, not a path.
    weights = safetensors if isinstance(safetensors, str) else pickle
    found = [Path(path) for path in (config, preprocessor, weights) if isinstance(path, str)]
    if len(found) < 3:
        return None
    return CheckpointFiles(*found, Path(categories) if isinstance(categories, str) else None)


def is_intact(path: Path, wanted: str | None = None) -> bool:
    """Return whether a cached file is what the Hub had, as far as that is known.

    Args:
        path: the file.
        wanted: its SHA-256 in hexadecimal digits. Without one, the cache may know: large files are
            kept under theirs, and a snapshot links to them. All others count as intact.

    Raises:
        OSError: it can't be read.
    """
    wanted = wanted or (path.resolve().name if path.is_symlink() else "")
    if not re.fullmatch("[0-9a-f]{64}", wanted):
        return True
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest() == wanted


TIMEOUT = "timeout"
"""The reason of a Hub that has not been heard of yet: it may still answer."""


def require_hub(
    repository: str, revision: str | None, title: str, seconds: float | None = None
) -> None:
    """Ask the Hub for a repository.

    Args:
        repository: its name on the Hub.
        revision: a commit; None for the latest one.
        title: of the checkpoint, for messages.
        seconds: how long to wait for the answer; ``limits().hub_timeout`` if not given.

    Raises:
        CheckpointUnavailable: offline or out of reach.
    """
    # As `hf download` takes it.
    name = f"{repository} --revision {revision}" if revision else repository
    if constants.HF_HUB_OFFLINE:
        raise CheckpointUnavailable("checkpoint_offline", title=title, name=name)
    seconds = limits().hub_timeout if seconds is None else seconds
    reason = Reachability.of(repository, revision).wait(seconds)
    if reason is not None:
        raise CheckpointUnavailable("checkpoint_unreachable", title=title, name=name, reason=reason)


def download(
    repository: str, revision: str | None, title: str, progress: Progress, *, anew: bool = False
) -> CheckpointFiles:
    """Fetch the files of a repository into the Hugging Face cache: the needed ones alone.

    Args:
        repository: its name on the Hub.
        revision: a commit; None for the latest one.
        title: of the checkpoint, for messages.
        progress: told how far it is.
        anew: whether to fetch files that are there already, because they are damaged.

    Raises:
        CheckpointUnavailable: offline, out of reach, broken off, or no place on the disk.
    """
    require_hub(repository, revision, title)

    def fetch(name: str) -> Path:
        return Path(
            hub.hf_hub_download(
                repository,
                name,
                revision=revision,
                etag_timeout=limits().hub_timeout,
                tqdm_class=_meter(progress),
                force_download=anew,
            )
        )

    try:
        config, preprocessor, categories = fetch(CONFIG), fetch(PREPROCESSOR), None
        if revision is None:  # the commits of the catalogue are known to have none
            with suppress(RemoteEntryNotFoundError):
                categories = fetch(CATEGORIES)
        try:
            weights = fetch(SAFETENSORS)
        except EntryNotFoundError:
            weights = fetch(PICKLE)
    except (OSError, RuntimeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in _DISK_ERRORS:
            raise CheckpointUnavailable(
                "checkpoint_disk", title=title, reason=error.strerror
            ) from error
        raise CheckpointUnavailable(
            "checkpoint_download_failed", title=title, reason=type(error).__name__
        ) from error
    return CheckpointFiles(config, preprocessor, weights, categories)


def _meter(progress: Progress) -> type[tqdm]:
    """Return a progress bar that draws nothing and passes the count of bytes on."""

    class Meter(tqdm):
        def __init__(self, *args, total: int | None = None, initial: int = 0, **_kwargs):
            super().__init__(*args, disable=True)
            self.done, self.whole, self.received = initial, total or 0, 0

        def update(self, n: float | None = 1) -> None:
            self.done += int(n or 0)
            self.received += max(int(n or 0), 0)
            # A server that breaks off and starts anew each time would be tried for ever.
            if self.received > _MOST_TRIES * self.whole > 0:
                raise OSError("the same bytes came again and again")
            progress("download", self.done, max(self.done, self.whole))

    return Meter


class Reachability:
    """Whether the Hub answers for a repository, found out in the background.

    A name server that doesn't answer can hold a thread for longer than any timeout of an HTTP
    client; so the question is asked in a thread of its own and the callers wait as they like.
    """

    _known: ClassVar[dict[tuple[str, str | None], Reachability]] = {}
    _lock = threading.Lock()

    def __init__(self, repository: str, revision: str | None):
        self._url = hub.hf_hub_url(repository, CONFIG, revision=revision)
        self._reason: str | None = None
        self._asked = time.monotonic()
        self._answered = threading.Event()
        threading.Thread(target=self._ask, name="hub-reachability", daemon=True).start()

    @classmethod
    def of(cls, repository: str, revision: str | None) -> Reachability:
        """Return a question asked within the last half minute, or ask it anew."""
        with cls._lock:
            known = cls._known.get((repository, revision))
            if known is None or time.monotonic() - known._asked > _MEMORY:
                known = cls._known[repository, revision] = cls(repository, revision)
            return known

    def wait(self, seconds: float) -> str | None:
        """Return None if the Hub answers, else the reason, after at most so many seconds."""
        left = self._asked + seconds - time.monotonic()
        return self._reason if self._answered.wait(max(left, 0)) else TIMEOUT

    def _ask(self) -> None:
        try:
            hub.get_hf_file_metadata(self._url, timeout=limits().hub_timeout)
        except HfHubHTTPError as error:
            self._reason = f"HTTP {error.response.status_code}"
        except Exception as error:  # whatever it is, the Hub can't be used now
            self._reason = type(error).__name__
        self._answered.set()
