"""``segment``: pictures into files."""

from __future__ import annotations

import argparse
import errno
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from ..batch.worker import of_one_picture
from ..checkpoints import catalogue
from ..images import load_image
from ..limits import limits
from ..messages import UserError, message
from ..result.formats import FORMATS
from ..result.options import BATCH_FORMAT, BESIDE_FORMATS, OWN_FORMATS
from ..result.panoptic import PanopticResult
from .network import checkpoint_name, open_segmenter
from .picture_files import PictureFiles
from .pictures import Picture, find_pictures
from .problems import format_error
from .result_folder import ResultFolder, fingerprint, write_atomically

if TYPE_CHECKING:
    from ..segmenter import Segmenter


# What keeps any picture's files from being written.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)

# Part of every fingerprint: a new number has the files of older versions made again.
OUTPUT_VERSION = 2


def run(arguments: argparse.Namespace) -> int:
    """Segment every picture of the command line; 0, or 1 if some could not be.

    Raises:
        UserError: an option is impossible, nothing was found, or the checkpoint can't be had.
    """
    if _is_batch(arguments):
        from .batch import run_batch  # noqa: PLC0415 - pyarrow is an optional part

        return run_batch(arguments)
    arguments.output = Path(arguments.output)
    pictures, own = find_pictures(arguments.pictures, leave_out=arguments.output)
    if own:
        print(message("cli_own_results", arguments.language, count=own))
    if not pictures:
        raise UserError("cli_no_pictures", places=", ".join(arguments.pictures))
    work = _SegmentationRun(arguments)
    skipped = failed = 0
    # disable=None: no bar where nobody watches; the lines say everything there.
    with tqdm(pictures, unit="picture", disable=None, leave=False) as bar:
        for picture in bar:
            try:
                result = work.do(picture)
            except Exception as error:  # whatever a picture does, the others go on
                told = of_one_picture(error, also=("cli_picture_not_written",))
                failed += 1
                tqdm.write(
                    f"{picture.path}: {format_error(told, arguments.language)}", file=sys.stderr
                )
                continue
            if result is None:
                skipped += 1
            else:
                tqdm.write(f"{picture.path}: {_summary(result, arguments.language)}")
    work.finish()
    counts = {"done": len(pictures) - skipped - failed, "skipped": skipped, "failed": failed}
    print(message("cli_segmented", arguments.language, **counts, folder=arguments.output))
    return 1 if failed else 0


def _is_batch(arguments: argparse.Namespace) -> bool:
    """Whether rows are asked for; sets the formats that are meant where none is named.

    Raises:
        UserError: they are asked for together with something else.
    """
    given = {
        name: getattr(arguments, name)
        for name in ("engine", "address", "workers", "gpus", "max_errors")
    }
    used = [f"--{name.replace('_', '-')}" for name, value in given.items() if value is not None]
    if arguments.format is None:
        arguments.format = [BATCH_FORMAT] if arguments.engine else list(OWN_FORMATS)
    is_batch = BATCH_FORMAT in arguments.format
    others = {*arguments.format} - {BATCH_FORMAT, *BESIDE_FORMATS}
    if (is_batch and others) or (used and not is_batch):
        options = "--engine, --workers, --max-errors"
        raise UserError("batch_parquet_alone", options=", ".join(used) or options)
    return is_batch


def _summary(result: PanopticResult, language: str) -> str:
    seconds = sum(result.timings.values())
    return message("cli_picture", language, segments=len(result.segments), seconds=f"{seconds:.1f}")


class _SegmentationRun:
    """One run over many pictures with the same options."""

    def __init__(self, arguments: argparse.Namespace):
        self.options = arguments
        self.checkpoint = catalogue.find(checkpoint_name(arguments.checkpoint))
        try:
            arguments.output.mkdir(parents=True, exist_ok=True)
            self.results = ResultFolder(arguments.output)
            for kind in FORMATS.keys() & set(arguments.format):
                for path in filter(None, (FORMATS[kind].table, FORMATS[kind].data_set)):
                    self.results.claim(path)
        except FileExistsError as error:
            raise UserError("cli_file_taken", name=error.args[0]) from error
        except OSError as error:
            raise UserError("cli_not_writable", reason=error.strerror) from error
        self._done: list[Picture] = []
        self._has_table: set[str] = set()

    @cached_property
    def segmenter(self) -> Segmenter:
        """Loaded when the first picture needs it."""
        return open_segmenter(
            self.options.checkpoint,
            precision=self.options.precision,
            language=self.options.language,
        )

    def do(self, picture: Picture) -> PanopticResult | None:
        """Make the files of a picture that are not there yet; None if all of them are.

        Raises:
            ImageError: the picture can't be used.
            UserError: an option is impossible, or the folder can't be written to.
        """
        mark = self._fingerprint(picture.path)
        kinds = [kind for kind in self.options.format if not self._is_made(picture, kind, mark)]
        if not kinds:
            self._done.append(picture)
            return None
        image = load_image(picture.path)
        result = self.segmenter.segment(
            image,
            threshold=self.options.threshold,
            detail=self.options.detail,
            method=self.options.method,
        )
        try:
            self._write(self._files(picture, image, result), kinds)
            self.results.add(picture.path, kinds, mark)
        except OSError as error:
            for_all = error.errno in _DISK_ERRORS
            key = "cli_not_writable" if for_all else "cli_picture_not_written"
            raise UserError(key, reason=error.strerror) from error
        self._done.append(picture)
        return result

    def finish(self) -> None:
        """Write the formats that are one file for all pictures.

        Raises:
            UserError: the folder can't be written to.
        """
        for kind in self.options.format:
            export = FORMATS.get(kind)
            if export and export.join and self._done:
                names = [self.results.name_for(p.path, p.name) for p in self._done]
                parts = _FileContents([self.results.path(name, kind) for name in names])
                try:
                    path = self.results.claim(export.data_set)
                    write_atomically(path, export.join(parts))
                except OSError as error:
                    raise UserError("cli_not_writable", reason=error.strerror) from error

    def _fingerprint(self, path: Path) -> str:
        """Return the mark of a picture; "" where it can't be read, which load_image explains."""
        parameters = {
            "version": OUTPUT_VERSION,
            "checkpoint": (self.checkpoint.name, self.checkpoint.revision),
            "weights": self._weights_state,
            "threshold": self.options.threshold,
            "detail": self.options.detail,
            "method": self.options.method,
            "precision": self.options.precision,
            "language": self.options.language,
        }
        if set(FORMATS) & set(self.options.format):
            parameters |= {"stuff": self.options.stuff, "polygons": self.options.polygons}
        try:
            if path.is_file() and path.stat().st_size <= limits().max_image_bytes:
                return fingerprint(path, parameters)
        except OSError:
            pass
        return ""

    @cached_property
    def _weights_state(self) -> list[float]:
        return catalogue.weights_state(self.checkpoint)

    def _files(self, picture: Picture, image: np.ndarray, result: PanopticResult) -> PictureFiles:
        name = self.results.name_for(picture.path, picture.name)
        return PictureFiles(self.options, self.results, picture, name, image, result)

    def _is_made(self, picture: Picture, kind: str, mark: str) -> bool:
        table = FORMATS[kind].table if kind in FORMATS else ""
        return self.results.is_made(picture.path, kind, mark) and (
            not table or (self.results.folder / table).is_file()
        )

    def _write(self, files: PictureFiles, kinds: Sequence[str]) -> None:
        for kind in kinds:
            write_atomically(self.results.path(files.name, kind), files.content(kind))
            export = FORMATS.get(kind)
            if export and export.write_table and kind not in self._has_table:
                path = self.results.claim(export.table)
                write_atomically(path, [export.write_table(files.source(kind))])
                self._has_table.add(kind)


class _FileContents:
    """What files hold, one at a time, as often as it is gone through."""

    def __init__(self, paths: Sequence[Path]):
        self._paths = paths

    def __iter__(self) -> Iterator[bytes]:
        return (path.read_bytes() for path in self._paths)
