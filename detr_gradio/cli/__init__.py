"""The command line: ``python -m detr_gradio``.

The commands import what they need when they run, so that ``--help`` answers at once.
"""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
from collections.abc import Sequence

from ..messages import UserError, message
from .parser import build_parser, user_language
from .problems import format_error

WRONG_USE, UNAVAILABLE, INTERRUPTED, PIPE_CLOSED = 2, 3, 130, 141

# Packages that are parts of their own, and the extra that installs them.
_EXTRAS = {
    "gradio": "app",
    "av": "video",
    "pyarrow": "scale",
    "ray": "scale",
    "scipy": "train",
    "tensorboard": "train",
}

# What they have made, the next run needn't make again.
_RESUMABLE = ("segment", "evaluate", "train")


def program() -> int:
    """Run what ``python -m detr_gradio`` and ``detr-gradio`` stand for."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text at all
    # As Ctrl-C: what is finished is kept, and nothing half done stays on the disk.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    return main()


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
        status = command.run(arguments)
        sys.stdout.flush()
        return status
    except UserError as error:
        print(format_error(error, arguments.language), file=sys.stderr)
        return UNAVAILABLE if type(error).__name__ == "CheckpointUnavailable" else WRONG_USE
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        sentence = message("cli_extra", arguments.language, extra=_EXTRAS[package])
        print(sentence, file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        key = "cli_interrupted" if arguments.command in _RESUMABLE else "cli_stopped"
        print("\n" + message(key, arguments.language), file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Its reader has left, as `head` does. Python would flush it once more, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
