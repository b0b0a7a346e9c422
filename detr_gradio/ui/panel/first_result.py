"""The result that the page opens on, read from files: it needs no network and no checkpoint."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...checkpoints.catalogue import CATALOGUE, TOY_SCENES
from ...images import load_image
from ...messages import LANGUAGES
from ...result.coco import COCO
from ...result.panoptic import PanopticResult
from ...service import SegmentationRequest
from ..pictures import picture_address
from ..viewer import viewer_value
from .examples import FOLDER as EXAMPLES

FOLDER = Path(__file__).parents[2] / "first_result"

REQUEST = SegmentationRequest(
    str(EXAMPLES / "scene-bear.jpg"),
    "bear",
    TOY_SCENES,
    detail=CATALOGUE[TOY_SCENES].default_detail,
)
"""What makes it again, with another threshold for example; nobody has asked for it."""


@cache
def first_result() -> PanopticResult:
    """Return the result, as the checkpoint gave it when its files were made."""
    told = json.loads((FOLDER / "result.json").read_text(encoding="utf-8"))
    ids = np.asarray(Image.open(FOLDER / "map.png"))
    known = {each["id"]: each for each in told["segments"]}
    drawn = PanopticResult.from_map(ids, {id_: known[id_]["category_id"] for id_ in known}, COCO)
    # ``query`` is the value in the map; its ids are ordered by area already.
    segments = tuple(
        replace(each, score=known[each.query]["score"], query=known[each.query]["query"])
        for each in drawn.segments
    )
    return replace(
        drawn,
        segments=segments,
        checkpoint=told["checkpoint"],
        threshold=told["threshold"],
        input_size=tuple(told["input_size"]),
    )


def is_first(request: SegmentationRequest) -> bool:
    """Return whether a request is that of the result that the page opens on, or a variant."""
    return (request.picture, request.name) == (REQUEST.picture, REQUEST.name)


@cache
def first_value(*, sure: bool = False) -> dict[str, Any]:
    """Return the viewer's value of the result, by language.

    Args:
        sure: whether it is shown although the page's address names something else.
    """
    picture = FOLDER / "picture.webp"
    shown = {"address": picture_address(picture.read_bytes(), "webp")}
    image = load_image(picture)
    return {
        "sure": sure,
        "by_language": {
            language: {
                **viewer_value(
                    image,
                    first_result(),
                    language,
                    title=CATALOGUE[TOY_SCENES].title,
                    actions=("why", "cutout", "correct"),
                    picture=shown,
                ),
                "opening": True,
            }
            for language in LANGUAGES
        },
    }
