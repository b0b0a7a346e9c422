"""What the page's parts share: components, a visitor's state, and how their events run.

A visitor's state on the server is the ``SegmentationRequest`` on show and the selected segment;
images and results come back from the caches, so a new threshold, a download or a language needs no
network.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ..messages import UserError
from ..service import SegmentationRequest, Service
from .address import request_from
from .i18n import PageLanguage, label
from .panel.controls import Controls
from .panel.examples import ExampleCards
from .panel.header import Header
from .panel.picture_input import PictureInput
from .panel.result_panel import (
    ResultPanel,
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
