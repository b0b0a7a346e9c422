"""A result that a person has corrected: the map that the browser sends, read and made a result.

The file is deflated little-endian words of 32 bits, as ``ui/viewer/corrected_file.js`` writes them.
Anybody may have written it, so nothing is believed of it before it is counted.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np

from ..messages import UserError
from .ownership import MAX_QUERIES
from .panoptic import PanopticResult, Segment

MAX_FILE_BYTES = 8_000_000
"""Of a corrected map's file."""

MAX_RUNS = 4_000_000
"""Of a corrected map: 32 MB of words."""

_MAGIC = 0x31544544  # "DET1"
_HEAD = 6  # words: magic, fingerprint, width, height, segments, runs
_MAX_WORDS = _HEAD + 3 * MAX_QUERIES + 2 * MAX_RUNS


def fingerprint(result: PanopticResult) -> int:
    """Return 32 bits that tell what the network said, so that no correction meets another result.

    Args:
        result: the network's, uncorrected.
    """
    height, width = result.segment_ids.shape
    said = [width, height, *result.categories]
    for segment in result.segments:
        said += [segment.query, segment.category_id]
    return zlib.crc32(repr(said).encode())


def corrected(result: PanopticResult, content: bytes) -> PanopticResult:
    """Return a result with the map and the segments that a person has made of it.

    A segment of the category that its query was given keeps the query's score; any other one has
    the score 1, and ``query`` -1 where no query stands behind it.

    Args:
        result: the network's, uncorrected.
        content: of the file that the browser has sent.

    Raises:
        UserError: it is no corrected map, or one of another result.
    """
    words = _words(content)
    shape = result.segment_ids.shape
    head = words[:_HEAD].astype(np.int64).tolist()
    if len(head) != _HEAD or head[:4] != [_MAGIC, fingerprint(result), shape[1], shape[0]]:
        raise UserError("correction_unfit")
    count, runs_count = head[4:]
    if count > MAX_QUERIES or len(words) != _HEAD + 3 * count + 2 * runs_count:
        raise UserError("correction_unfit")
    table = words[_HEAD : _HEAD + 3 * count].reshape(count, 3)
    lengths, ids = words[_HEAD + 3 * count :].reshape(runs_count, 2).T
    if lengths.sum(dtype=np.uint64) != result.segment_ids.size or (ids > count).any():
        raise UserError("correction_unfit")
    segment_ids = ids.astype(np.int32).repeat(lengths).reshape(shape)
    segments = _segments(result, segment_ids, table.tolist())
    return replace(result, segment_ids=segment_ids, segments=segments)


def _words(content: bytes) -> np.ndarray:
    """Inflate a file, but no further than a corrected map can be."""
    if len(content) > MAX_FILE_BYTES:
        raise UserError("correction_unfit")
    inflating = zlib.decompressobj()
    try:
        data = inflating.decompress(content, 4 * _MAX_WORDS)
    except zlib.error:
        raise UserError("correction_unfit") from None
    if not inflating.eof or len(data) % 4:
        raise UserError("correction_unfit")
    return np.frombuffer(data, "<u4")


def _segments(
    result: PanopticResult, segment_ids: np.ndarray, table: list[list[int]]
) -> tuple[Segment, ...]:
    """Return the segments of a map whose ids are 1..N; the largest have to come first."""
    areas = np.bincount(segment_ids.ravel(), minlength=len(table) + 1)[1:]
    if (areas == 0).any() or (np.diff(areas) > 0).any():
        raise UserError("correction_unfit")
    boxes = _boxes(segment_ids, len(table))
    by_query = {segment.query: segment for segment in result.segments}
    counts: dict[int, int] = {}
    segments = []
    for index, (label, query_word, hand_made) in enumerate(table):
        query = query_word - 1
        if label >= len(result.categories.table) or (query >= 0 and query not in by_query):
            raise UserError("correction_unfit")
        category = result.categories.table[label]
        said = by_query.get(query)
        counts[category.id] = counts.get(category.id, 0) + 1
        segments.append(
            Segment(
                id=index + 1,
                category=category,
                number=counts[category.id],
                score=said.score if said and said.category == category else 1.0,
                area=int(areas[index]),
                area_fraction=float(areas[index] / segment_ids.size),
                bbox=boxes[index],
                query=query,
                hand_made=bool(hand_made),
            )
        )
    return tuple(segments)


def _boxes(segment_ids: np.ndarray, count: int) -> list[tuple[int, int, int, int]]:
    """Return (x, y, width, height) of each of the ids 1..count, all of which have pixels."""
    height, width = segment_ids.shape
    left, right = np.full(count + 1, width), np.zeros(count + 1, int)
    top, bottom = np.full(count + 1, height), np.zeros(count + 1, int)
    # By the ends of runs: of millions of pixels there are thousands.
    ends = np.diff(segment_ids, axis=1) != 0
    edge = np.ones((height, 1), bool)
    for at_end in (np.hstack([edge, ends]), np.hstack([ends, edge])):
        rows, columns = np.nonzero(at_end)
        ids = segment_ids[rows, columns]
        np.minimum.at(left, ids, columns)
        np.maximum.at(right, ids, columns + 1)
        np.minimum.at(top, ids, rows)
        np.maximum.at(bottom, ids, rows + 1)
    return [
        (int(left[i]), int(top[i]), int(right[i] - left[i]), int(bottom[i] - top[i]))
        for i in range(1, count + 1)
    ]
