"""What happens on the page: every tab's picture goes through ``Workspace.segment_on``.

A visitor's state on the server is the ``SegmentationRequest`` on show and the selected segment;
images and results come back from the caches, so a new threshold, a download or a language needs no
network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from ..messages import LANGUAGES, UserError
from ..service import Outcome, SegmentationRequest, Service
from ..service.job import Job
from ..service.memory import segment_within_memory
from .i18n import PageLanguage, label
from .panel.controls import Controls, checkpoint_choices
from .panel.examples import ExampleCards, examples
from .panel.header import Header, header_value
from .panel.result_panel import (
    ResultPanel,
    error_value,
    lowered_value,
    notice_value,
    panel_value,
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
        selected: state, id of the selected segment or None.
        on_show: whether the browser shows a result; the server may have forgotten it.
        example: name of the example on show, known to the browser for the link.
        address: what the page's address asks for.
        timer: looks at the checkpoint's state until it is settled.
        tabs: each with the key of its label.
        cards: each with what makes its value, which follows from the checkpoint at work.
    """

    service: Service
    header: Header
    controls: Controls
    panel: ResultPanel
    language: PageLanguage
    view: gr.State
    selected: gr.State
    on_show: gr.Checkbox
    example: gr.Textbox
    address: gr.JSON
    timer: gr.Timer
    tabs: list[tuple[gr.Tab, str]] = field(default_factory=list)
    cards: list[tuple[ExampleCards, Callable[[Service], str]]] = field(default_factory=list)

    @property
    def outputs(self) -> list[Any]:
        """What a segmenting event may update."""
        controls, panel = self.controls, self.panel
        return [
            self.header,
            self.view,
            self.on_show,
            self.example,
            controls.checkpoint,
            controls.detail,
            controls.segment,
            controls.stop,
            panel.status,
            panel.notice,
            panel.welcome,
            panel.shown,
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
            self._run_on(trigger, self._segment_again, [self.view, self.on_show])

    def example_on(self, trigger: Callable, name: gr.State) -> None:
        """Segment the example of a name when something happens; nothing where there is none."""
        self._run_on(trigger, self._segment_example, [name])

    def choose_example_on(self, trigger: Callable) -> None:
        """Segment the example that an event of ``ExampleCards`` names."""
        self._run_on(trigger, self._segment_chosen, [])

    def _run_on(self, trigger: Callable, generator: Callable, first: list) -> None:
        event = trigger(
            generator,
            [*first, *self.controls.settings, self.language],
            self.outputs,
            **NETWORK,
            show_progress="minimal",
            show_progress_on=[self.panel.status],
            api_visibility="private",
            **EVERY_ONE,
        )
        self.controls.stop.click(
            self._stopped, None, self.outputs, cancels=[event], queue=False, **QUIET
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
        return tab

    # --- Segmenting

    def _segment(self, picture: str | None, *settings: Any) -> Iterator[Updates]:
        """Segment an uploaded file."""
        if not picture:
            yield self._failed(UserError("image_none"))
            return
        for updates in self._run(picture, Path(picture).stem, *settings):
            yield {**updates, self.example: ""}

    def _segment_again(
        self, view: SegmentationRequest | None, on_show: bool, *settings: Any
    ) -> Iterator[Updates]:
        """Segment what is on show with other settings."""
        try:
            view = require_view(view, on_show)
        except UserError as error:
            yield self._failed(error)
            return
        yield from self._run(view.picture, view.name, *settings)

    def _segment_chosen(  # noqa: PLR0917 - the order of the event's inputs
        self,
        checkpoint: str,
        threshold: float,
        detail: float,
        method: str,
        language: str,
        event: gr.EventData,
    ) -> Iterator[Updates]:
        # Who clicks at once is faster than the event that tells the server the page's language.
        said = getattr(event, "language", None)
        language = said if said in LANGUAGES else language
        settings = checkpoint, threshold, detail, method, language
        yield from self._segment_example(event.name, *settings)

    def _segment_example(self, name: str | None, *settings: Any) -> Iterator[Updates]:
        example = examples().get(name)
        if example is None:
            # Gradio empties the outputs of a generator that yields nothing; and what a hasty
            # visitor has already been told must stay.
            yield gr.skip()
            return
        for updates in self._run(str(example.path), example.name, *settings):
            yield {**updates, self.example: name}

    def _run(  # noqa: PLR0917
        self,
        picture: str,
        name: str,
        checkpoint: str,
        threshold: float,
        detail: float,
        method: str,
        language: str,
    ) -> Iterator[Updates]:
        view = SegmentationRequest(picture, name, checkpoint, threshold, int(detail), method)
        panel, controls = self.panel, self.controls

        def work(stage: Callable[[str, dict], None]) -> tuple[Outcome, SegmentationRequest, dict]:
            outcome, used = segment_within_memory(self.service, view, stage)
            stage("draw", {})
            return outcome, used, panel_value(outcome, language)

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
            self.on_show: True,
            panel.status: "" if used == view else lowered_value(view, used),
            panel.notice: notice_value(self.service),
            panel.welcome: gr.update(visible=False),
            panel.shown: gr.update(visible=True),
            panel.viewer: value,
            **self._busy(False),
        }
        if outcome.stand_in_for:
            stand_in = outcome.checkpoint
            updates[self.view] = replace(
                view, checkpoint=stand_in.name, detail=stand_in.default_detail
            )
            updates[controls.checkpoint] = gr.update(
                value=stand_in.name, choices=checkpoint_choices(self.service, language)
            )
            updates[controls.detail] = stand_in.default_detail
        elif used != view:
            updates[controls.detail] = used.detail
        yield updates
        # Gradio sends what is yielded last a second time, when the event ends: the result is not
        # part of it. All else is, since Gradio's browser part changes what it has not yet shown.
        yield {output: new for output, new in updates.items() if output is not panel.viewer}

    def _busy(self, busy: bool) -> Updates:
        return {
            self.controls.segment: gr.update(interactive=not busy),
            self.controls.stop: gr.update(interactive=busy),
        }

    def _failed(self, error: UserError | None) -> Updates:
        return {self.panel.status: error_value(error), **self._busy(False)}

    def _stopped(self) -> Updates:
        return {self.panel.status: stopped_value(), **self._busy(False)}


def require_view(view: SegmentationRequest | None, on_show: bool = True) -> SegmentationRequest:
    """Return the view on show.

    Args:
        view: as the server knows it.
        on_show: whether the browser shows a result.

    Raises:
        UserError: there is none, it is forgotten, or it is a frame of the live camera.
    """
    if view is None:
        raise UserError("image_forgotten" if on_show else "image_none")
    if view == LIVE:
        raise UserError("image_live")
    return view


def problem(message: str) -> gr.Error:
    """Return the error that shows a sentence to a person and keeps it out of the log."""
    return gr.Error(message, print_exception=False, title="")
