"""What happens on the page: every tab's picture goes through ``Workspace.segment_on``.

A visitor's state on the server is the ``View`` on show and the selected segment; images and results
come back from the caches, so a new threshold, a download or a language needs no network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import gradio as gr

from ..catalogue import CATALOGUE
from ..messages import UserError
from .controls import (
    LEAST_DETAIL,
    LEAST_THRESHOLD,
    MOST_DETAIL,
    MOST_THRESHOLD,
    Controls,
    checkpoint_choices,
)
from .downloads import TAKE_FILE, make_file
from .examples import ExampleCards, examples
from .header import Header, header_value
from .i18n import label, text
from .job import Job
from .result_panel import (
    ResultPanel,
    error_value,
    notice_value,
    panel_value,
    stage_value,
    stopped_value,
    welcome_value,
)
from .service import Outcome, Service, View

logger = logging.getLogger(__name__)

NETWORK = {"concurrency_id": "network", "concurrency_limit": 1}
"""Events that run the network: one at a time, whichever tab they come from."""

QUICK = {"concurrency_id": "quick", "concurrency_limit": 4}
"""Events that live on what is kept: they never wait behind the network."""

QUIET = {"show_progress": "hidden", "api_visibility": "private"}

Updates = dict[Any, Any]


@dataclass(frozen=True)
class Workspace:
    """The shared parts of the page and a visitor's state.

    Attributes:
        service: what segments.
        header, controls, panel: components.
        language: state, "en" or "es".
        view: state, the ``View`` on show or None.
        selected: state, id of the selected segment or None.
        example: name of the example on show, known to the browser for the link.
        address: what the page's address asks for.
        timer: looks at the checkpoint's state until it is settled.
        tabs: each with the key of its label.
    """

    service: Service
    header: Header
    controls: Controls
    panel: ResultPanel
    language: gr.State
    view: gr.State
    selected: gr.State
    example: gr.Textbox
    address: gr.JSON
    timer: gr.Timer
    tabs: list[tuple[gr.Tab, str]] = field(default_factory=list)

    @property
    def outputs(self) -> list[Any]:
        """What a segmenting event may update."""
        controls, panel = self.controls, self.panel
        return [
            self.header,
            self.view,
            self.selected,
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
        self._run_on(trigger, self._segment, [source or self.view])

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
            trigger_mode="multiple",
            api_visibility="private",
        )
        self.controls.stop.click(
            self._stopped, None, self.outputs, cancels=[event], queue=False, **QUIET
        )

    def open_on(self, load: Callable) -> None:
        """Set the page up as its address asks, when it is opened."""
        controls, panel = self.controls, self.panel
        opened = load(
            self._open,
            self.address,
            [
                self.address,
                self.language,
                self.header,
                panel.notice,
                *controls.settings,
                self.timer,
                *self._welcome_cards,
                controls.folded,
            ],
            js="() => [window.detr.address()]",
            **QUICK,
            **QUIET,
        )
        self._run_on(opened.then, self._segment_addressed, [self.address])
        self.timer.tick(
            self._refresh,
            [self.controls.checkpoint, self.language],
            [self.header, panel.notice, controls.checkpoint, self.timer, *self._welcome_cards],
            **QUICK,
            **QUIET,
        )

    @property
    def _welcome_cards(self) -> list[ExampleCards]:
        return [self.panel.welcome_cards] if self.panel.welcome_cards else []

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

    def connect(self) -> None:
        """Connect the settings, the viewer and the header; the tabs connect themselves."""
        controls, panel = self.controls, self.panel
        self.segment_on(controls.segment.click)
        if panel.welcome_cards:
            self.choose_example_on(panel.welcome_cards.choose)
        gr.on(
            [controls.threshold.input, controls.method.input],
            self._refine,
            [self.view, controls.threshold, controls.method, self.language],
            [self.view, self.selected, panel.viewer, panel.status],
            trigger_mode="always_last",
            **QUICK,
            **QUIET,
        )
        panel.viewer.lower_threshold(
            self._lower_threshold,
            [self.view, self.language],
            [self.view, self.selected, panel.viewer, panel.status, controls.threshold],
            **QUICK,
            **QUIET,
        )
        panel.viewer.segment_select(_selected, None, self.selected, queue=False, **QUIET)
        controls.checkpoint.input(
            lambda name: self.service.find(name).default_detail,
            controls.checkpoint,
            controls.detail,
            queue=False,
            **QUIET,
        )
        self.header.change_language(
            self._change_language,
            self.view,
            [
                self.language,
                controls.checkpoint,
                panel.viewer,
                *[tab for tab, _ in self.tabs],
            ],
            **QUICK,
            **QUIET,
        )
        controls.copy_link.click(
            None,
            [controls.checkpoint, controls.threshold, controls.detail, self.example],
            None,
            js="""(checkpoint, threshold, detail, example) =>
                window.detr.copyLink({ checkpoint, threshold, detail, example: example || null })
            """,
        )
        for kind, button in panel.downloads.buttons.items():
            self._download_on(button.click, kind)
        self._download_on(panel.viewer.segment_cutout, "cutout")

    # --- Segmenting

    def _segment(self, source: str | View | None, *settings: Any) -> Iterator[Updates]:
        """Segment an uploaded file, or what is on show with other settings."""
        if not source:
            yield self._failed(UserError("image_none"))
            return
        if isinstance(source, View):
            yield from self._run(source.picture, source.name, *settings)
            return
        for updates in self._run(source, Path(source).stem, *settings):
            yield {**updates, self.example: ""}

    def _segment_chosen(  # noqa: PLR0917 - the order of the event's inputs
        self,
        checkpoint: str,
        threshold: float,
        detail: float,
        method: str,
        language: str,
        event: gr.EventData,
    ) -> Iterator[Updates]:
        settings = checkpoint, threshold, detail, method, language
        yield from self._segment_example(event.name, *settings)

    def _segment_addressed(self, address: dict | None, *settings: Any) -> Iterator[Updates]:
        """Segment the example that a link names; nothing where it names none."""
        yield from self._segment_example((address or {}).get("example"), *settings)

    def _segment_example(self, name: str | None, *settings: Any) -> Iterator[Updates]:
        example = examples().get(name)
        if example is None:
            # Gradio empties the outputs of a generator that yields nothing.
            yield {self.panel.status: ""}
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
        view = View(picture, name, checkpoint, threshold, int(detail), method)
        panel, controls = self.panel, self.controls

        def work(stage: Callable[[str, dict], None]) -> tuple[Outcome, dict]:
            outcome = self.service.segment(view, stage)
            stage("draw", {})
            return outcome, panel_value(outcome, language)

        job = Job(work)
        for stage, values in job.stages():
            yield {
                panel.status: stage_value(stage, values),
                **self._busy(True),
            }
        try:
            outcome, value = job.result()
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
            self.view: view,
            self.selected: None,
            panel.status: "",
            panel.notice: notice_value(self.service),
            panel.welcome: gr.update(visible=False),
            panel.shown: gr.update(visible=True),
            panel.viewer: value,
            **self._busy(False),
        }
        if outcome.stand_in_for:
            used = outcome.checkpoint
            updates[self.view] = replace(view, checkpoint=used.name, detail=used.default_detail)
            updates[controls.checkpoint] = gr.update(
                value=used.name, choices=checkpoint_choices(self.service, language)
            )
            updates[controls.detail] = used.default_detail
        yield updates

    def _busy(self, busy: bool) -> Updates:
        return {
            self.controls.segment: gr.update(interactive=not busy),
            self.controls.stop: gr.update(interactive=busy),
        }

    def _failed(self, error: UserError | None) -> Updates:
        return {self.panel.status: error_value(error), **self._busy(False)}

    def _stopped(self) -> Updates:
        return {self.panel.status: stopped_value(), **self._busy(False)}

    # --- Opening the page

    def _open(self, address: dict | None) -> Updates:
        """Take language and settings from the address; what it gets wrong keeps its default."""
        address = address or {}
        language = "es" if address.get("language") == "es" else "en"
        checkpoint, _ = self.service.current()
        if address.get("checkpoint") in CATALOGUE:
            checkpoint = CATALOGUE[address["checkpoint"]]
        controls = self.controls
        return {
            self.address: address,
            # On a phone the picture and its result come first.
            controls.folded: gr.update(open=not address.get("narrow")),
            self.language: language,
            controls.threshold: _within(
                address.get("threshold"), LEAST_THRESHOLD, MOST_THRESHOLD, 0.85
            ),
            controls.detail: int(
                _within(address.get("detail"), LEAST_DETAIL, MOST_DETAIL, checkpoint.default_detail)
            ),
            controls.method: "reference" if address.get("method") == "reference" else "paper",
            **self._refresh(checkpoint.name, language),
        }

    def _refresh(self, chosen: str, language: str) -> Updates:
        """Tell the checkpoint's state; look again until it is loaded or known to be missing."""
        checkpoint, missed = self.service.current()
        settled = missed is not None or self.service.state(checkpoint) == "loaded"
        return {
            self.header: header_value(self.service),
            self.panel.notice: notice_value(self.service),
            self.controls.checkpoint: gr.update(
                choices=checkpoint_choices(self.service, language), value=chosen
            ),
            self.timer: gr.update(active=not settled),
            **(
                {cards: welcome_value(self.service) for cards in self._welcome_cards}
                if settled
                else {}
            ),
        }

    # --- From what is kept

    def _again(self, view: View, language: str) -> tuple[Outcome, dict]:
        outcome = self.service.segment(view)
        return outcome, panel_value(outcome, language)

    def _refine(self, view: View | None, threshold: float, method: str, language: str) -> Updates:
        if view is None:
            return {self.panel.status: ""}
        view = replace(view, threshold=threshold, method=method)
        try:
            _, value = self._again(view, language)
        except UserError as error:
            return {self.panel.status: error_value(error)}
        return {
            self.view: view,
            self.selected: None,
            self.panel.viewer: value,
            self.panel.status: "",
        }

    def _lower_threshold(self, view: View | None, language: str, event: gr.EventData) -> Updates:
        if view is None:
            return {self.panel.status: ""}
        threshold = max(0.5, min(0.99, float(event.threshold)))
        updates = self._refine(view, threshold, view.method, language)
        return {**updates, self.controls.threshold: threshold}

    def _change_language(self, view: View | None, event: gr.EventData) -> Updates:
        language = "es" if event.language == "es" else "en"
        updates: Updates = {
            self.language: language,
            self.controls.checkpoint: gr.update(choices=checkpoint_choices(self.service, language)),
            # The strip of tabs does not follow the browser's language by itself.
            **{tab: gr.update(label=text(key, language)) for tab, key in self.tabs},
        }
        if view is not None:
            try:
                updates[self.panel.viewer] = self._again(view, language)[1]
            except UserError:
                logger.info("The result on show stays in the language it was made in")
        return updates

    # --- Downloads

    def _download_on(self, trigger: Callable, kind: str) -> None:
        def make(
            view: View | None, selected: int | None, language: str, event: gr.EventData
        ) -> str:
            asked = getattr(event, "id", None) if kind == "cutout" else None
            return self._make(kind, view, asked or selected, language)

        file = self.panel.downloads.file
        trigger(make, [self.view, self.selected, self.language], file, **QUICK, **QUIET).success(
            None, file, None, js=TAKE_FILE
        )

    def _make(self, kind: str, view: View | None, selected: int | None, language: str) -> str:
        if view is None:
            raise problem(UserError("image_none").message(language))
        if kind == "cutout" and not selected:
            raise problem(text("select_first", language))
        try:
            outcome = self.service.segment(view)
            return make_file(
                kind,
                outcome,
                self.panel.downloads.file.GRADIO_CACHE,
                name=view.name,
                language=language,
                segment_id=selected,
            )
        except UserError as error:
            raise problem(error.message(language)) from None
        except Exception as error:
            logger.exception("A download could not be made")
            raise problem(text("unexpected", language)) from error


def problem(message: str) -> gr.Error:
    """Return the error that shows a sentence to a person and keeps it out of the log."""
    return gr.Error(message, print_exception=False, title="")


def _selected(event: gr.EventData) -> int | None:
    return event.id


def _within(value: Any, least: float, most: float, default: float) -> float:
    try:
        return max(least, min(most, float(value)))
    except (TypeError, ValueError):
        return default
