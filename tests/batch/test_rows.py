"""A result as a row of a table, and back."""

from dataclasses import asdict

import numpy as np
import pytest

pa = pytest.importorskip("pyarrow")

from detr_gradio import load_segmenter  # noqa: E402
from detr_gradio.batch.rows import (  # noqa: E402
    SCHEMA,
    categories_json,
    error_row,
    read_categories_json,
    result_row,
    row_result,
)
from detr_gradio.images import ImageError  # noqa: E402
from tests.support.own_checkpoint import write_own_checkpoint  # noqa: E402
from tests.support.small_scenes import scene  # noqa: E402


def there_and_back(row):
    return pa.Table.from_pylist([row], SCHEMA).to_pylist()[0]


@pytest.mark.parametrize("own", [False, True], ids=["COCO", "own categories"])
def test_a_row_gives_the_result_back_to_the_last_bit(own, tmp_path):
    segmenter = load_segmenter(write_own_checkpoint(tmp_path / "own") if own else "toy-scenes")
    result = segmenter.segment(scene(1), threshold=0.6, method="reference")
    assert len(result.segments) > 1
    row = there_and_back(result_row("street", "/a/street.jpg", result, segmenter.checkpoint, 0.25))
    categories = read_categories_json(categories_json(segmenter.categories))
    assert categories == segmenter.categories
    back = row_result(row, categories)
    assert np.array_equal(back.segment_ids, result.segment_ids)
    assert back.segment_ids.dtype == result.segment_ids.dtype
    assert back.segments == result.segments
    assert [type(value) for value in vars(back.segments[0]).values()] == [
        type(value) for value in vars(result.segments[0]).values()
    ]
    for name in ("checkpoint", "threshold", "method", "input_size"):
        assert getattr(back, name) == getattr(result, name)
    assert dict(back.timings) == {**result.timings, "preprocess": 0.25}
    assert (row["id"], row["uri"], row["error"]) == ("street", "/a/street.jpg", None)
    assert (row["width"], row["height"]) == (128, 96)


def test_a_picture_that_could_not_be_segmented_has_a_sentence_and_nothing_else():
    row = there_and_back(error_row("a", "/a.jpg", ImageError("image_empty"), "es"))
    given = {name: value for name, value in row.items() if value is not None}
    version = given.pop("version")
    assert version
    assert given == {
        "id": "a",
        "uri": "/a.jpg",
        "error": ImageError("image_empty").message("es"),
        "error_key": "image_empty",
    }


def test_a_row_of_other_categories_is_refused(tmp_path):
    segmenter = load_segmenter("toy-scenes")
    result = segmenter.segment(scene(1))
    row = result_row("a", "a", result, segmenter.checkpoint, 0.0)
    row["segments"][0]["category_id"] = 12345
    with pytest.raises(ValueError, match="12345"):
        row_result(row, segmenter.categories)


def test_every_column_is_filled():
    segmenter = load_segmenter("toy-scenes")
    result = segmenter.segment(scene(1))
    row = result_row("a", "a", result, segmenter.checkpoint, 0.0)
    assert row.keys() == set(SCHEMA.names)
    segment = SCHEMA.field("segments").type.value_type
    assert row["segments"][0].keys() == {segment.field(i).name for i in range(segment.num_fields)}
    assert asdict(segmenter.categories.table[0]).keys() == {
        *("id", "name", "name_en", "name_es", "supercategory", "is_thing", "color"),
        "source_color",
    }
