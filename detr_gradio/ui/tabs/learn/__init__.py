"""The pages that explain: how DETR segments, what panoptic means, and how to train one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from ....images import load_image
from ....messages import UserError
from ....service import SegmentationRequest
from ....service.job import Job
from ...i18n import label
from ...panel.examples import examples, suited_examples
from ...panel.result_panel import error_value, stage_value
from ...pictures import later
from ...scripts import bundle
from ...workspace import LIVE, NETWORK, Workspace
from .curve import curve, read_log
from .explain import step_figures, task_figures
from .figures import FORMULA, figure, pipeline, row
from .own import own_checkpoint
from .scene import scene

logger = logging.getLogger(__name__)

_HERE = Path(__file__).parent
SHOWN_SCENES = 4


def how_page(figures: dict[str, str] | None = None) -> str:
    """Return the page on DETR, with the figures of its steps if there are any."""
    page = _read("how.html").replace("<!--pipeline-->", pipeline())
    for step, html in (figures or {}).items():
        page = page.replace(f"<!--figure:{step}-->", html)
    return page


def panoptic_page(tasks: str | None = None) -> str:
    """Return the page on panoptic segmentation; of the drawn scene if no figures are given."""
    page = _read("panoptic.html").replace("<!--formula-->", FORMULA)
    return page.replace("<!--figure:tasks-->", tasks or task_figures(*scene(), of_page=True))


def train_page(own: str = "") -> str:
    """Return the page on training, with the learning curve of the embedded checkpoint.

    Args:
        own: HTML on the app's checkpoint, where it is somebody's own.
    """
    scenes = [example for example in examples().values() if example.name.startswith("scene-")]
    shown = row(
        *(
            figure(
                load_image(example.path),
                (example.title["en"], example.title["es"]),
                of_page=True,
            )
            for example in scenes[:SHOWN_SCENES]
        )
    )
    page = _read("train.html").replace("<!--figure:scenes-->", shown if scenes else "")
    page = page.replace("<!--own-->", own)
    return page.replace("<!--figure:curve-->", curve(read_log()))


def build(workspace: Workspace) -> None:
    """Build the tab in the present ``gr.Tabs``."""
    with workspace.tab("learn", wide=True), gr.Tabs(elem_id="learn-tabs"):
        with workspace.tab("how"):
            show = gr.Button(label("learn_show"), variant="primary", elem_id="learn-show")
            status = gr.HTML("", elem_id="learn-status", apply_default_css=False)
            how = _part(how_page(), "how")
            _laboratory("matching")
            _part(_read("results.html"), "results")
        with workspace.tab("panoptic"):
            panoptic = _part(panoptic_page(), "panoptic")
            _laboratory("playground")
        with workspace.tab("train"):
            _part(train_page(own_checkpoint(workspace.service)), "train")

    def explain(view: SegmentationRequest | None) -> Iterator[dict]:
        yield from _explain(workspace, view, (status, how, panoptic))

    show.click(
        explain,
        workspace.view,
        [status, how, panoptic],
        **NETWORK,
        show_progress="minimal",
        show_progress_on=[status],
        api_visibility="private",
    )


def _part(html: str, name: str) -> gr.HTML:
    return gr.HTML(
        later(html),
        js_on_load=bundle("ui/part.js"),
        elem_id=f"learn-{name}",
        apply_default_css=False,
    )


def _laboratory(name: str) -> gr.HTML:
    return gr.HTML(
        value="",
        html_template=_read(f"{name}.html"),
        js_on_load=bundle(f"ui/tabs/learn/{name}.js"),
        elem_id=f"learn-{name}",
        apply_default_css=False,
    )


def _explain(
    workspace: Workspace,
    view: SegmentationRequest | None,
    outputs: tuple[gr.HTML, gr.HTML, gr.HTML],
) -> Iterator[dict]:
    """Show each step with the picture on show, or with the first example where there is none."""
    status, how, panoptic = outputs
    if view in (None, LIVE):
        suited = suited_examples(workspace.service.expected().name)
        if not suited:
            yield {status: error_value(UserError("image_none"))}
            return
        view = SegmentationRequest(str(suited[0].path), suited[0].name)

    def work(stage) -> tuple[dict[str, str], str]:
        outcome, predictions, record = workspace.service.explain(view, stage)
        figures = step_figures(outcome.image, outcome.result, predictions, record)
        return figures, task_figures(outcome.image, outcome.result)

    job = Job(work)
    for stage, values in job.stages():
        yield {status: stage_value(stage, values)}
    try:
        figures, tasks = job.result()
    except UserError as error:
        yield {status: error_value(error)}
    except Exception:
        logger.exception("A picture could not be explained")
        yield {status: error_value(None)}
    else:
        yield {status: "", how: how_page(figures), panoptic: panoptic_page(tasks)}


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


__all__ = ["build", "how_page", "panoptic_page", "train_page"]
