"""``launch``: open the app."""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import fields
from pathlib import Path

from ..checkpoints.catalogue import FOLDERS_VARIABLE
from ..limits import limits, variable
from ..messages import UserError
from ..settings import Settings, read_settings


def run(arguments: argparse.Namespace) -> int:
    """Serve the app until it is stopped.

    Raises:
        UserError: a setting or limit is impossible, or no folder takes temporary files.
    """
    if arguments.queue_size is not None:
        os.environ[variable("queue_size")] = str(arguments.queue_size)
    limits()  # a wrong limit ends the program here, before anything is loaded
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise UserError("cli_no_temporary_folder") from error
    chosen = {setting.name: getattr(arguments, setting.name) for setting in fields(Settings)}
    settings = read_settings(os.environ, **chosen)
    if settings.checkpoint and Path(settings.checkpoint).is_dir():
        # Whoever starts the app vouches for the folder; visitors can't name others.
        allowed = os.environ.get(FOLDERS_VARIABLE), settings.checkpoint
        os.environ[FOLDERS_VARIABLE] = os.pathsep.join(filter(None, allowed))

    from ..server.launch import launch  # noqa: PLC0415 - Gradio and torch take seconds to import

    launch(settings, language=arguments.language)
    return 0
