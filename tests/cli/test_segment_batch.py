"""``segment --format parquet``: rows of many pictures, with a network in each of some processes."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("pyarrow")

import pyarrow.parquet as pq
from PIL import Image

from detr_gradio import load_segmenter, read_results
from detr_gradio.cli import main
from detr_gradio.images import load_image
from detr_gradio.messages import message
from detr_gradio.result.render import overlay
from tests.support.small_scenes import write_broken, write_scene

OPTIONS = ["--threshold", "0.7", "--format", "parquet", "overlay", "panoptic"]
FIXED = ["--checkpoint", "toy-scenes", "--format", "parquet", "--language", "en"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Ten scenes, of which each two have one name, and broken files."""
    folder = tmp_path_factory.mktemp("photos")
    for number in range(10):
        write_scene(folder / "ab"[number % 2] / f"{number // 2}.jpg", number)
    for number in (0, 1, 2, 6):
        write_broken(folder / "broken" / f"{number}.jpg", number)
    return folder


def run(*words):
    return main(["segment", *FIXED, *map(str, words)])


@pytest.fixture(scope="module")
def made(photos, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("detr_gradio.batch.here._processors", lambda: 2)
        assert run(photos, "--output", out, *OPTIONS, "--workers", 2) == 1
    return out


def test_each_picture_has_a_row_and_its_numbers_are_those_of_segment(made, photos, one_thread):
    results, segmenter = read_results(made), load_segmenter("toy-scenes")
    got = dict(results)
    assert sorted(got) == sorted(str(path) for path in photos.glob("[ab]/*.jpg"))
    assert len(results) == 14
    for name, result in got.items():
        expected = segmenter.segment(name, threshold=0.7)
        assert np.array_equal(result.segment_ids, expected.segment_ids)
        assert result.segments == expected.segments
        assert result.timings["network"] > 0
    assert {name.rsplit("/", 1)[1]: said for name, said in results.errors()} == {
        "0.jpg": message("image_empty"),
        "1.jpg": message("image_not_a_picture"),
        "2.jpg": message("image_too_small", width=8, height=8, limit=16),
        "6.jpg": message("image_damaged", format="JPEG"),
    }


def test_the_folder_is_one_that_other_programs_read(made):
    table = pq.read_table(made)
    assert table.num_rows == 14
    assert set(table["checkpoint"].to_pylist()) == {"toy-scenes", None}


def test_pictures_lie_beside_the_shards(made, photos):
    results = read_results(made)
    for kind in ("overlay", "panoptic"):
        assert len(list((made / f"_{kind}").iterdir())) == 10
    name = str(photos / "a" / "3.jpg")
    file = f"{name.replace('/', '%2F')}.png"
    png = np.asarray(Image.open(made / "_panoptic" / file)).astype(int)
    ids = png[..., 0] + 256 * png[..., 1] + 65536 * png[..., 2]
    assert np.array_equal(ids, results[name].segment_ids)
    drawn = overlay(load_image(name), results[name], language="en")
    assert np.array_equal(np.asarray(Image.open(made / "_overlay" / file)), drawn)


def test_the_same_command_again_starts_nothing(made, photos, monkeypatch, capsys):
    before = sorted(path.name for path in made.rglob("*"))
    monkeypatch.setattr("detr_gradio.batch.here.ProcessPoolExecutor", None)
    assert run(photos, "--output", made, *OPTIONS) == 1
    assert sorted(path.name for path in made.rglob("*")) == before
    assert "Segmented: 0; done before: 14; failed: 0, of 14" in capsys.readouterr().out


def test_other_settings_are_not_mixed_in(made, photos, capsys):
    assert run(photos, "--output", made, *OPTIONS, "--threshold", "0.8") == 2
    assert message("batch_other_settings", place=made) in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--format", "parquet", "csv"], "parquet goes together with overlay and panoptic alone"),
        (["--format", "csv", "--max-errors", "3"], "--max-errors belong to it"),
        (["--max-errors", "many"], "not 'many'"),
        (["--max-errors", "1.5"], "not '1.5'"),
        (["--threshold", "2"], "The threshold must be"),
        (["--detail", "3"], "The detail must be"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(photos, tmp_path, words, sentence, capsys):
    words = ["segment", str(photos), "--output", str(tmp_path / "out"), *FIXED, *words]
    assert main(words) == 2
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# The command line, which is killed when so many rows are written.
KILLED = """
import os, runpy, signal
from detr_gradio.batch import here
from detr_gradio.batch.results import Results

here.run_here.__kwdefaults__["shard_rows"] = 3
add = Results.add

def add_and_end(self, rows):
    add(self, rows)
    os.kill(os.getpid(), signal.{signal})

Results.add = add_and_end
runpy.run_module("detr_gradio", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(("end", "code"), [("SIGKILL", -signal.SIGKILL), ("SIGINT", 130)])
def test_a_run_that_was_ended_goes_on_with_no_row_twice_and_none_missing(
    photos, tmp_path, end, code
):
    words = ["segment", str(photos), "--output", str(tmp_path), "--workers", "1", *FIXED]
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(signal=end), *words],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    first = list(read_results(tmp_path).ids())
    assert 3 <= len(first) < 14
    assert main(words) == 1
    names = list(read_results(tmp_path).ids())
    assert len(names) == len(set(names)) == 14
    assert set(first) < set(names)


def test_too_many_errors_end_the_run_and_keep_what_is_done(photos, tmp_path, capsys):
    words = [photos / "a", photos / "broken", "--output", tmp_path, "--workers", 1]
    assert run(*words, "--max-errors", "25%") == 2
    said = capsys.readouterr().err
    assert message("batch_too_many_errors", count=3) in said
    assert f"{photos}/broken/0.jpg: {message('image_empty')}" in said
    assert sorted(dict(read_results(tmp_path))) == [f"{photos}/a/{n}.jpg" for n in range(5)]
