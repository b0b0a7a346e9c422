"""The command line: ``python -m detr_gradio``.

The commands import what they need when they run, so that ``--help`` answers at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

from ..messages import UserError, message
from .parser import build_parser, user_language

SOME_FAILED, WRONG_USE, UNAVAILABLE, INTERRUPTED = 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the words after the program's name; None stands for ``sys.argv``.

    Returns:
        The exit status: 0 where all went well, and else as the help says.
    """
    arguments = build_parser().parse_args(argv)
    arguments.language = arguments.language or user_language(os.environ)
    try:
        command = importlib.import_module(f".{arguments.command}", __package__)
        return command.run(arguments)
    except UserError as error:
        print(error.message(arguments.language), file=sys.stderr)
        return UNAVAILABLE if type(error).__name__ == "CheckpointUnavailable" else WRONG_USE
    except KeyboardInterrupt:
        print("\n" + message("cli_interrupted", arguments.language), file=sys.stderr)
        return INTERRUPTED
