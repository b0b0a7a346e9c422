"""The options of a result. Light to import: the command line's help names them."""

from __future__ import annotations

from numbers import Real
from typing import Literal, get_args

from ..messages import UserError

Method = Literal["paper", "reference"]
METHODS: tuple[Method, ...] = get_args(Method)

THRESHOLD = 0.85
"""Least score of a segment in the published results (paper, section 4.4.1)."""

MIN_THRESHOLD = 0.5
"""Predictions end here: above it, no other category of the same query can be more likely."""


OWN_FORMATS = ("overlay", "panoptic", "json", "csv")
"""What ``segment`` writes if it isn't told: overlay, COCO panoptic's PNG and JSON, the legend."""

EXPORT_FORMATS = ("coco", "yolo", "semantic", "label-studio", "labelme", "cvat", "geojson")
"""Formats of other tools, as ``formats.FORMATS`` has them."""

BATCH_FORMAT = "parquet"
"""Rows of many pictures in shards, in place of files of each: ``batch.rows`` has the columns."""

BESIDE_FORMATS = ("overlay", "panoptic")
"""What may be asked for together with it: a PNG of each picture beside the shards."""


def require_options(threshold: object, method: object) -> None:
    """Accept a threshold of 0.5..1 and a known method.

    Raises:
        UserError: one of them is something else.
    """
    if (
        not isinstance(threshold, Real)
        or isinstance(threshold, bool)
        or not MIN_THRESHOLD <= float(threshold) <= 1
    ):
        value = repr(threshold)[:40]  # anybody may have sent anything
        raise UserError("threshold_out_of_range", least=MIN_THRESHOLD, value=value)
    if method not in METHODS:
        value = repr(method)[:40]
        raise UserError("method_unknown", value=value, methods=", ".join(METHODS))
