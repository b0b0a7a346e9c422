"""Results of maps that were drawn, read or moved."""

import numpy as np
import pytest

from detr_gradio.result.panoptic import PanopticResult

SKY, PERSON = 187, 1


def test_a_map_becomes_segments_largest_first():
    ids = np.array([[7, 7, 7, 7], [0, 3, 5, 7], [0, 3, 5, 5]])
    result = PanopticResult.from_map(ids, {3: PERSON, 5: PERSON, 7: SKY, 9: SKY})
    assert result.segment_ids.tolist() == [[1, 1, 1, 1], [0, 3, 2, 1], [0, 3, 2, 2]]
    assert [(s.id, s.query, s.category_id, s.number) for s in result.segments] == [
        (1, 7, SKY, 1),
        (2, 5, PERSON, 1),
        (3, 3, PERSON, 2),
    ]
    assert [s.area for s in result.segments] == [5, 3, 2]
    # (x, y, width, height)
    assert [s.bbox for s in result.segments] == [(0, 0, 4, 2), (2, 1, 2, 2), (1, 1, 1, 2)]
    assert [s.area_fraction for s in result.segments] == pytest.approx([5 / 12, 3 / 12, 2 / 12])
    assert result.void_area == 2
    with pytest.raises(ValueError, match="read-only"):
        result.segment_ids[0, 0] = 9


def test_values_without_a_category_become_void_and_so_does_what_comes_after_255():
    ids = np.repeat(np.arange(300), 2)[None]
    ids[0, -1] = 299
    result = PanopticResult.from_map(ids, dict.fromkeys(range(1, 299), PERSON))
    assert len(result.segments) == 255
    assert result.segment_ids[0, [0, 1]].tolist() == [0, 0]  # value 0 has no category
    assert result.segment_ids[0, [2, 510, 511, 512]].tolist() == [1, 255, 255, 0]
    assert PanopticResult.from_map(np.zeros((2, 3), int), {}).void_area == 6
