"""An output folder belongs to one training at a time."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..messages import UserError


@contextmanager
def hold(folder: Path) -> Generator[None]:
    """Make a folder and keep it from other trainings until the block, or the program, ends.

    Raises:
        OSError: it can't be made.
        UserError: another training has it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks have no locks
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UserError("train_in_use", folder=folder) from error
        yield
    finally:
        os.close(handle)
