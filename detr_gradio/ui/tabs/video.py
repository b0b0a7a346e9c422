"""The tab of videos: the same thing keeps its colour and its number from frame to frame."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import gradio as gr

from ...checkpoints.catalogue import Checkpoint
from ...images.resize import shrink
from ...limits import limits
from ...messages import UserError
from ...model.detail import MAX_DETAIL, MIN_DETAIL
from ...result.archive import safe_name
from ...result.render import overlay
from ...service.job import Job
from ...service.zerogpu import ON_ZEROGPU, TURN_SECONDS
from ...video.run import VideoProgress, VideoRun, VideoSummary
from ..files import serve_bytes, serve_file, working_folder
from ..i18n import label
from ..markup import bilingual, bilingual_error, jpeg_data_url
from ..panel.examples import FOLDER
from ..panel.result_panel import error_value, stage_value
from ..workspace import QUIET, Workspace
from .timeline import timeline_chart

logger = logging.getLogger(__name__)

EXAMPLE = FOLDER / "video-street.mp4"
"""A video to try; the package may be installed without it."""

DETAIL = 480  # a compromise: about a third of the work at 800
EVERY = 5
PREVIEW_SIDE = 640
PREVIEW_SECONDS = 0.4  # between two previews

ONE_VIDEO: dict[str, Any] = {"concurrency_id": "video", "concurrency_limit": 1}
"""Videos queue among themselves; pictures of other visitors go between their frames."""


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("video", wide=True), gr.Row(elem_id="video-row"):
        with gr.Column(scale=0, min_width=340, elem_id="video-side"):
            # gr.Video shows an I18n label as "[object Object]", so this one has none.
            source = gr.Video(
                show_label=False,
                sources=["upload", "webcam"],
                webcam_options=gr.WebcamOptions(mirror=False),
                buttons=[],
                height=300,
                elem_id="video-source",
            )
            every = gr.Slider(
                1, 30, EVERY, step=1, label=label("video_every"), info=label("video_every_info")
            )
            detail = gr.Slider(
                MIN_DETAIL,
                MAX_DETAIL,
                _detail_for(workspace.service.preferred),
                step=32,
                label=label("detail"),
                info=label("detail_info"),
                elem_id="video-detail",
            )
            with gr.Row():
                start = gr.Number(0, minimum=0, label=label("video_start"), min_width=120)
                end = gr.Number(None, minimum=0, label=label("video_end"), min_width=120)
            with gr.Row(elem_classes="actions"):
                begin = gr.Button(label("segment"), variant="primary", elem_id="video-begin")
                stop = gr.Button(label("stop"), interactive=False, elem_id="video-stop")
            bounds = {
                "seconds": f"{limits().max_video_seconds:g}",
                "megabytes": limits().max_video_bytes // 1_000_000,
            }
            gr.HTML(
                f'<p class="hint">{bilingual("video_hint", **bounds)}</p>',
                apply_default_css=False,
            )
            if ON_ZEROGPU:
                said = bilingual("video_gpu", seconds=TURN_SECONDS)
                gr.HTML(f'<p class="hint">{said}</p>', apply_default_css=False)
        with gr.Column(elem_id="video-result"):
            status = gr.HTML("", elem_id="video-status", apply_default_css=False)
            preview = gr.HTML(
                f"<p>{bilingual('video_welcome')}</p>",
                elem_id="video-preview",
                apply_default_css=False,
            )
            example = gr.Button(
                label("video_example"), visible=EXAMPLE.is_file(), elem_id="video-example"
            )
            with gr.Column(visible=False, elem_id="video-shown") as shown:
                video = gr.Video(
                    label=label("result"), interactive=False, buttons=[], elem_id="video-made"
                )
                chart = gr.HTML("", elem_id="video-timeline", apply_default_css=False)
                files = gr.File(
                    label=label("downloads"),
                    file_count="multiple",
                    interactive=False,
                    elem_id="video-files",
                )
    panel = _Panel(workspace, begin, stop, status, preview, example, shown, video, chart, files)
    controls = workspace.controls
    chosen = example.click(
        lambda: serve_bytes(EXAMPLE.read_bytes(), EXAMPLE.name), None, source, queue=False, **QUIET
    )
    seek = 'window.detr.bringIntoView("#video-result")'
    for trigger in (begin.click, chosen.success):
        trigger(
            panel.run,
            [
                source,
                every,
                detail,
                start,
                end,
                controls.checkpoint,
                controls.threshold,
                workspace.language,
            ],
            [begin, stop, status, preview, example, shown, video, chart, files],
            **ONE_VIDEO,
            show_progress="minimal",
            show_progress_on=[status],
            api_visibility="private",
            js=f"(...inputs) => ({seek}, inputs)",
        ).then(None, None, None, js=f"() => {seek}")
    stop.click(panel.stop, None, None, queue=False, **QUIET)
    controls.checkpoint.change(
        lambda name: _detail_for(workspace.service.find(name)),
        controls.checkpoint,
        detail,
        queue=False,
        **QUIET,
    )


def _detail_for(checkpoint: Checkpoint) -> int:
    return min(DETAIL, checkpoint.default_detail)


class _Panel:
    """The right side of the tab, and the videos that are being worked on."""

    def __init__(self, workspace: Workspace, *components: Any):
        self._service = workspace.service
        self._begin, self._stop, self._status, self._preview, self._example = components[:5]
        self._shown, self._video, self._chart, self._files = components[5:]
        self._runs: dict[str | None, VideoRun] = {}  # by visitor

    def stop(self, request: gr.Request) -> None:
        """End the visitor's video after the present frame; what is done is shown."""
        run = self._runs.get(request.session_hash)
        if run:
            run.stop()

    def run(  # noqa: PLR0917 - the order of the event's inputs
        self,
        source: str | None,
        every: float,
        detail: float,
        start: float | None,
        end: float | None,
        checkpoint: str,
        threshold: float,
        language: str,
        request: gr.Request,
    ) -> Iterator[dict]:
        """Segment a video and show how far it is."""
        yield {
            **self._busy(True),
            self._shown: gr.update(visible=False),
            self._preview: "",
            self._example: gr.update(visible=False),
        }
        try:
            if not source:
                raise UserError("video_missing")
            with ExitStack() as held:
                frames = partial(self._service.frames, checkpoint, threshold, int(detail))
                job = Job(lambda stage: held.enter_context(frames(stage)))
                for stage, values in job.stages():
                    yield {self._status: stage_value(stage, values)}
                folder = held.enter_context(working_folder())
                run = VideoRun(
                    source,
                    folder,
                    job.result(),
                    partial(overlay, language=language),
                    every=max(1, int(every)),
                    start=start or 0.0,
                    end=end or None,
                    language=language,
                )
                self._runs[request.session_hash] = run
                try:
                    yield from self._work(run)
                except UserError as error:  # such as a lent GPU that is taken back
                    if not run.summary.frames:
                        raise
                    yield {**self._done(run, source), self._status: error_value(error)}
                else:
                    yield self._done(run, source)
        except UserError as error:
            yield {self._status: error_value(error), self._preview: "", **self._busy(False)}
        except OSError:
            logger.exception("A video could not be written")
            error = UserError("server_disk")
            yield {self._status: error_value(error), self._preview: "", **self._busy(False)}
        except Exception:
            logger.exception("A video could not be segmented")
            yield {self._status: error_value(None), self._preview: "", **self._busy(False)}
        finally:
            self._runs.pop(request.session_hash, None)

    def _work(self, run: VideoRun) -> Iterator[dict]:
        shown = 0.0
        for progress in run:
            if time.monotonic() - shown > PREVIEW_SECONDS:
                shown = time.monotonic()
                preview = jpeg_data_url(shrink(progress.image, PREVIEW_SIDE), 75)
                yield {
                    self._status: progress_value(progress),
                    self._preview: f'<img src="{preview}" alt="">',
                }

    def _done(self, run: VideoRun, source: str) -> dict:
        name = safe_name(source)
        kinds = {run.video: "panoptic.mp4", run.csv: "frames.csv", run.jsonl: "frames.jsonl"}
        made = [
            serve_file(file.rename(file.with_name(f"{name}_{kind}")))
            for file, kind in kinds.items()
        ]
        return {
            self._status: summary_value(run.summary),
            self._preview: "",
            self._shown: gr.update(visible=True),
            self._video: made[0],
            self._chart: timeline_chart(run.timeline),
            self._files: made,
            **self._busy(False),
        }

    def _busy(self, busy: bool) -> dict:
        # The labels go along: an update without them would show buttons without any.
        return {
            self._begin: gr.update(value=label("segment"), interactive=not busy),
            self._stop: gr.update(value=label("stop"), interactive=busy),
        }


def progress_value(progress: VideoProgress) -> str:
    """Return the status line of a video under way."""
    milliseconds = round(progress.milliseconds_per_frame)
    if progress.total is None or progress.seconds_left is None:
        sentence = bilingual(
            "video_progress_open", frames=progress.frames, milliseconds=milliseconds
        )
        bar = '<b class="bar endless"><i></i></b>'
    else:
        total = max(progress.total, progress.frames)
        sentence = bilingual(
            "video_progress",
            frames=progress.frames,
            total=total,
            milliseconds=milliseconds,
            left=_clock(progress.seconds_left),
        )
        bar = f'<b class="bar"><i style="width:{progress.frames / total:.0%}"></i></b>'
    return f'<div class="status running" role="status">{sentence}{bar}</div>'


def summary_value(summary: VideoSummary) -> str:
    """Return the status line of a video that is done, or as far as it went."""
    figures = {
        "frames": summary.frames,
        "seen": summary.segmented,
        "seconds": f"{summary.seconds:.1f}",
    }
    sentence = bilingual("video_stopped" if summary.stopped else "video_done", **figures)
    for note in summary.notes:
        sentence += " " + bilingual_error(note)
    kind = "error" if summary.damaged_at is not None else "done"
    return f'<div class="status {kind}" role="status">{sentence}</div>'


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
