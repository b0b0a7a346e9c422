"""``train``: a checkpoint learns the categories of a data set of one's own."""

from __future__ import annotations

import argparse
import sys
from contextlib import nullcontext
from dataclasses import fields

from tqdm import tqdm

from ..checkpoints.catalogue import find_for_program
from ..data_sets.checking import CheckedDataSet, check_data_set
from ..data_sets.layout import Split, find_splits
from ..messages import UserError, message
from ..model.detail import require_detail
from ..training.settings import Settings
from .network import checkpoint_name


def run(arguments: argparse.Namespace) -> int:
    """Train, or go on training; 1 where the data set has faults.

    Raises:
        CheckpointUnavailable: the checkpoint can't be had.
        UserError: an option is impossible, there is no data set, or the output folder has
            something else in it.
    """
    require_detail(arguments.detail)
    chosen = {field.name: getattr(arguments, field.name) for field in fields(Settings)}
    settings = Settings(**chosen)
    parts = {name: _part(arguments, name) for name in ("train", "val")}
    if parts["train"] is None:
        raise UserError("train_no_split", name=arguments.folder)
    checkpoint = find_for_program(checkpoint_name(arguments.checkpoint))
    # torch takes seconds to import
    from ..training import processes  # noqa: PLC0415
    from ..training import run as training  # noqa: PLC0415
    from ..training.hold import hold  # noqa: PLC0415

    if training.is_finished(arguments.output, parts["train"], checkpoint, settings):
        print(message("train_finished", arguments.language, folder=arguments.output))
        return 0
    own = processes.join()
    try:
        checked = own.told(_check(arguments) if own.first else None)
        if checked is None:
            return 1
        with hold(arguments.output) if own.first else nullcontext():
            data = training.Data(
                arguments.folder.resolve().name, checked.categories, parts["train"], parts["val"]
            )
            work = training.Run(
                data,
                checkpoint,
                arguments.output,
                settings,
                own,
                tensorboard=arguments.tensorboard,
                language=arguments.language,
            )
            with _Bars(shown=own.first) as bars:
                found = work.train(bars.show)
    except OSError as error:
        raise UserError("cli_not_writable", reason=error.strerror or error) from error
    finally:
        processes.leave()
    if own.first:
        told = {"folder": arguments.output}
        if found is None or found.scores.all is None:
            print(message("train_done", arguments.language, **told))
        else:
            pq = f"{found.scores.all.pq:.1f}"
            print(message("train_done_pq", arguments.language, pq=pq, **told))
    return 0


def _part(arguments: argparse.Namespace, name: str) -> Split | None:
    """Return the part that is called so, or the only one whose name begins so."""
    splits = find_splits(arguments.folder)
    if not splits:
        raise UserError("check_no_data_set", name=arguments.folder)
    exact = [split for split in splits if split.name == name]
    alike = exact or [split for split in splits if split.name.startswith(name)]
    return alike[0] if len(alike) == 1 else None


def _check(arguments: argparse.Namespace) -> CheckedDataSet | None:
    """Check the data set; None where it has faults, which are told."""
    with _Bars() as bars:
        checked = check_data_set(
            arguments.folder, lambda done, total: bars.show("check", done, total, "")
        )
    if not checked.faults:
        return checked
    for fault in checked.faults:
        print(fault.sentence(arguments.language), file=sys.stderr)
    told = message("check_faults", arguments.language, count=len(checked.faults))
    print(told, file=sys.stderr)
    return None


class _Bars:
    """A bar for each stage, one after the other."""

    def __init__(self, *, shown: bool = True):
        self._stage, self._bar, self._shown = "", tqdm(disable=True), shown

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def show(self, stage: str, done: int, total: int, figures: str) -> None:
        """Show how much of a stage is done."""
        if stage != self._stage:
            self._bar.close()
            self._stage = stage
            self._bar = tqdm(
                desc=stage,
                total=total,
                initial=done - 1,
                disable=None if self._shown else True,
                leave=False,
            )
        self._bar.set_postfix_str(figures, refresh=False)
        self._bar.update(done - self._bar.n)
