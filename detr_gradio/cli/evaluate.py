"""``evaluate``: panoptic quality on a folder in COCO's format."""

from __future__ import annotations

import argparse
import sys

from tqdm import tqdm

from ..checkpoints.catalogue import Checkpoint, find
from ..evaluation import run as evaluation
from ..evaluation.report import summary_rows, write_report
from ..evaluation.run import Evaluation
from ..evaluation.stored import StoredResults
from ..evaluation.truth import sentences
from ..messages import UserError, message
from .network import checkpoint_name, open_segmenter


def run(arguments: argparse.Namespace) -> int:
    """Evaluate a checkpoint, print the table and write the report.

    Raises:
        UserError: the folder is not as COCO's, the checkpoint can't be had, or the results can't
            be written.
    """
    if arguments.results:
        segmenter = _stored(arguments)
    else:
        segmenter = open_segmenter(
            arguments.checkpoint, precision=arguments.precision, language=arguments.language
        )
    folders = {"images_dir": arguments.images, "masks_dir": arguments.masks}
    try:
        # From the first second on, tqdm tells the time left.
        with tqdm(unit="picture", disable=None, leave=False) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            result = evaluation.run(
                segmenter,
                annotations=arguments.annotations,
                output=arguments.output,
                limit=arguments.limit,
                threshold=arguments.threshold,
                detail=arguments.detail,
                method=arguments.method,
                match=arguments.match,
                precision=arguments.precision,
                progress=show,
                **folders,
            )
        # The figures first: they took hours, and drawing the report may still fail.
        _print_figures(result, segmenter.checkpoint)
        language = arguments.language
        for told in (*result.matching.sentences(language), *sentences(result.oddities, language)):
            print(told, file=sys.stderr)
        page = write_report(
            result,
            segmenter.checkpoint,
            output=arguments.output,
            language=arguments.language,
            **folders,
        )
    except OSError as error:
        raise UserError("cli_not_writable", reason=error.strerror or error) from error
    print(message("cli_evaluated", arguments.language, count=len(result.pictures), page=page))
    return 0


def _stored(arguments: argparse.Namespace) -> StoredResults:
    """Return the results of ``--results``; sets the options that they were made with."""
    from ..batch.results import read_results  # noqa: PLC0415 - pyarrow is an optional part

    results = read_results(arguments.results)
    for name in ("threshold", "detail", "method", "precision"):
        setattr(arguments, name, getattr(results.settings, name))
    return StoredResults(results, find(checkpoint_name(results.settings.checkpoint)))


def _print_figures(result: Evaluation, checkpoint: Checkpoint) -> None:
    print(f"{'':8}{'PQ':>7}{'SQ':>7}{'RQ':>7}{'categories':>12}{'published PQ':>14}")
    for group, *figures, categories, published in summary_rows(result, checkpoint):
        columns = "".join(f"{figure:7.2f}" for figure in figures)
        print(f"{group:8}{columns}{categories:12}{'-' if published is None else published:>14}")
    sys.stdout.flush()
