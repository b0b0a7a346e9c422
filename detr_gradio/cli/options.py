"""What the options of several commands have in common. Imports nothing heavy."""

from __future__ import annotations

import argparse

from ..messages import LANGUAGES
from ..model.precision import PRECISIONS
from ..result.options import METHODS, MIN_THRESHOLD, THRESHOLD

_EXIT_STATUS = """\
exit status:
  0    all went well
  1    something could not be done, or some figures are wrong; each is named
  2    the command can't be carried out as it was written
  3    the checkpoint can't be had
  130  stopped with Ctrl-C
"""

CHECKPOINT_HELP = (
    "network to use: facebook/detr-resnet-101-panoptic (the default), "
    "facebook/detr-resnet-50-panoptic, facebook/detr-resnet-50-dc5-panoptic, toy-scenes (small, "
    "included, for drawn scenes), or a folder in the Hub's layout"
)
"""Of an option that names a network."""

_MAX_COUNT = 2**31 - 1  # what every generator of random numbers takes as a seed


def count(text: str) -> int:
    """Return a whole number from 1 on, as argparse's ``type``."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"a whole number from 1 on is needed, not {text!r}")
    if number > _MAX_COUNT:
        raise argparse.ArgumentTypeError(f"a number up to {_MAX_COUNT} is needed, not {text!r}")
    return number


def add_command(
    commands: argparse._SubParsersAction, name: str, usage: str, about: str, examples: str
) -> argparse.ArgumentParser:
    """Add a command with its help, examples and ``--language``; returns its parser."""
    command = commands.add_parser(
        name,
        help=about,
        description=f"{about[0].upper()}{about[1:]}.",
        usage=f"python -m detr_gradio {name} {usage}",
        epilog=f"examples:\n{examples}\n{_EXIT_STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--language",
        choices=LANGUAGES,
        help="language of messages and labels (default: that of the system, else English)",
    )
    return command


def add_network_options(command: argparse.ArgumentParser) -> None:
    """Add the options of a command that runs a network."""
    command.add_argument("--checkpoint", metavar="NAME", help=CHECKPOINT_HELP)
    command.add_argument(
        "--detail",
        type=int,
        metavar="PIXELS",
        help="shorter side at which the network sees the picture: more is finer and slower "
        "(default: what the checkpoint was made for, 800 for DETR)",
    )
    command.add_argument(
        "--threshold",
        type=float,
        default=THRESHOLD,
        metavar="P",
        help=f"least confidence of a segment, {MIN_THRESHOLD} to 1 (default: {THRESHOLD})",
    )
    command.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="exact",
        help="fast: NVIDIA GPUs compute in fp16, and processors that are faster with it in "
        "bfloat16, and the results differ a little (default: exact)",
    )


def add_method(command: argparse.ArgumentParser, default: str) -> None:
    """Add how segments are put together."""
    command.add_argument(
        "--method",
        choices=METHODS,
        default=default,
        help="how segments are put together: as the paper says, or as the released code does it "
        f"(default: {default})",
    )
