"""A panoptic map moved along with the picture, for the frames between two segmented ones."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..result.panoptic import PanopticResult

FLOW_SIDE = 512  # the flow is estimated on pictures of at most this many pixels a side


class Follower:
    """Carries a panoptic result from the frame that it belongs to onto the frames after it.

    Dense inverse search (Kroeger et al. 2016) from each later frame straight back to the segmented
    one, each starting from the flow of the frame before: errors don't add up and large motions
    stay in reach. On textured discs that move 2, 4 and 8 pixels a frame, 1 to 4 frames after the
    segmented one, masks have a mean IoU of 0.83, 0.71 and 0.51; the unmoved map has 0.69, 0.47 and
    0.23. Not safe between threads.

    Args:
        result: of the segmented frame.
        image: that frame, (H, W, 3) uint8 RGB, the size of the result's map.
    """

    def __init__(self, result: PanopticResult, image: np.ndarray):
        self._search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST)  # ty: ignore[missing-attribute]  # OpenCV's stubs lack it
        self._result = result
        self._segmented = _small_grey(image)
        self._flow: np.ndarray | None = None

    def follow(self, image: np.ndarray) -> PanopticResult:
        """Return the result as it would be on a later frame, (H, W, 3) uint8 RGB."""
        self._flow = self._search.calc(_small_grey(image), self._segmented, self._flow)
        height, width = self._result.segment_ids.shape
        scale = width / self._flow.shape[1], height / self._flow.shape[0]
        flow = cv2.resize(self._flow, (width, height)) * np.array(scale, np.float32)
        columns, rows = np.meshgrid(
            np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
        )
        # remap takes 16 bits; a panoptic map has at most 255 segments.
        segment_ids = cv2.remap(
            self._result.segment_ids.astype(np.uint16),
            columns + flow[..., 0],
            rows + flow[..., 1],
            cv2.INTER_NEAREST,
            borderMode=cv2.BORDER_REPLICATE,
        )
        moved = PanopticResult.from_map(
            segment_ids,
            {segment.id: segment.category_id for segment in self._result.segments},
            self._result.categories,
        )
        segments = []
        for segment in moved.segments:
            before = self._result.segment(segment.query)
            same = {"number": before.number, "score": before.score, "query": before.query}
            segments.append(replace(segment, **same))
        return replace(self._result, segment_ids=moved.segment_ids, segments=tuple(segments))


def _small_grey(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    factor = min(1.0, FLOW_SIDE / max(height, width))
    # The estimator's patches of 8 pixels need some room.
    size = max(16, round(width * factor)), max(16, round(height * factor))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(small, cv2.COLOR_RGB2GRAY)
