"""A result in the shape that transformers gives it."""

from __future__ import annotations

from typing import Any

import torch

from ..result.panoptic import PanopticResult


def transformers_result(result: PanopticResult) -> dict[str, Any]:
    """Return what ``post_process_panoptic_segmentation`` of transformers returns of a picture.

    Args:
        result: of the picture.

    Returns:
        ``segmentation``, an (H, W) int32 tensor of segment ids, 0 for void, and ``segments_info``,
        a list of id, label_id, was_fused and score.
    """
    labels = dict(zip(result.categories, result.categories.labels, strict=True))
    return {
        "segmentation": torch.tensor(result.segment_ids),
        "segments_info": [
            {
                "id": segment.id,
                "label_id": labels[segment.category_id],
                "was_fused": not segment.is_thing,
                "score": round(segment.score, 6),
            }
            for segment in result.segments
        ],
    }
