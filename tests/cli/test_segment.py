"""The command ``segment``, from the words typed to the files written."""

import csv
import json
import os
import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest
from hotcoco.panoptic import pq_compute
from PIL import Image

from detr_gradio.cli import main
from detr_gradio.messages import UserError, message

# The command line, whose sixth picture never ends.
WITHOUT_END = """
import runpy, time
from detr_gradio.segmenter import Segmenter

segment, begun = Segmenter.segment, []

def segment_or_wait(*arguments, **options):
    begun.append(None)
    if len(begun) == 6:
        time.sleep(3600)
    return segment(*arguments, **options)

Segmenter.segment = segment_or_wait
runpy.run_module("detr_gradio", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def segment(checkpoint, tmp_path):
    """Run ``segment`` with the small checkpoint; returns the exit status."""

    def run(*words):
        arguments = ["--output", str(tmp_path / "out"), "--checkpoint", checkpoint]
        return main(
            ["segment", *arguments, "--threshold", "0.5", "--language", "en", *map(str, words)]
        )

    return run


def files(folder):
    """Relative paths of the files below a folder, without the journal."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if path != "detr-panoptic.jsonl")


def times(folder):
    return {name: (folder / name).stat().st_mtime_ns for name in files(folder)}


class TestSegment:
    def test_files_of_a_picture_agree(self, segment, photos, street, tmp_path, capsys):
        assert segment(photos / "street.png") == 0
        out = tmp_path / "out"
        assert files(out) == [
            "street.csv",
            "street.json",
            "street_overlay.png",
            "street_panoptic.png",
        ]
        document = json.loads((out / "street.json").read_text())
        assert document["images"] == [
            {"id": 1, "file_name": "street.png", "width": 128, "height": 96}
        ]
        (annotation,) = document["annotations"]
        png = np.asarray(Image.open(out / annotation["file_name"])).astype(int)
        ids = png[..., 0] + 256 * png[..., 1] + 65536 * png[..., 2]
        found = {
            int(key): int(area)
            for key, area in zip(*np.unique(ids, return_counts=True), strict=True)
        }
        assert found == {segment["id"]: segment["area"] for segment in annotation["segments_info"]}
        assert len(found) > 1
        with (out / "street.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [int(row["pixels"]) for row in rows] == sorted(found.values(), reverse=True)
        overlay = np.asarray(Image.open(out / "street_overlay.png"))
        assert overlay.shape == street.shape
        assert not np.array_equal(overlay, street)
        assert f"{photos / 'street.png'}: {len(found)} segments in" in capsys.readouterr().out

    def test_coco_tools_read_the_annotation(self, segment, photos, tmp_path):
        segment(photos / "street.png")
        folder = str(tmp_path / "out")
        annotation = f"{folder}/street.json"
        quality = pq_compute(annotation, annotation, folder, folder)
        assert quality["All"]["pq"] == 1

    def test_number_of_a_coco_file_is_its_image_id(self, segment, photos, tmp_path):
        (photos / "street.png").rename(photos / "000000000139.png")
        segment(photos / "000000000139.png", "--format", "json")
        document = json.loads((tmp_path / "out" / "000000000139.json").read_text())
        assert document["images"][0]["id"] == document["annotations"][0]["image_id"] == 139

    def test_folder_keeps_its_shape(self, segment, photos, tmp_path):
        assert segment(photos, "--format", "csv") == 0
        assert files(tmp_path / "out") == ["may/beach.csv", "street.csv"]

    def test_rerun_does_nothing_and_loads_nothing(
        self, segment, photos, tmp_path, monkeypatch, capsys
    ):
        segment(photos)
        before = times(tmp_path / "out")
        monkeypatch.setattr("detr_gradio.segmenter.load_segmenter", None)
        assert segment(photos) == 0
        assert times(tmp_path / "out") == before
        assert "done before: 2" in capsys.readouterr().out

    def test_what_is_missing_is_made_again(self, segment, photos, tmp_path):
        segment(photos)
        before = times(tmp_path / "out")
        (tmp_path / "out" / "street.csv").unlink()
        segment(photos)
        after = times(tmp_path / "out")
        assert {name for name in before if after[name] != before[name]} == {"street.csv"}

    def test_other_options_or_pixels_make_the_files_again(self, segment, photos, tmp_path):
        def made():
            return times(tmp_path / "out")["street.csv"]

        segment(photos, "--format", "csv")
        first = made()
        segment(photos, "--format", "csv", "--detail", "64")
        second = made()
        Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(photos / "street.png")
        segment(photos, "--format", "csv", "--detail", "64")
        assert first < second < made()

    def test_same_names_do_not_overwrite_each_other(self, segment, photos, street, tmp_path):
        Image.fromarray(street[:64]).save(photos / "may" / "street.png")
        assert (
            segment(photos / "street.png", photos / "may" / "street.png", "--format", "json") == 0
        )
        heights = [
            json.loads((tmp_path / "out" / name).read_text())["images"][0]["height"]
            for name in ["street.json", "street-2.json"]
        ]
        assert heights == [96, 64]

    def test_bad_files_are_reported_and_the_others_go_on(self, segment, photos, tmp_path, capsys):
        (photos / "broken.png").write_bytes((photos / "street.png").read_bytes()[:200])
        (photos / "empty.jpg").touch()
        assert segment(photos, photos / "missing.png", "--format", "csv") == 1
        assert files(tmp_path / "out") == ["may/beach.csv", "street.csv"]
        output = capsys.readouterr()
        assert f"{photos / 'empty.jpg'}: {message('image_empty')}" in output.err
        assert f"{photos / 'missing.png'}: {message('image_missing')}" in output.err
        assert "Segmented: 2; done before: 0; failed: 3." in output.out

    def test_results_follow_the_language(self, segment, photos, tmp_path, capsys):
        segment(photos / "street.png", "--format", "csv", "--language", "es")
        table = (tmp_path / "out" / "street.csv").read_text(encoding="utf-8-sig")
        assert table.startswith("segmento,nombre")

    @pytest.mark.parametrize(
        ("words", "status", "sentence"),
        [
            (["*.nothing"], 2, "No picture was found in: *.nothing."),
            (["PICTURE", "--threshold", "1.5"], 2, "The threshold must be"),
            (["PICTURE", "--threshold", "0.3"], 2, "from 0.5 to 1, not 0.3"),
            (["PICTURE", "--detail", "5"], 2, "5"),
            (["PICTURE", "--checkpoint", "no/such"], 3, "'no/such'"),
        ],
    )
    def test_what_cannot_be_done_is_said_in_a_sentence(
        self, checkpoint, photos, tmp_path, capsys, words, status, sentence
    ):
        words = [str(photos / "street.png") if word == "PICTURE" else word for word in words]
        arguments = ["segment", "--output", str(tmp_path / "out"), "--language", "en"]
        assert main([*arguments, "--checkpoint", checkpoint, *words]) == status
        errors = capsys.readouterr().err
        assert sentence in errors
        assert "Traceback" not in errors

    def test_a_picture_too_large_for_the_memory_is_no_reason_to_stop(
        self, segment, photos, tmp_path, monkeypatch, capsys
    ):
        def no_memory(_segmenter, image, **_options):
            raise UserError("network_memory", detail=96)

        monkeypatch.setattr("detr_gradio.segmenter.Segmenter.segment", no_memory)
        assert segment(photos) == 1
        assert "failed: 2." in capsys.readouterr().out

    def test_results_among_the_pictures_are_not_segmented(self, segment, photos, capsys):
        for _ in range(3):
            assert segment(photos, "--format", "overlay", "--output", photos) == 0
        assert files(photos) == [
            *("may/beach.png", "may/beach_overlay.png", "street.png", "street_overlay.png")
        ]
        said = capsys.readouterr().out
        assert "Results of earlier runs that were left out: 2." in said
        assert "done before: 2; failed: 0" in said

    @pytest.mark.parametrize("letters", [248, 251])
    def test_the_longest_name_gets_its_results(self, segment, photos, tmp_path, letters):
        name = "w" * letters
        (photos / "street.png").rename(photos / f"{name}.png")
        assert segment(photos) == 0
        document = json.loads((tmp_path / "out" / f"{'w' * 242}.json").read_text())
        assert document["images"][0]["file_name"] == f"{name}.png"
        assert document["annotations"][0]["file_name"] == f"{'w' * 242}_panoptic.png"
        assert (tmp_path / "out" / f"{'w' * 242}_panoptic.png").is_file()

    def test_whatever_one_picture_does_it_is_named_and_the_others_go_on(
        self, segment, photos, tmp_path, monkeypatch, capsys
    ):
        def encode(name, picture, *rest):
            if picture.shape[0] == 64:
                raise RuntimeError("a library that stumbles")
            return encode_image(name, picture, *rest)

        encode_image = cv2.imencode
        monkeypatch.setattr(cv2, "imencode", encode)
        Image.fromarray(np.zeros((64, 96, 3), np.uint8)).save(photos / "a.png")
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "may").touch()  # in the way of a folder
        assert segment(photos, "--format", "overlay") == 1
        errors = capsys.readouterr().err
        assert f"{photos / 'may' / 'beach.png'}: The results of this picture can't be" in errors
        assert f"{photos / 'a.png'}: Something went wrong with this picture" in errors
        assert "RuntimeError: a library that stumbles" in errors
        assert (tmp_path / "out" / "street_overlay.png").is_file()
        assert "Traceback" not in errors

    @pytest.mark.skipif(os.name == "nt", reason="no colons in names there")
    def test_names_with_a_colon(self, segment, photos, tmp_path, monkeypatch):
        monkeypatch.chdir(photos)
        (photos / "street.png").rename("12:30.png")
        assert segment("12:30.png", "--format", "csv", "--output", "sub:dir/") == 0
        assert files(photos / "sub:dir") == ["12:30.csv"]

    def test_a_limit_is_told_with_its_variable(self, segment, tmp_path, capsys):
        Image.new("RGB", (8, 8)).save(tmp_path / "tiny.png")
        assert segment(tmp_path / "tiny.png") == 1
        assert "8 x 8 pixels" in (said := capsys.readouterr().err)
        assert "variable DETR_MIN_IMAGE_SIDE sets this limit." in said

    @pytest.mark.skipif(sys.platform == "darwin", reason="macOS has no such names")
    def test_any_file_name_goes_through(self, photos, checkpoint, tmp_path):
        name = b"caf\xe9.png"
        os.rename(photos / "street.png", os.fsencode(photos) + b"/" + name)  # noqa: PTH104
        words = ["--output", str(tmp_path / "out"), "--checkpoint", checkpoint, "--language", "en"]
        done = subprocess.run(
            [sys.executable, "-m", "detr_gradio", "segment", str(photos), *words],
            check=True,
            capture_output=True,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        assert b"Segmented: 2;" in done.stdout
        document = json.loads((tmp_path / "out" / "caf\ufffd.json").read_text(encoding="utf-8"))
        assert document["images"][0]["file_name"] == "caf\ufffd.png"

    def test_a_reader_that_leaves_early_is_no_error(self, photos, checkpoint, tmp_path):
        words = ["segment", photos, "--output", tmp_path / "out", "--checkpoint", checkpoint]
        reader, without_reader = os.pipe()
        os.close(reader)
        process = subprocess.Popen(
            [sys.executable, "-m", "detr_gradio", *map(str, words)],
            stdout=without_reader,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(without_reader)
        assert process.communicate(timeout=300)[1] == ""
        assert process.returncode == 141

    def test_folder_that_cannot_be_written_to(self, segment, photos, tmp_path, capsys):
        (tmp_path / "out").write_text("a file in the way")
        assert segment(photos) == 2
        assert "folder of the output" in capsys.readouterr().err

    def test_interrupted_run_leaves_whole_files_and_goes_on(
        self, photos, street, checkpoint, tmp_path
    ):
        rng = np.random.default_rng(0)
        for number in range(10):
            noise = cv2.add(street, rng.integers(0, 30, street.shape, dtype=np.uint8))
            Image.fromarray(noise).save(photos / f"{number:02}.png")
        words = [
            "segment",
            str(photos),
            "--output",
            str(tmp_path / "out"),
            "--checkpoint",
            checkpoint,
            *["--language", "en"],
        ]
        process = subprocess.Popen(
            [sys.executable, "-c", WITHOUT_END, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A shell lets its background jobs ignore SIGINT, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )
        assert process.stdout.readline()  # the first picture is done
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 130
        assert message("cli_interrupted") in errors
        assert "Traceback" not in errors
        assert not list((tmp_path / "out").rglob("*.part"))
        before = times(tmp_path / "out")
        assert 4 <= len(before) < 12 * 4
        command = [sys.executable, "-m", "detr_gradio", *words]
        subprocess.run(command, check=True, capture_output=True)
        after = times(tmp_path / "out")
        assert len(after) == 12 * 4
        journal = (tmp_path / "out" / "detr-panoptic.jsonl").read_text().splitlines()
        assert len(journal) == 12  # nothing was done twice
        assert sum(after[name] == before[name] for name in before) >= len(before) - 3
