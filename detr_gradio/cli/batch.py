"""``segment --format parquet``: pictures by the million into shards of rows."""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from ..batch.manifest import is_manifest, once_each, read_manifest, remote_pictures, uri_of
from ..batch.results import Results, RunSettings
from ..batch.rows import Row
from ..batch.storage import is_remote
from ..batch.worker import BatchOptions
from ..checkpoints import catalogue
from ..messages import UserError, message
from ..model.detail import require_detail
from ..result.options import BESIDE_FORMATS, require_options
from .network import checkpoint_name
from .pictures import SUFFIXES, find_pictures

_SHOWN = 20  # errors that are named; the results have them all


def run_batch(arguments: argparse.Namespace) -> int:
    """Segment every picture of the command line into Parquet shards; 0, or 1 if some could not be.

    Raises:
        UserError: an option is impossible, nothing was found, the checkpoint can't be had, the
            results can't be written, or there were too many errors.
    """
    require_options(arguments.threshold, arguments.method)
    require_detail(arguments.detail)
    pictures = once_each(_named(arguments.pictures, arguments.output))
    if not pictures:
        raise UserError("cli_no_pictures", places=", ".join(arguments.pictures))
    allowed = _allowed_errors(arguments.max_errors, len(pictures))
    results = Results(arguments.output)
    results.claim(_settings(arguments))
    before, failed_before = len(results), _failures(results)
    language, start = arguments.language, time.monotonic()
    with tqdm(total=len(pictures), initial=before, unit="picture", disable=None) as bar:
        run = _Progress(bar, allowed)
        try:
            _run_engine(arguments, results, pictures, run)
        except OSError as error:
            raise UserError("cli_not_writable", reason=error.strerror or error) from error
        finally:
            bar.close()
            for name, sentence in run.errors.items():
                print(f"{name}: {sentence}", file=sys.stderr)
            if run.failed > _SHOWN:
                rest = run.failed - _SHOWN
                print(message("batch_more_errors", language, count=rest), file=sys.stderr)
    # Counted where they are: on a cluster, a picture that was made twice was told twice.
    failed = _failures(results)
    done = len(results) - before
    counts = {
        "done": done - (failed - failed_before),
        "before": before,
        "failed": failed - failed_before,
        "total": len(pictures),
        "rate": f"{done / (time.monotonic() - start):.2f}",
    }
    print(message("batch_done", language, **counts, place=results.place))
    return 1 if failed else 0


def _failures(results: Results) -> int:
    return sum(1 for _ in results.errors())


class _Progress:
    """What is told while it works, and how many errors end it.

    Attributes:
        failed: pictures of this run.
        errors: the first sentences, by id.
    """

    def __init__(self, bar: tqdm, allowed: float):
        self._bar, self._allowed = bar, allowed
        self.failed = 0
        self.errors: dict[str, str] = {}

    def __call__(self, row: Row) -> None:
        """Count a row.

        Raises:
            UserError: there are too many errors.
        """
        if row["error"] is not None:
            self.failed += 1
            if len(self.errors) < _SHOWN:
                self.errors[row["id"]] = row["error"]
            self._bar.set_postfix(errors=self.failed, refresh=False)
        self._bar.update()
        if self.failed > self._allowed:
            raise UserError("batch_too_many_errors", count=self.failed)


def _run_engine(
    arguments: argparse.Namespace, results: Results, pictures: dict[str, str], run: _Progress
) -> None:
    options = BatchOptions(
        checkpoint_name(arguments.checkpoint),
        arguments.threshold,
        arguments.detail,
        arguments.method,
        arguments.precision,
        arguments.language,
        results.place,
        (*_beside(arguments),),
    )
    if arguments.engine == "ray":
        from ..batch.on_ray import run_on_ray  # noqa: PLC0415 - an optional part

        run_on_ray(
            pictures,
            options,
            run,
            address=arguments.address,
            workers=arguments.workers,
            gpus=arguments.gpus,
        )
        return
    from ..batch.here import run_here  # noqa: PLC0415

    done = set(results.ids())
    left = {name: uri for name, uri in pictures.items() if name not in done}
    run_here(left, options, run, workers=arguments.workers)


def _named(words: list[str], output: str) -> Iterator[tuple[str, str]]:
    """Give (id, place) of each picture that the words stand for."""
    for word in words:
        if is_manifest(word):
            yield from read_manifest(word)
        elif is_remote(word):
            yield from ((uri, uri) for uri in remote_pictures(word, SUFFIXES))
        else:
            for picture in find_pictures([word], leave_out=Path(output))[0]:
                uri = uri_of(picture.path)
                yield uri, uri


def _settings(arguments: argparse.Namespace) -> RunSettings:
    checkpoint = catalogue.find(checkpoint_name(arguments.checkpoint))
    return RunSettings(
        checkpoint=checkpoint.name,
        revision=checkpoint.revision,
        weights=catalogue.weights_state(checkpoint),
        threshold=arguments.threshold,
        detail=arguments.detail,
        method=arguments.method,
        precision=arguments.precision,
        language=arguments.language,
        engine=arguments.engine or "here",
        beside=_beside(arguments),
    )


def _beside(arguments: argparse.Namespace) -> list[str]:
    return sorted({*arguments.format} & {*BESIDE_FORMATS})


def _allowed_errors(text: str | None, pictures: int) -> float:
    """Return how many errors are accepted: "100", or "1%" of all pictures; all if not said."""
    if text is None:
        return float("inf")
    said = re.fullmatch(r"(\d+(?:\.\d+)?)(%?)", text)
    if not said or (not said[2] and "." in text):
        raise UserError("batch_max_errors", value=repr(text)[:40])
    return float(said[1]) * (pictures / 100 if said[2] else 1)
