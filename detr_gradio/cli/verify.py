"""``verify``: weights against what was published of them."""

from __future__ import annotations

import argparse
import dataclasses
import json

from ..checkpoints.catalogue import CATALOGUE, TOY_SCENES, Checkpoint, find, local_files
from ..checkpoints.hub import require_hub
from ..messages import message
from .network import checkpoint_name

_VERDICTS = {True: "ok", False: "WRONG", None: "-"}


def run(arguments: argparse.Namespace) -> int:
    """Verify checkpoints and print a table; 1 where something is wrong.

    Raises:
        CheckpointUnavailable: one of them, or COCO's picture, can't be had.
        UserError: the folder of COCO is not as it should be.
    """
    published = [name for name in CATALOGUE if name != TOY_SCENES]
    checkpoints = [find(checkpoint_name(name)) for name in arguments.names or published]
    for checkpoint in checkpoints:
        _require(checkpoint)  # before torch, which takes seconds to import
    from ..evaluation import verification  # noqa: PLC0415

    own = all(checkpoint.folder for checkpoint in checkpoints)
    picture = None if own else verification.fetch_picture()
    checks = []
    for checkpoint in checkpoints:
        for check in verification.verify(checkpoint, picture, arguments.coco):
            checks.append(check)
            if not arguments.json:
                print(
                    f"{check.checkpoint:14}{check.what:24}{_VERDICTS[check.holds]}\n"
                    f"    expected  {check.expected}\n    got       {check.got}"
                    + (f"\n    fast      {check.fast}" if check.fast else "")
                )
    wrong = sum(check.holds is False for check in checks)
    if arguments.json:
        print(json.dumps([dataclasses.asdict(check) for check in checks], indent=1))
    else:
        key = "cli_verified_wrong" if wrong else "cli_verified"
        print(message(key, arguments.language, count=len(checks), wrong=wrong))
    return 1 if wrong else 0


def _require(checkpoint: Checkpoint) -> None:
    if local_files(checkpoint) is None:
        require_hub(checkpoint.name, checkpoint.revision, checkpoint.title)
