"""What the server keeps on the disk: in a folder of its own, bounded, and gone in time.

Gradio 6.31 keeps the files of all its apps in one folder, readable by everybody on the machine, and
serves there what a server left behind that was killed. What it deletes in time it deletes from a
set that others add to meanwhile: where that collides, it never deletes again.
"""

from __future__ import annotations

import atexit
import logging
import os
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from filelock import FileLock, Timeout

from ..limits import limits
from ..settings import SettingError

FOLDER_VARIABLE = "GRADIO_TEMP_DIR"
"""Environment variable: where Gradio keeps files, and within it the server its folder."""

SWEEP_EVERY = 15.0
"""Seconds from one look at the folder to the next one."""

_PREFIX = "detr-panoptic-"
_LOCK = "in-use.lock"
_LEAST = 100_000  # bytes that a file takes of its sender's share: many small ones are slow to sweep
_YOUNGEST = 60.0  # seconds: whoever has just sent a file is still waiting for what comes of it

logger = logging.getLogger(__name__)


class KeptFiles:
    """The folder of this process; what a server that was killed left beside it is deleted.

    Args:
        root: where the folder is made.

    Attributes:
        folder: for nobody else to read.
        size: of all that is kept, in bytes, as of the last look.
        swept: called whenever files have been deleted.

    Raises:
        SettingError: no folder can be made there.
    """

    def __init__(self, root: Path):
        try:
            root.mkdir(parents=True, exist_ok=True)
            self.folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root)).resolve()
            self._lock = FileLock(self.folder / _LOCK)
            self._lock.acquire(blocking=False)
        except OSError as error:
            raise SettingError(
                "setting_files", variable=FOLDER_VARIABLE, place=root, reason=error.strerror
            ) from error
        self._senders: dict[Path, tuple[str, int]] = {}
        # Bytes of each sender: in files, and on their way.
        self._sent: Counter[str] = Counter()
        self._coming: Counter[str] = Counter()
        self._turn = threading.Lock()
        self.size = 0
        self.swept: list[Callable[[], None]] = []
        for other in root.glob(f"{_PREFIX}*/"):
            if other.resolve() != self.folder:
                _delete_left_behind(other)

    def reserve(self, sender: str, size: int) -> bool:
        """Count bytes that are being sent, unless they are too many, of this sender or in all.

        Args:
            sender: address of who sends them.
            size: in bytes.

        Returns:
            Whether they were counted.
        """
        most = limits()
        with self._turn:
            own = self._sent[sender] + self._coming[sender]
            coming = self._coming.total()
            if own + size > most.sender_bytes or self.size + coming + size > most.kept_bytes:
                return False
            self._coming[sender] += size
        return True

    def release(self, sender: str, size: int) -> None:
        """Count bytes no longer: they have become files, or nothing."""
        with self._turn:
            self._coming[sender] -= size
            self._coming += Counter()  # without those that send nothing

    def add(self, path: Path, sender: str) -> None:
        """Count a file that was sent."""
        size = _size(path)
        with self._turn:
            self._senders[path] = sender, max(size, _LEAST)
            self._sent[sender] += max(size, _LEAST)
            self.size += size

    def sweep(self, now: float | None = None) -> None:
        """Delete what is old, the oldest of what is too much, and folders that are empty.

        Args:
            now: the time, in seconds of the epoch.
        """
        now = time.time() if now is None else now
        kept = sorted(self._files())
        total = sum(size for _, size, _ in kept)
        for changed, size, path in kept:
            age = now - changed
            if age > limits().file_lifetime or (total > limits().kept_bytes and age > _YOUNGEST):
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    logger.warning("A file could not be deleted: %s", error.strerror)
                    continue
                total -= size
        for place in self.folder.iterdir():
            with suppress(OSError):  # it isn't empty, or somebody was faster
                if place.is_dir() and now - place.lstat().st_mtime > _YOUNGEST:
                    place.rmdir()
        with self._turn:
            self.size = total
            self._senders = {path: by for path, by in self._senders.items() if path.exists()}
            self._sent = Counter()
            for sender, size in self._senders.values():
                self._sent[sender] += size
        for each in self.swept:
            each()

    def remove(self) -> None:
        """Delete the folder."""
        self._lock.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _files(self) -> Iterator[tuple[float, int, Path]]:
        for place, _folders, names in os.walk(self.folder):
            for name in names:
                path = Path(place, name)
                with suppress(OSError):
                    status = path.lstat()
                    if name != _LOCK:
                        yield status.st_ctime, status.st_size, path


def _delete_left_behind(folder: Path) -> None:
    """Delete the folder of a server that is no more."""
    lock = FileLock(folder / _LOCK)
    try:
        if time.time() - folder.stat().st_mtime < _YOUNGEST:
            return  # it may have no lock yet
        lock.acquire(blocking=False)
    except (OSError, Timeout):
        return  # it is in use, or another user's
    lock.release()
    shutil.rmtree(folder, ignore_errors=True)


@cache
def claim() -> KeptFiles:
    """Return the files of this process, which Gradio's go to as well; they are swept from now on.

    To be called before the page is built, whose components remember where files are kept.

    Raises:
        SettingError: no folder can be made.
    """
    files = KeptFiles(Path(os.environ.get(FOLDER_VARIABLE) or tempfile.gettempdir()))
    os.environ[FOLDER_VARIABLE] = str(files.folder)
    atexit.register(files.remove)
    threading.Thread(target=_sweep_on, args=[files], name="kept-files", daemon=True).start()
    return files


def _sweep_on(files: KeptFiles) -> None:
    while True:
        time.sleep(min(SWEEP_EVERY, limits().file_lifetime / 4))
        try:
            files.sweep()
        except Exception:  # or nothing would ever be deleted again
            logger.exception("Old files could not be deleted")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
