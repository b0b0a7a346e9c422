"""Results of ``segment --format parquet`` measured in place of a network."""

import pytest

pytest.importorskip("pyarrow")

from detr_gradio.batch.results import Results, RunSettings
from detr_gradio.batch.rows import error_row, result_row
from detr_gradio.evaluation.stored import StoredResults
from detr_gradio.images import ImageError, load_image
from detr_gradio.messages import UserError
from detr_gradio.result.coco import COCO
from tests.support.coco_folder import NAMES, Stub, make_folder, run

SETTINGS = RunSettings("stub", None, [], 0.85, None, "paper", "exact", "en", "here", [])


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


@pytest.fixture
def results(folder):
    """Of the first two pictures, the second with a mistake, and of one that was not asked for."""
    made = Results(folder / "shards")
    made.claim(SETTINGS)
    made.keep_categories(COCO)
    network, rows = Stub(wrong=NAMES[1]), []
    for name in NAMES[:2]:
        found = network.segment(load_image(folder / "images" / name), method="paper")
        rows.append(result_row(name, f"s3://bucket/{name}", found, Stub.checkpoint, 0.0))
    rows.append({**rows[0], "id": "other", "uri": "/elsewhere/other.jpg"})
    rows.append(error_row(NAMES[2], f"/{NAMES[2]}", ImageError("image_empty"), "en"))
    made.add(rows)
    return made


def test_stored_results_are_measured_as_a_networks(folder, results):
    stored = StoredResults(results, Stub.checkpoint)
    found = run(folder, stored, limit=2, method="paper")
    (folder / "out").rename(folder / "first")
    expected = run(folder, Stub(wrong=NAMES[1]), limit=2, method="paper")
    assert found.scores == expected.scores
    assert [p.pq for p in found.pictures] == [p.pq for p in expected.pictures]
    assert found.pictures[0].pq == 100
    assert found.pictures[1].pq < 100


def test_a_picture_without_a_result_is_named(folder, results):
    with pytest.raises(UserError) as told:
        run(folder, StoredResults(results, Stub.checkpoint))
    assert (told.value.key, told.value.values) == ("evaluation_no_result", {"name": NAMES[2]})


def test_two_pictures_of_one_name_are_told(folder, results):
    row = next(results.rows())
    results.add([{**row, "id": "again", "uri": f"/other/{NAMES[0]}"}])
    with pytest.raises(UserError) as told:
        run(folder, StoredResults(results, Stub.checkpoint), limit=1)
    assert told.value.key == "evaluation_results_twice"
