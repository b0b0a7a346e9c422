"""A corrected map comes back as a result; anything else that is sent is refused."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from detr_gradio.messages import UserError
from detr_gradio.result import corrections
from detr_gradio.result.coco import COCO
from detr_gradio.result.corrections import corrected, fingerprint
from tests.support.viewer_app import CAR, GRASS, PERSON, SKY, result_of

LABELS = {category.id: index for index, category in enumerate(COCO.table)}
# Sky above, grass below, a person on both: the queries 0, 3 and 6.
RESULT = result_of(
    [[1, 1, 1, 1], [3, 1, 1, 1], [3, 2, 2, 2]], [SKY, GRASS, PERSON], scores=[0.9, 0.8, 0.7]
)
HEAD = [0x31544544, fingerprint(RESULT), 4, 3]
TABLE = [[LABELS[SKY], 1, 0], [LABELS[CAR], 7, 1], [LABELS[PERSON], 0, 1]]
RUNS = [[5, 1], [1, 0], [2, 1], [3, 2], [1, 3]]


def packed(*, head=HEAD, table=TABLE, runs=RUNS):
    words = [*head, len(table), len(runs), *np.ravel(table), *np.ravel(runs)]
    return zlib.compress(np.array(words, "<u4").tobytes())


def test_what_was_sent_is_the_result():
    result = corrected(RESULT, packed())
    assert result.segment_ids.tolist() == [[1, 1, 1, 1], [1, 0, 1, 1], [2, 2, 2, 3]]
    told = [(s.name(), s.score, s.area, s.bbox, s.query, s.hand_made) for s in result.segments]
    assert told == [
        ("sky", 0.9, 7, (0, 0, 4, 2), 0, False),
        # A person said what it is, so the network's doubt no longer counts.
        ("car 1", 1.0, 3, (0, 2, 3, 1), 6, True),
        ("person 1", 1.0, 1, (3, 2, 1, 1), -1, True),
    ]
    assert result.void_area == 1
    assert (result.threshold, result.checkpoint) == (RESULT.threshold, RESULT.checkpoint)
    assert not RESULT.segments[0].hand_made


def test_parts_of_a_query_are_numbered_and_keep_its_score():
    table = [[LABELS[SKY], 1, 0], [LABELS[PERSON], 7, 1], [LABELS[PERSON], 7, 1]]
    result = corrected(RESULT, packed(table=table, runs=[[8, 1], [3, 2], [1, 3]]))
    assert [(s.name(), s.score) for s in result.segments] == [
        ("sky", 0.9), ("person 1", 0.7), ("person 2", 0.7),
    ]  # fmt: skip


def test_nothing_but_void_is_a_result_too():
    result = corrected(RESULT, packed(table=[], runs=[[12, 0]]))
    assert len(result) == 0
    assert result.void_area == 12


@pytest.mark.parametrize(
    "content",
    {
        "nothing": b"",
        "another file": b"\xff\xd8\xff\xe0" * 40,
        "cut off": packed()[:-6],
        "half a word": zlib.compress(b"abc"),
        "a head alone": zlib.compress(np.array(HEAD, "<u4").tobytes()),
        "another kind": packed(head=[1, *HEAD[1:]]),
        "another result": packed(head=[HEAD[0], HEAD[1] ^ 1, 4, 3]),
        "another size": packed(head=[*HEAD[:2], 3, 4]),
        "too few pixels": packed(runs=RUNS[:-1]),
        "too many pixels": packed(runs=[*RUNS, [1, 1]]),
        "pixels beyond 32 bits": packed(runs=[[2**32 - 1, 1], [13, 1]]),
        "an id that none has": packed(runs=[[5, 1], [1, 0], [2, 1], [3, 2], [1, 4]]),
        "a segment without pixels": packed(table=[*TABLE, TABLE[0]]),
        "a smaller one first": packed(runs=[[5, 2], [1, 0], [2, 2], [3, 1], [1, 3]]),
        "a category that none has": packed(table=[[len(COCO), 1, 0], *TABLE[1:]]),
        "a query that found nothing": packed(table=[[LABELS[SKY], 2, 0], *TABLE[1:]]),
        "words behind it": zlib.compress(zlib.decompress(packed()) + bytes(4)),
        "more segments than there may be": packed(table=[TABLE[0]] * 256),
        "more than is taken": bytes(corrections.MAX_FILE_BYTES + 1),
        "what inflates without end": zlib.compress(bytes(50_000_000), 9),
    }.values(),
)  # fmt: skip
def test_anything_else_is_refused(content):
    with pytest.raises(UserError) as refused:
        corrected(RESULT, content)
    assert refused.value.key == "correction_unfit"


def test_a_fingerprint_is_that_of_what_the_network_said():
    assert fingerprint(RESULT) == fingerprint(replace(RESULT, timings={}, checkpoint="other"))
    others = [
        result_of([[1, 1, 1, 1], [3, 1, 1, 1], [3, 2, 2, 2]], [SKY, GRASS, CAR]),
        result_of([[1, 1, 1], [3, 1, 1], [3, 2, 2]], [SKY, GRASS, PERSON]),
        result_of([[1, 1, 1, 1], [1, 1, 1, 1], [1, 2, 2, 2]], [SKY, GRASS]),
    ]
    assert fingerprint(RESULT) not in map(fingerprint, others)


def test_areas_and_boxes_of_any_map_are_those_of_a_count():
    rng = np.random.default_rng(5)
    for _ in range(40):
        ids = rng.integers(0, 6, rng.integers(1, 30, 2)).repeat(rng.integers(1, 5), axis=1)
        areas = np.bincount(ids.ravel(), minlength=6)[1:]
        order = [i + 1 for i in np.argsort(-areas, kind="stable") if areas[i]]
        ranks = np.zeros(6, int)
        ranks[order] = range(1, len(order) + 1)
        empty = replace(RESULT, segment_ids=np.zeros(ids.shape, np.int32), segments=())
        result = corrected(
            empty,
            packed(
                head=[HEAD[0], fingerprint(empty), *ids.shape[::-1]],
                table=[[LABELS[PERSON], 0, 1]] * len(order),
                runs=[[1, value] for value in ranks[ids].ravel()],
            ),
        )
        assert (result.segment_ids == ranks[ids]).all()
        for segment in result.segments:
            rows, columns = np.nonzero(result.segment_ids == segment.id)
            assert segment.area == len(rows)
            assert segment.bbox == (
                *(columns.min(), rows.min()),
                *(np.ptp(columns) + 1, np.ptp(rows) + 1),
            )
