"""The parser of the command line. Imports nothing heavy."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields

from .. import __version__
from ..limits import variable
from ..messages import LANGUAGES
from ..settings import WHOLE, Settings
from .data_set_commands import add_check, add_convert, add_train
from .network_commands import add_bench, add_evaluate, add_segment, add_verify, add_video
from .options import add_command


def user_language(environment: Mapping[str, str]) -> str:
    """Return "en" or "es", as the locale variables of an environment ask for."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        locale = environment.get(name)
        if locale:
            return locale[:2].lower() if locale[:2].lower() in LANGUAGES else "en"
    return "en"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``python -m detr_gradio``."""
    parser = argparse.ArgumentParser(
        prog="python -m detr_gradio",
        usage="python -m detr_gradio COMMAND ...",
        description="Panoptic segmentation with DETR: which pixel of a picture belongs to which "
        "thing (person, car, dog, ...) or stuff (sky, grass, road, ...).",
        epilog="python -m detr_gradio COMMAND --help explains a command and gives examples.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, prog="python -m detr_gradio"
    )
    _add_launch(commands)
    add_segment(commands)
    add_video(commands)
    add_evaluate(commands)
    add_convert(commands)
    add_check(commands)
    add_train(commands)
    add_verify(commands)
    add_bench(commands)
    return parser


def _add_launch(commands: argparse._SubParsersAction) -> None:
    launch = add_command(
        commands,
        "launch",
        "[OPTIONS]",
        "open the app in the browser",
        "  python -m detr_gradio launch --open\n"
        "  DETR_AUTH=ann:secret python -m detr_gradio launch --host 0.0.0.0 --port 8000\n",
    )
    # Each option is also an environment variable: an option that is not given stays None.
    for setting in fields(Settings):
        option = "--" + setting.name.replace("_", "-")
        about = f"{setting.metadata['about']} Variable: {variable(setting.name)}."
        if isinstance(setting.default, bool):
            launch.add_argument(option, action="store_true", default=None, help=about)
        else:
            launch.add_argument(
                option,
                type=int if setting.name in WHOLE else str,
                metavar=setting.name.rsplit("_", maxsplit=1)[-1].upper(),
                help=f"{about} Default: {setting.metadata['shown']}.",
            )
    launch.add_argument(
        "--queue-size",
        type=int,
        metavar="N",
        help="Requests that may wait for the network. Variable: DETR_QUEUE_SIZE. Default: 32.",
    )
