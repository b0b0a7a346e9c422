"""What segments a picture when something happens on the page, whichever tab it comes from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from ..messages import UserError
from ..service import Outcome, SegmentationRequest
from ..service.job import Job
from ..service.memory import segment_within_memory
from .address import for_browser, read_address
from .files import is_served
from .i18n import label
from .panel.controls import checkpoint_choices
from .panel.examples import example_name, examples
from .panel.first_result import first_value
from .panel.header import header_value
from .panel.picture_input import box_value
from .panel.result_panel import (
    error_value,
    lowered_value,
    notice_value,
    panel_value,
    restored_value,
    stage_value,
    stopped_value,
)
from .workspace import EVERY_ONE, LIVE, NETWORK, QUIET, Updates, Workspace, require_view

logger = logging.getLogger(__name__)

KEEP = "keep"
"""In the page's address: what is on show is to stay, since a person has corrected it."""


@dataclass(frozen=True)
class Segmenting:
    """The events that segment.

    Attributes:
        workspace: whose picture, settings and result they are.
    """

    workspace: Workspace

    @property
    def outputs(self) -> list[Any]:
        """What a segmenting event may update."""
        workspace = self.workspace
        controls, panel = workspace.controls, workspace.panel
        return [
            workspace.header,
            workspace.view,
            workspace.asked,
            workspace.picture,
            workspace.shown,
            workspace.example,
            *controls.settings,
            controls.segment,
            controls.stop,
            panel.status,
            panel.notice,
            panel.viewer,
        ]

    def segment_on(self, trigger: Callable, source: gr.components.Component | None = None) -> None:
        """Segment when something happens.

        Args:
            trigger: an event, such as ``picture.upload``.
            source: component whose value is the path of the picture; None for the one on show.
        """
        workspace = self.workspace
        if source:
            self._run_on(trigger, self._segment, [source])
        else:
            self._run_on(trigger, self._segment_again, [workspace.asked, workspace.shown])

    def first_on(self, trigger: Callable, first: gr.State) -> None:
        """Segment the first picture of a page when something happens.

        Args:
            trigger: an event.
            first: the name of an example, or the request that the page showed before.
        """
        self._run_on(trigger, self._segment_first, [first], sought=False)

    def add_on(self, trigger: Callable) -> None:
        """Segment the upload that an event of the page's drop zone names."""
        self._run_on(trigger, self._segment_added, [])

    def choose_example_on(self, trigger: Callable) -> None:
        """Segment the example that an event of ``ExampleCards`` names."""
        self._run_on(trigger, self._segment_chosen, [])

    def _run_on(
        self, trigger: Callable, generator: Callable, first: list, *, sought: bool = True
    ) -> None:
        workspace = self.workspace
        # Who has asked for a picture sees its result, wherever the page is scrolled to; and is
        # asked before a correction is lost.
        ask = (
            "if (!(await window.detr.mayReplace()))"
            f" return [...inputs.slice(0, -1), {{ {KEEP}: true }}];"
            " window.detr.awaitResult();"
        )
        event = trigger(
            generator,
            [
                *first,
                *workspace.controls.settings,
                workspace.language,
                workspace.view,
                workspace.address,
            ],
            self.outputs,
            # Who is faster than the event that sets the page up has the settings of the address.
            js=f"""async (...inputs) => {{
              {ask if sought else ""}
              return window.detr.withAddress(inputs);
            }}""",
            **NETWORK,
            show_progress="minimal",
            show_progress_on=[workspace.panel.status],
            api_visibility="private",
            **EVERY_ONE,
        )
        workspace.runs.append(event)
        # Who moved a setting meanwhile sees that the result does not have it.
        self.compare_on(event.then)

    def connect_stop(self) -> None:
        """Let the button end whatever run there is; once all of them are connected.

        One event for all: of several, a late one would end the run that comes next.
        """
        workspace = self.workspace
        workspace.controls.stop.click(
            self._stopped, None, self.outputs, cancels=workspace.runs, queue=False, **QUIET
        )

    def compare_on(self, trigger: Callable) -> None:
        """Tell whether the picture on show has the present settings when something happens."""
        workspace = self.workspace
        controls = workspace.controls
        trigger(
            _compare_settings,
            [workspace.view, workspace.asked, controls.checkpoint, controls.detail],
            controls.segment,
            queue=False,
            **QUIET,
            **EVERY_ONE,
        )

    def _segment(self, picture: str | None, *settings: Any) -> Iterator[Updates]:
        """Segment an uploaded file."""
        if not picture:
            yield self._failed(UserError("image_none"))
            return
        yield from self._run(picture, Path(picture).stem, *settings)

    def _segment_again(
        self, asked: SegmentationRequest | None, shown: dict | None, *settings: Any
    ) -> Iterator[Updates]:
        """Segment the picture that was asked for last, with the present settings."""
        try:
            view = require_view(asked, shown)
        except UserError as error:
            yield self._failed(error)
            return
        yield from self._run(view.picture, view.name, *settings)

    # Functions with ``event``: Gradio finds it by the annotation.
    def _segment_chosen(self, event: gr.EventData, *settings: Any) -> Iterator[Updates]:
        yield from self._segment_example(event.name, *settings)

    def _segment_added(self, event: gr.EventData, *settings: Any) -> Iterator[Updates]:
        run = self._segment(event.path if is_served(event.path) else None, *settings)
        yield from self._told(run, restored_value(sent_again=True)) if event.again else run

    def _segment_first(
        self, first: SegmentationRequest | str | None, *settings: Any
    ) -> Iterator[Updates]:
        workspace = self.workspace
        if not isinstance(first, SegmentationRequest):
            yield from self._segment_example(first, *settings)
            return
        done = False
        # Of another server, or swept: the browser may have a copy.
        gone = iter([self._failed(UserError("image_forgotten"))])
        known = {"correction": first.correction}
        run = self._run(first.picture, first.name, *settings, **known) if first.picture else gone
        for updates in self._told(run, restored_value()):
            done = done or workspace.view in updates
            yield updates
        if not done:
            yield {workspace.panel.viewer: first_value(sure=True)}

    def _told(self, run: Iterator[Updates], sentence: str) -> Iterator[Updates]:
        """Say a sentence with the result, unless the result has one of its own."""
        workspace = self.workspace
        for updates in run:
            if workspace.view in updates and not updates[workspace.panel.status]:
                updates[workspace.panel.status] = sentence
            yield updates

    def _segment_example(self, name: str | None, *settings: Any) -> Iterator[Updates]:
        example = examples().get(name)
        if example is None:
            # Gradio empties the outputs of a generator that yields nothing; and what a hasty
            # visitor has already been told must stay.
            yield gr.skip()
            return
        yield from self._run(str(example.path), example.name, *settings)

    def _run(  # noqa: PLR0917
        self,
        picture: str,
        name: str,
        checkpoint: str,
        threshold: float,
        detail: float,
        method: str,
        language: str,
        on_show: SegmentationRequest | None,
        address: dict | None,
        *,
        correction: str = "",
    ) -> Iterator[Updates]:
        workspace = self.workspace
        if address and KEEP in address:
            box = box_value(on_show.picture) if on_show and on_show.picture else None
            yield {workspace.picture: gr.update(value=box)}
            return
        if address:
            asked = read_address(workspace.service, address)
            checkpoint, threshold, detail, method, language = asked.settings
        view = SegmentationRequest(
            picture, name, checkpoint, threshold, int(detail), method, correction
        )
        panel, controls = workspace.panel, workspace.controls
        lost: list[UserError] = []

        def work(stage: Callable[[str, dict], None]) -> tuple[Outcome, SegmentationRequest, dict]:
            try:
                outcome, used = segment_within_memory(workspace.service, view, stage)
            except UserError as error:
                if not error.key.startswith("correction_"):
                    raise
                lost.append(error)
                without = replace(view, correction="")
                outcome, used = segment_within_memory(workspace.service, without, stage)
            stage("draw", {})
            return outcome, used, panel_value(outcome, language, used)

        yield {workspace.asked: view, **self._busy(True)}
        job = Job(work)
        for stage, values in job.stages():
            yield {
                panel.status: stage_value(stage, values),
                **self._busy(True),
            }
        try:
            outcome, used, value = job.result()
        except UserError as error:
            yield self._failed(error)
            return
        except FileNotFoundError:
            yield self._failed(UserError("image_missing"))
            return
        except Exception:
            logger.exception("A picture could not be segmented")
            yield self._failed(None)
            return
        updates = {
            workspace.header: header_value(workspace.service),
            workspace.view: used,
            workspace.asked: used,
            workspace.picture: gr.update(value=box_value(used.picture)),
            workspace.shown: for_browser(used),
            workspace.example: example_name(used.picture),
            panel.status: error_value(lost[0])
            if lost
            else ""
            if used == view
            else lowered_value(view, used),
            panel.notice: notice_value(workspace.service),
            panel.viewer: value,
            **self._busy(False),
        }
        if outcome.stand_in_for:
            stand_in = outcome.checkpoint
            made = replace(used, checkpoint=stand_in.name, detail=stand_in.default_detail)
            updates |= {
                workspace.view: made,
                workspace.asked: made,
                workspace.shown: for_browser(made),
            }
            updates[controls.checkpoint] = gr.update(
                value=stand_in.name, choices=checkpoint_choices(workspace.service, language)
            )
            updates[controls.detail] = stand_in.default_detail
        elif used != view:
            updates[controls.detail] = used.detail
        # Gradio sends what is yielded last a second time, when the event ends: the result is not
        # part of it. All else is, since Gradio's browser part changes what it has not yet shown;
        # copied, since Gradio takes the values out of updates as it sends them.
        last = {output: copy(new) for output, new in updates.items() if output is not panel.viewer}
        yield updates
        yield last

    def _busy(self, busy: bool) -> Updates:
        workspace = self.workspace
        # The labels go along: an update without them would show buttons without any.
        return {workspace.controls.stop: gr.update(value=label("stop"), visible=busy)}

    def _failed(self, error: UserError | None) -> Updates:
        workspace = self.workspace
        return {workspace.panel.status: error_value(error), **self._busy(False)}

    def _stopped(self) -> Updates:
        workspace = self.workspace
        # The button that segments again comes with the run's end (``compare_on``).
        return {workspace.panel.status: stopped_value(), **self._busy(False)}


def _compare_settings(
    view: SegmentationRequest | None,
    asked: SegmentationRequest | None,
    checkpoint: str,
    detail: float,
) -> dict:
    """Show the button that segments again where it can do something, and why it is there."""
    shown = view is not None and asked is not None and view.picture == asked.picture
    older = shown and (view.checkpoint, view.detail) != (checkpoint, int(detail))
    again = older or (asked is not None and view != LIVE and not shown)
    return gr.update(value=label("segment_again"), visible=again)
