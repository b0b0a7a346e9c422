"""``video``: a video in, the same video with its segments out."""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from tqdm import tqdm

from ..messages import UserError, message
from ..result.render import overlay
from ..video.run import VideoRun
from ..video.tables import is_frame_data
from .network import open_segmenter

INTERRUPTED = 130


def run(arguments: argparse.Namespace) -> int:
    """Segment a video; 130 if it was stopped, with what was done until then.

    Raises:
        UserError: an option is impossible, or the video, the checkpoint or the folder can't be
            used.
    """
    if find_spec("av") is None:  # it is imported in another process
        raise ModuleNotFoundError("No module named 'av'", name="av")
    output: Path = arguments.output
    if output.suffix.lower() != ".mp4":
        raise UserError("cli_not_mp4", name=output.name)
    if not arguments.input.is_file():
        raise UserError("cli_no_video", name=arguments.input)
    if output.exists() and output.samefile(arguments.input):
        raise UserError("cli_video_itself", name=output)
    tables = output.with_suffix(".csv"), output.with_suffix(".jsonl")
    try:
        for table in tables:
            # The video's name was asked for; what merely has a name like it isn't overwritten.
            if table.exists() and not is_frame_data(table):
                raise UserError("cli_video_table", name=table)
    except OSError as error:  # such as a name that is one letter longer than names may be
        raise UserError("cli_not_writable", reason=error.strerror) from error
    segmenter = open_segmenter(
        arguments.checkpoint,
        precision=arguments.precision,
        language=arguments.language,
    )
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        # Made beside its place, so that moving it there is all or nothing.
        with tempfile.TemporaryDirectory(dir=output.parent, prefix=".video-") as folder:
            video = VideoRun(
                arguments.input,
                folder,
                partial(segmenter.segment, threshold=arguments.threshold, detail=arguments.detail),
                partial(overlay, language=arguments.language),
                every=arguments.every,
                start=arguments.start,
                end=arguments.end,
                language=arguments.language,
            )
            try:
                stopped = _run_with_progress(video)
            finally:  # whatever happened, what is finished is kept
                if video.summary.frames:
                    video.video.replace(output)
                    video.csv.replace(tables[0])
                    video.jsonl.replace(tables[1])
    except OSError as error:
        raise UserError("cli_not_writable", reason=error.strerror) from error
    summary = video.summary
    counts = {"frames": summary.frames, "segmented": summary.segmented, "file": output}
    print(message("cli_video", arguments.language, **counts))
    for note in summary.notes:
        print(note.message(arguments.language), file=sys.stderr)
    return INTERRUPTED if stopped else 0


def _run_with_progress(video: VideoRun) -> bool:
    """Go through the frames with a bar; True if Ctrl-C ended it."""
    with tqdm(unit="frame", disable=None, leave=False) as bar:
        frames = iter(video)
        try:
            for progress in frames:
                bar.total = progress.total
                bar.update()
        except KeyboardInterrupt:
            # Where it came between two frames, the files are still open.
            video.stop()
            for _ in frames:
                bar.update()
            return True
    return False
