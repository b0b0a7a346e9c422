"""What happens on the page: every tab's picture goes through ``Workspace.segment_on``.

A visitor's state on the server is the ``SegmentationRequest`` on show and the selected segment;
images and results come back from the caches, so a new threshold, a download or a language needs no
network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from ..messages import UserError
from ..service import Outcome, SegmentationRequest, Service
from ..service.job import Job
from ..service.memory import segment_within_memory
from .address import for_browser, read_address, request_from
from .files import is_served
from .i18n import PageLanguage, label
from .panel.controls import Controls, checkpoint_choices
from .panel.examples import ExampleCards, example_name, examples
from .panel.first_result import first_value
from .panel.header import Header, header_value
from .panel.picture_input import PictureInput, box_value
from .panel.result_panel import (
    ResultPanel,
    error_value,
    lowered_value,
    notice_value,
    panel_value,
    restored_value,
    stage_value,
    stopped_value,
)

logger = logging.getLogger(__name__)

NETWORK: dict[str, Any] = {"concurrency_id": "network", "concurrency_limit": 1}
"""Events that run the network: one at a time, whichever tab they come from."""

QUICK: dict[str, Any] = {"concurrency_id": "quick", "concurrency_limit": 4}
"""Events that live on what is kept: they never wait behind the network."""

DOWNLOAD = {"concurrency_id": "download", "concurrency_limit": 1}
"""Files are made one at a time: a zip of a large picture takes seconds and a gigabyte."""

EVERY_ONE: dict[str, Any] = {"trigger_mode": "multiple"}
"""Events with data of their own. Gradio 6.31 loses a second one while the first is at work: by
default it is dropped, and with "always_last" the first one's data come again."""

QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}

MAIN_TABS = ("image", "webcam", "gallery", "video", "learn")
"""Tabs that have an address of their own."""

LIVE = SegmentationRequest(name="live")
"""What is on show while the camera is live: no frame of it is kept."""

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Workspace:
    """The shared parts of the page and a visitor's state.

    Attributes:
        service: what segments.
        header, controls, panel: components.
        language: "en" or "es", known to the browser.
        view: state, the ``SegmentationRequest`` on show or None.
        asked: state, the latest one that was asked for, shown or not; None before the first.
        picture: the box of the image tab; it shows what is segmented, wherever it comes from.
        selected: state, id of the selected segment or None.
        shown: the request that the browser shows, known to the browser: the server may have
            forgotten it.
        example: name of the example on show, known to the browser for the link.
        address: what the page's address asks for, as long as the page is not set up.
        timer: looks at the checkpoint's state until it is settled.
        strip: of the tabs.
        tabs: each with the key of its label.
        runs: events that segment, which Stop ends.
        cards: each with what makes its value, which follows from the checkpoint at work.
    """

    service: Service
    header: Header
    controls: Controls
    panel: ResultPanel
    language: PageLanguage
    view: gr.State
    asked: gr.State
    picture: PictureInput
    selected: gr.State
    shown: gr.JSON
    example: gr.Textbox
    address: gr.JSON
    timer: gr.Timer
    strip: gr.Tabs
    tabs: list[tuple[gr.Tab, str]] = field(default_factory=list)
    runs: list[Any] = field(default_factory=list)
    cards: list[tuple[ExampleCards, Callable[[Service], str]]] = field(default_factory=list)

    @property
    def outputs(self) -> list[Any]:
        """What a segmenting event may update."""
        controls, panel = self.controls, self.panel
        return [
            self.header,
            self.view,
            self.asked,
            self.picture,
            self.shown,
            self.example,
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
        if source:
            self._run_on(trigger, self._segment, [source])
        else:
            self._run_on(trigger, self._segment_again, [self.asked, self.shown])

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
        # Who has asked for a picture sees its result, wherever the page is scrolled to.
        seek = "window.detr.awaitResult();" if sought else ""
        event = trigger(
            generator,
            [*first, *self.controls.settings, self.language, self.address],
            self.outputs,
            # Who is faster than the event that sets the page up has the settings of the address.
            js=f"(...inputs) => {{ {seek} return window.detr.withAddress(inputs); }}",
            **NETWORK,
            show_progress="minimal",
            show_progress_on=[self.panel.status],
            api_visibility="private",
            **EVERY_ONE,
        )
        self.runs.append(event)
        # Who moved a setting meanwhile sees that the result does not have it.
        self.compare_on(event.then)

    def connect_stop(self) -> None:
        """Let the button end whatever run there is; once all of them are connected.

        One event for all: of several, a late one would end the run that comes next.
        """
        self.controls.stop.click(
            self._stopped, None, self.outputs, cancels=self.runs, queue=False, **QUIET
        )

    def compare_on(self, trigger: Callable) -> None:
        """Tell whether the picture on show has the present settings when something happens."""
        controls = self.controls
        trigger(
            _compare_settings,
            [self.view, self.asked, controls.checkpoint, controls.detail],
            controls.segment,
            queue=False,
            **QUIET,
            **EVERY_ONE,
        )

    def tab(self, name: str, *, wide: bool = False) -> gr.Tab:
        """Return a tab, to be entered with ``with``.

        Args:
            name: its id; the label is the text ``tab_<name>``.
            wide: whether it takes the whole width, without the settings and the result panel.
        """
        tab = gr.Tab(
            label(f"tab_{name}"),
            id=name,
            elem_id=f"tab-{name}",
            elem_classes="wide" if wide else [],
        )
        self.tabs.append((tab, f"tab_{name}"))
        if name in MAIN_TABS:
            tab.select(None, None, None, js=f'() => window.detr.showTab("{name}")')
        else:
            tab.select(None, None, None, js="() => window.detr.toTop()")
        return tab

    # --- Segmenting

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
        if not isinstance(first, SegmentationRequest):
            yield from self._segment_example(first, *settings)
            return
        done = False
        for updates in self._told(
            self._run(first.picture, first.name, *settings), restored_value()
        ):
            done = done or self.view in updates
            yield updates
        if not done:
            yield {self.panel.viewer: first_value(sure=True)}

    def _told(self, run: Iterator[Updates], sentence: str) -> Iterator[Updates]:
        """Say a sentence with the result, unless the result has one of its own."""
        for updates in run:
            if self.view in updates and not updates[self.panel.status]:
                updates[self.panel.status] = sentence
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
        address: dict | None,
    ) -> Iterator[Updates]:
        if address:
            asked = read_address(self.service, address)
            checkpoint, threshold, detail, method, language = asked.settings
        view = SegmentationRequest(picture, name, checkpoint, threshold, int(detail), method)
        panel, controls = self.panel, self.controls

        def work(stage: Callable[[str, dict], None]) -> tuple[Outcome, SegmentationRequest, dict]:
            outcome, used = segment_within_memory(self.service, view, stage)
            stage("draw", {})
            return outcome, used, panel_value(outcome, language, used)

        yield {self.asked: view, **self._busy(True)}
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
            self.header: header_value(self.service),
            self.view: used,
            self.asked: used,
            self.picture: gr.update(value=box_value(used.picture)),
            self.shown: for_browser(used),
            self.example: example_name(used.picture),
            panel.status: "" if used == view else lowered_value(view, used),
            panel.notice: notice_value(self.service),
            panel.viewer: value,
            **self._busy(False),
        }
        if outcome.stand_in_for:
            stand_in = outcome.checkpoint
            made = replace(view, checkpoint=stand_in.name, detail=stand_in.default_detail)
            updates |= {self.view: made, self.asked: made, self.shown: for_browser(made)}
            updates[controls.checkpoint] = gr.update(
                value=stand_in.name, choices=checkpoint_choices(self.service, language)
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
        # The labels go along: an update without them would show buttons without any.
        return {self.controls.stop: gr.update(value=label("stop"), visible=busy)}

    def _failed(self, error: UserError | None) -> Updates:
        return {self.panel.status: error_value(error), **self._busy(False)}

    def _stopped(self) -> Updates:
        again = gr.update(value=label("segment_again"), visible=True)
        return {
            self.panel.status: stopped_value(),
            self.controls.segment: again,
            **self._busy(False),
        }


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


def known_view(view: SegmentationRequest | None, shown: Any) -> SegmentationRequest | None:
    """Return the view on show: as the server knows it, else as the browser does, else None."""
    return view or request_from(shown)


def require_view(view: SegmentationRequest | None, shown: Any = None) -> SegmentationRequest:
    """Return the view on show.

    Args:
        view: as the server knows it.
        shown: as the browser knows it.

    Raises:
        UserError: there is none, it is forgotten, or it is a frame of the live camera.
    """
    view = known_view(view, shown)
    if view is None:
        raise UserError("image_forgotten" if shown else "image_none")
    if view == LIVE:
        raise UserError("image_live")
    return view


def problem(message: str) -> gr.Error:
    """Return the error that shows a sentence to a person and keeps it out of the log."""
    return gr.Error(message, print_exception=False, title="")
