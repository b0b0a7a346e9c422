"""What segments one picture after another: the same in a process here and on a Ray cluster."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..checkpoints import catalogue
from ..images import ImageError
from ..limits import limits, variable
from ..messages import UserError
from ..model.precision import Precision
from ..result.options import Method

if TYPE_CHECKING:
    import numpy as np

    from .rows import Row

# Another picture may be small enough.
_OF_ONE_PICTURE = ("image_memory", "network_memory")


@dataclass(frozen=True)
class BatchOptions:
    """How each picture is segmented.

    Attributes:
        checkpoint: as for ``load_segmenter``.
        threshold, detail, method, precision: as for ``Segmenter.segment``.
        language: of the errors' sentences.
        place: where the results go.
        beside: of "overlay" and "panoptic", the files that are written for each picture too.
    """

    checkpoint: str | Path
    threshold: float
    detail: int | None
    method: Method
    precision: Precision
    language: str
    place: str
    beside: tuple[str, ...] = ()


def of_one_picture(error: Exception, also: tuple[str, ...] = ()) -> UserError:
    """Return what to tell of one picture.

    Args:
        error: what was raised for it.
        also: more keys of problems that the other pictures needn't have.

    Raises:
        UserError: `error`, where it would meet the other pictures too.
    """
    if not isinstance(error, UserError):
        return UserError("cli_picture_failed", reason=f"{type(error).__name__}: {error}"[:200])
    if not isinstance(error, ImageError) and error.key not in (*_OF_ONE_PICTURE, *also):
        raise error
    return error


def opened(uri: str) -> tuple[np.ndarray | UserError, float]:
    """Return a picture as ``load_image`` does, or what is wrong with it; and how many seconds."""
    from .storage import load_picture  # noqa: PLC0415 - pyarrow is an optional part

    start = time.perf_counter()
    try:
        picture = load_picture(uri)
    except Exception as error:  # whatever a picture does, the others go on
        picture = of_one_picture(error)
    return picture, time.perf_counter() - start


def network_bytes(checkpoint: str | Path) -> int:
    """Return the memory that a process with a network is given, from the size of its weights.

    DETR with ResNet-101 takes 1.9 GB for 640 x 480 pixels, with weights of 0.25 GB.
    """
    known = catalogue.find(checkpoint)
    size = (known.size_mb or 250) * 1e6
    if known.folder is not None:
        size = catalogue.weights_state(known)[0]
    return int(500e6 + 6 * size)


class PictureWorker:
    """A network and what makes rows with it.

    Args:
        options: how.
        threads: of the processor, that the network computes with.

    Raises:
        CheckpointUnavailable: the checkpoint can't be had.
    """

    def __init__(self, options: BatchOptions, threads: int):
        # No picture comes twice: nothing is kept for a second threshold.
        os.environ[variable("cache_bytes")] = "0"
        limits.cache_clear()
        from ..model.device import use_threads  # noqa: PLC0415 - torch takes seconds to import
        from ..segmenter import load_segmenter  # noqa: PLC0415
        from .results import Results  # noqa: PLC0415

        use_threads(threads)
        self._options = options
        self._segmenter = load_segmenter(options.checkpoint, precision=options.precision)
        Results(options.place).keep_categories(self._segmenter.categories)

    def row(self, name: str, uri: str, picture: np.ndarray | UserError, loading: float) -> Row:
        """Return the row of a picture.

        Args:
            name: its id.
            uri: where it is.
            picture: what ``opened`` returned.
            loading: the seconds that took.

        Raises:
            UserError: what no picture of the run would be spared.
        """
        from .beside import write_beside  # noqa: PLC0415 - pyarrow is an optional part
        from .rows import error_row, result_row  # noqa: PLC0415

        try:
            if isinstance(picture, UserError):
                raise picture
            result = self._segmenter.segment(
                picture,
                threshold=self._options.threshold,
                detail=self._options.detail,
                method=self._options.method,
                loaded=True,
            )
            for kind in self._options.beside:
                write_beside(self._options, kind, name, picture, result)
            return result_row(name, uri, result, self._segmenter.checkpoint, loading)
        except Exception as error:
            return error_row(name, uri, of_one_picture(error), self._options.language)
