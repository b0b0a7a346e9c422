"""Programs in a mount namespace of their own, with small or read-only disks; Linux only."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest


@cache
def _works() -> bool:
    if not shutil.which("unshare"):
        return False
    attempt = [*in_namespace("mount -t tmpfs none /mnt"), "true"]
    return subprocess.run(attempt, capture_output=True, check=False).returncode == 0


def in_namespace(prepare: str) -> list[str]:
    """What stands before a command, so that it runs after shell commands that mount something."""
    return ["unshare", "--mount", "--map-root-user", "sh", "-ec", f'{prepare}; exec "$@"', "sh"]


def require_namespaces() -> None:
    """Skip a test where the system allows no mount of one's own."""
    if not _works():
        pytest.skip("no mount namespaces without being root here")


def on_small_disk(folder: Path, size: str) -> Sequence[str]:
    """Mount an empty disk of some size, such as "1m", on a folder."""
    return in_namespace(f"mount -t tmpfs -o size={size} none '{folder}'")


def on_read_only_disk(folder: Path) -> Sequence[str]:
    """Mount a folder on itself so that nothing in it can be changed."""
    return in_namespace(f"mount --bind '{folder}' '{folder}'; mount -o remount,bind,ro '{folder}'")
