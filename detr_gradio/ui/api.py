"""The endpoints for programs: ``/segment``, ``/checkpoints`` and ``/categories``.

The same functions are the MCP tools; their docstrings are written for an agent that has read
nothing else. Gradio passes on one line of each parameter and joins the lines of what is returned
with commas.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from ..checkpoints.catalogue import CATALOGUE
from ..checkpoints.categories import categories_of
from ..isolation.priority import give_way
from ..messages import UserError
from ..result.exports import segments_json
from ..result.options import THRESHOLD
from ..service import SegmentationRequest, Service
from .i18n import language_of, text
from .panel.downloads import make_file
from .panel.picture_input import PictureInput
from .workspace import NETWORK, QUICK, problem

logger = logging.getLogger(__name__)


class NumberInput(gr.Number):
    """A ``gr.Number`` whose value is what was sent, so that the answer can say what is wrong."""

    is_template = True  # the browser's part is that of gr.Number

    def preprocess(self, payload) -> object:  # ty: ignore[incompatible-method-override]  # the value is of another type
        """Return what was sent."""
        return payload


def build_api(service: Service) -> None:
    """Add the endpoints to the present ``gr.Blocks``; nothing of them is seen on the page."""
    with gr.Column(visible=False):
        image = PictureInput(type="filepath", label="image")
        checkpoint = gr.Textbox(label="checkpoint")
        threshold = NumberInput(THRESHOLD, label="threshold")
        detail = NumberInput(None, precision=0, label="detail")
        method = gr.Textbox("paper", label="method")
        overlay = gr.File(label="overlay")
        segments = gr.JSON(label="segments")
        panoptic = gr.File(label="panoptic")
        trigger = gr.Button()
        listing = gr.JSON(label="checkpoints")
        categories = gr.JSON(label="categories")
    trigger.click(
        segment_with(service),
        [image, checkpoint, threshold, detail, method],
        [overlay, segments, panoptic],
        api_name="segment",
        **NETWORK,
    )
    trigger.click(checkpoints_of(service), None, listing, api_name="checkpoints", **QUICK)
    trigger.click(
        categories_with(service), [checkpoint], categories, api_name="categories", **QUICK
    )


def segment_with(service: Service) -> Callable[..., tuple[str, dict[str, Any], str]]:
    """Return the function of ``/segment``."""

    def segment(  # noqa: D417, PLR0917 - the order is the endpoint's; the request is not sent
        image: str | None,
        checkpoint: str | None = None,
        threshold: float = THRESHOLD,
        detail: int | None = None,
        method: str = "paper",
        request: gr.Request | None = None,
    ) -> tuple[str, dict[str, Any], str]:
        """Find every thing and region of a picture: panoptic segmentation with DETR.

        Each pixel gets one segment or none. A segment is a countable thing (a person, a dog, a
        car) or a region of stuff (sky, grass, wall), of a category that the checkpoint knows:
        one of COCO's 133 panoptic ones, or its own.

        Args:
            image: the picture: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF or HEIC.
            checkpoint: a name that list_checkpoints gives; empty for the one the app has at hand.
            threshold: least confidence of a segment, from 0.5 to 1; lower finds more.
            detail: shorter side in pixels for the network, 64 to 1333; more is slower and finer.
            method: "paper" joins stuff and fills gaps, "reference" is what DETR's own code does.

        Returns:
            the picture with the segments drawn on it (PNG file)
            the segments as JSON: width, height, checkpoint, timings in seconds
            and of each segment id, category_id, label, is_thing, score (0 to 1), area in pixels
            area_fraction, bbox (x, y, width, height) and rle (the mask in COCO's run lengths)
            the map of ids in COCO's panoptic PNG format (R + 256 G + 65536 B, 0 for void).
        """
        give_way()
        language = _language(request)
        try:
            if not image:
                raise UserError("image_none")
            view = SegmentationRequest(
                picture=image,
                name=Path(image).stem,
                checkpoint=checkpoint or None,
                threshold=threshold,
                detail=_as_integer(detail),
                method=method,
            )
            outcome = service.segment(view)
            files = [
                make_file(kind, outcome, name=view.name, language=language)
                for kind in ("overlay", "coco_png")
            ]
        except UserError as error:
            raise problem(error.message(language)) from None
        except gr.Error:
            raise
        except Exception as error:
            logger.exception("The endpoint failed")
            raise problem(text("unexpected", language)) from error
        return files[0], segments_json(outcome.result), files[1]

    return segment


def _as_integer(number: object) -> Any:
    """Return a whole number as such, even if JSON made it 320.0; anything else as it is."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


def checkpoints_of(service: Service) -> Callable[[], list[dict[str, Any]]]:
    """Return the function of ``/checkpoints``."""

    def list_checkpoints() -> list[dict[str, Any]]:
        """List the networks that segment can use.

        Returns:
            of each its name, title, license, size_mb, default_detail in pixels
            panoptic quality on COCO out of 100 (pq, pq_things, pq_stuff; null: not published)
            and state: "ready", "download" (fetched at the first use) or "unreachable".
        """
        return [
            {
                "name": checkpoint.name,
                "title": checkpoint.title,
                "pq": checkpoint.pq,
                "pq_things": checkpoint.pq_things,
                "pq_stuff": checkpoint.pq_stuff,
                "size_mb": checkpoint.size_mb,
                "license": checkpoint.license,
                "default_detail": checkpoint.default_detail,
                "state": "ready" if (state := service.state(checkpoint)) == "loaded" else state,
            }
            for checkpoint in CATALOGUE.values()
        ]

    return list_checkpoints


def categories_with(service: Service) -> Callable[..., list[dict[str, Any]]]:
    """Return the function of ``/categories``."""

    def list_categories(  # noqa: D417 - the request is not sent
        checkpoint: str | None = None, request: gr.Request | None = None
    ) -> list[dict[str, Any]]:
        """List the categories that a checkpoint knows: COCO's 133 panoptic ones, or its own.

        Args:
            checkpoint: a name that list_checkpoints gives; empty for the one the app has at hand.

        Returns:
            For each its id, the data set's name, label (short, English), label_es (Spanish),
            is_thing (null: not known), and the color it is drawn in, as [red, green, blue].
        """
        try:
            chosen = service.find(checkpoint) if checkpoint else service.current()[0]
            categories = categories_of(chosen)
        except UserError as error:
            raise problem(error.message(_language(request))) from None
        return [
            {
                "id": category.id,
                "name": category.name,
                "label": category.name_en,
                "label_es": category.name_es,
                "is_thing": category.is_thing if categories.kinds_known else None,
                "color": list(category.color),
            }
            for category in categories.table
        ]

    return list_categories


def _language(request: gr.Request | None) -> str:
    return language_of(request.headers.get("accept-language") if request else None)
