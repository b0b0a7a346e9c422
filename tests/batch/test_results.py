"""What a run has written, read back when it is asked for."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pyarrow")

import detr_gradio
from detr_gradio import load_segmenter, read_results
from detr_gradio.batch.results import Results, RunSettings
from detr_gradio.batch.rows import error_row, result_row
from detr_gradio.images import ImageError
from detr_gradio.messages import UserError
from tests.support.small_scenes import scene

SETTINGS = RunSettings("toy-scenes", None, [], 0.85, None, "paper", "exact", "en", "here", [])


@pytest.fixture(scope="module")
def segmenter():
    return load_segmenter("toy-scenes")


@pytest.fixture(params=["folder", "memory"])
def place(request, tmp_path):
    return str(tmp_path / "out") if request.param == "folder" else f"memory://{tmp_path.name}/out"


@pytest.fixture
def made(segmenter, place):
    """Two shards: pictures 0 and 1, and picture 2 with an empty file."""
    results = Results(place)
    results.claim(SETTINGS)
    results.keep_categories(segmenter.categories)
    found = [segmenter.segment(scene(number)) for number in range(3)]
    rows = [
        result_row(f"{n}", f"/{n}.jpg", f, segmenter.checkpoint, 0.0) for n, f in enumerate(found)
    ]
    empty = error_row("empty", "/empty.jpg", ImageError("image_empty"), "en")
    results.add(rows[:2])
    results.add([rows[2], empty])
    results.add([])
    return found


def test_results_come_back_with_their_ids(made, place):
    results = read_results(place)
    assert len(results) == 4
    got = dict(results)
    assert sorted(got) == ["0", "1", "2"]
    for number, found in enumerate(made):
        assert np.array_equal(got[str(number)].segment_ids, found.segment_ids)
        assert results[str(number)].segments == found.segments
    assert list(results.errors()) == [("empty", ImageError("image_empty").message("en"))]
    assert sorted(results.ids()) == ["0", "1", "2", "empty"]
    with pytest.raises(KeyError):
        results["empty"]


def test_they_are_read_when_they_are_needed(made, place, monkeypatch):
    built = []
    monkeypatch.setattr(
        "detr_gradio.batch.results.row_result", lambda row, _categories: built.append(row["id"])
    )
    results = iter(read_results(place))
    assert built == []
    next(results)
    assert len(built) == 1


def test_a_run_goes_on_with_the_same_settings_alone(made, place):
    results = Results(place)
    results.claim(SETTINGS)
    for other in ({"threshold": 0.9}, {"checkpoint": "x"}, {"engine": "ray"}, {"weights": [1.0]}):
        with pytest.raises(UserError) as told:
            results.claim(replace(SETTINGS, **other))
        assert told.value.key == "batch_other_settings"


def test_what_is_no_run_is_told(tmp_path):
    with pytest.raises(UserError) as told:
        read_results(tmp_path)
    assert told.value.key == "batch_unreadable"


@pytest.mark.parametrize("name", ["part-0.parquet", "_run.json", "_categories.json"])
def test_what_is_damaged_is_named(segmenter, tmp_path, name):
    results = Results(tmp_path)
    results.claim(SETTINGS)
    results.keep_categories(segmenter.categories)
    results.add([result_row("a", "a", segmenter.segment(scene(0)), segmenter.checkpoint, 0.0)])
    (tmp_path / name).write_bytes(b"{}!")
    with pytest.raises(UserError) as told:
        list(read_results(tmp_path))
    assert (told.value.key, told.value.values) == ("batch_damaged", {"name": name})


def test_only_what_ray_has_noted_is_whole(segmenter, tmp_path):
    """A shard without its ids may be half written, or be written again."""
    results = Results(tmp_path)
    results.claim(replace(SETTINGS, engine="ray"))
    results.keep_categories(segmenter.categories)
    results.add([error_row("a", "a", ImageError("image_empty"), "en")])
    (shard,) = tmp_path.glob("part-*.parquet")
    shard.rename(tmp_path / "abc_000001-0.parquet")
    (tmp_path / "abc_000002-0.parquet").write_bytes(b"half")
    assert len(results) == 0
    (tmp_path / "_checkpoint").mkdir()
    (tmp_path / "_checkpoint" / "abc_000001.parquet").touch()
    (tmp_path / "_checkpoint" / "abc_000002.pending.parquet").touch()
    assert list(results.ids()) == ["a"]


def test_the_package_offers_it():
    assert detr_gradio.read_results is read_results
