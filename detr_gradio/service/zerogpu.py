"""ZeroGPU adapter: on ZeroGPU Spaces a decorated function runs in a forked process.

Arguments and results are pickled across, so only CPU data passes: a picture in, predictions out.
What the function leaves in memory is lost, which is why the predictions' cache stays on this side.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from ..model.attention_record import AttentionRecord
    from ..result.predictions import QueryPredictions
    from ..segmenter import Segmenter

GPU_SECONDS = 15
"""What one call asks for: visitors have a daily quota, and short calls go first."""


@lru_cache(maxsize=8)  # one for each segmenter: it keeps the predictions
def with_zerogpu(segmenter: Segmenter) -> Segmenter:
    """Return a segmenter that borrows a GPU for each picture; the same one where none is lent."""
    try:
        import spaces  # noqa: PLC0415 - only Spaces have it
    except ImportError:
        return segmenter
    network: Any = _ZeroGpuNetwork(
        segmenter.network, spaces.GPU
    )  # has what a Segmenter needs of it
    return type(segmenter)(segmenter.checkpoint, network)


class _ZeroGpuNetwork:
    """A network whose predictions are made where the GPU is."""

    def __init__(self, network, lend):
        self.input_size = network.input_size
        self._predict = lend(duration=GPU_SECONDS)(network.predict)
        self._record = lend(duration=GPU_SECONDS)(network.record)

    def predict(self, rgb: np.ndarray, detail: int | None = None) -> QueryPredictions:
        """Predict as ``network.Network.predict`` does."""
        return self._predict(rgb, detail)

    def record(self, rgb: np.ndarray, detail: int | None = None) -> AttentionRecord:
        """Record as ``network.Network.record`` does."""
        return self._record(rgb, detail)
