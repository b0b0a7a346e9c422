"""``bench``: seconds and memory on this machine."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from ..messages import UserError

ROOT = Path(__file__).parents[2]


def run(arguments: argparse.Namespace) -> int:
    """Run the repository's benchmark in a process of its own and pass its exit status on.

    Raises:
        UserError: the package was installed without the repository around it.
    """
    if not (ROOT / "benchmarks" / "speed.py").is_file():
        raise UserError("cli_no_benchmarks")
    command = [sys.executable, "-m", "benchmarks.speed", "--backbone", arguments.backbone]
    command += ["--runs", str(arguments.runs), "--output", str(arguments.output.resolve())]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
