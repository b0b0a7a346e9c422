"""The command line, from the words typed to the files written."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

import cv2
import numpy as np
import pytest
from hotcoco.panoptic import pq_compute
from PIL import Image

import detr_gradio
from detr_gradio import settings
from detr_gradio.checkpoints import catalogue
from detr_gradio.cli import main
from detr_gradio.cli.parser import build_parser, user_language
from detr_gradio.limits import limits
from detr_gradio.messages import UserError, message
from tests.support.children import child_with
from tests.support.factories import SMALL, write_checkpoint
from tests.support.made_videos import read_video, write_video

HELP = Path(__file__).parent / "help"

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


@pytest.fixture(scope="module")
def picture():
    """A picture with smooth parts and edges, (96, 128, 3) uint8."""
    rng = np.random.default_rng(3)
    return cv2.resize(rng.integers(0, 255, (6, 8, 3), dtype=np.uint8), (128, 96))


@pytest.fixture(scope="module")
def checkpoint(picture, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint") / "small"
    return str(write_checkpoint(folder, picture, kept=6, shortest_edge=96, **SMALL))


@pytest.fixture
def photos(tmp_path, picture):
    for name in ["street.png", "may/beach.png"]:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    return tmp_path / "photos"


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


class TestHelp:
    @pytest.mark.parametrize(
        "command", [None, *build_parser()._subparsers._group_actions[0].choices]
    )
    def test_help_is_what_was_reviewed(self, command, monkeypatch, capsys):
        """To accept a change: ``UPDATE_HELP=1 pytest tests/test_cli.py``, and look at the diff."""
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("PYTHON_COLORS", "0")
        with pytest.raises(SystemExit) as stopped:
            main([*([command] if command else []), "--help"])
        assert stopped.value.code == 0
        reviewed = HELP / f"{command or 'main'}.txt"
        shown = capsys.readouterr().out
        if os.environ.get("UPDATE_HELP"):
            reviewed.write_text(shown)
        assert shown == reviewed.read_text()

    def test_help_imports_neither_torch_nor_gradio(self):
        script = (
            "import sys, detr_gradio.cli\n"
            "try: detr_gradio.cli.main(['segment', '--help'])\n"
            "except SystemExit: pass\n"
            "heavy = {'torch', 'gradio', 'transformers', 'cv2', 'numpy'} & set(sys.modules)\n"
            "sys.exit(f'imported: {heavy}' if heavy else 0)"
        )
        subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)

    def test_help_names_the_catalogue_and_its_default(self, capsys):
        with pytest.raises(SystemExit):
            main(["segment", "--help"])
        text = " ".join(capsys.readouterr().out.split())
        assert all(name in text for name in catalogue.CATALOGUE)
        assert f"{catalogue.DEFAULT} (the default)" in text

    def test_a_number_that_is_none_is_explained(self, capsys):
        with pytest.raises(SystemExit):
            main(["bench", "--runs", "many"])
        last = capsys.readouterr().err.splitlines()[-1]
        assert last == (
            "python -m detr_gradio bench: error: argument --runs: "
            "a whole number from 1 on is needed, not 'many'"
        )

    @pytest.mark.parametrize("words", [[], ["dance"], ["segment"], ["segment", "x.png"]])
    def test_wrong_words_are_explained(self, words, capsys):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith("usage: python -m detr_gradio")

    def test_version_is_that_of_the_package(self, capsys):
        with pytest.raises(SystemExit) as stopped:
            main(["--version"])
        assert stopped.value.code == 0
        assert capsys.readouterr().out == f"{detr_gradio.__version__}\n"

    def test_module_runs(self):
        shown = subprocess.run(
            [sys.executable, "-m", "detr_gradio", "--help"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert shown.startswith("usage: python -m detr_gradio COMMAND")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es_CO.UTF-8"}, "es"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "es_ES"}, "es"),
        ({"LANG": "es_ES", "LC_ALL": "en_GB"}, "en"),
        ({"LANG": "es_ES", "LC_ALL": ""}, "es"),
    ],
)
def test_language_of_the_system(environment, expected):
    assert user_language(environment) == expected


class TestSegment:
    def test_files_of_a_picture_agree(self, segment, photos, picture, tmp_path, capsys):
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
        assert overlay.shape == picture.shape
        assert not np.array_equal(overlay, picture)
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

    def test_same_names_do_not_overwrite_each_other(self, segment, photos, picture, tmp_path):
        Image.fromarray(picture[:64]).save(photos / "may" / "street.png")
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
        self, photos, picture, checkpoint, tmp_path
    ):
        rng = np.random.default_rng(0)
        for number in range(10):
            noise = cv2.add(picture, rng.integers(0, 30, picture.shape, dtype=np.uint8))
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


class TestVideo:
    @pytest.fixture
    def clip(self, tmp_path):
        frames = [np.full((48, 64, 3), 40 * number, np.uint8) for number in range(6)]
        return write_video(tmp_path / "clip.mp4", frames)

    def test_video_and_its_tables_are_written(self, clip, checkpoint, tmp_path, capsys):
        words = ["video", str(clip), str(tmp_path / "new" / "out.mp4"), "--every", "3"]
        assert main([*words, "--checkpoint", checkpoint, "--language", "en"]) == 0
        assert files(tmp_path / "new") == ["out.csv", "out.jsonl", "out.mp4"]
        assert len(read_video(tmp_path / "new" / "out.mp4")[0]) == 6
        lines = (tmp_path / "new" / "out.jsonl").read_text().splitlines()
        assert [json.loads(line)["segmented"] for line in lines] == [True, False, False] * 2
        assert "6 frames, 2 of them segmented" in capsys.readouterr().out

    @pytest.mark.parametrize("output", ["out.avi", "out"])
    def test_other_formats_are_refused_before_anything_is_loaded(self, clip, output, capsys):
        assert main(["video", str(clip), output, "--checkpoint", "no/such"]) == 2
        assert ".mp4" in capsys.readouterr().err

    @pytest.mark.parametrize("name", ["clip.mp4", "link.mp4"])
    def test_the_video_itself_is_never_overwritten(self, clip, name, capsys):
        (clip.parent / "link.mp4").symlink_to(clip)
        before = clip.read_bytes()
        words = ["video", str(clip), str(clip.parent / name), "--checkpoint", "no/such"]
        assert main([*words, "--language", "en"]) == 2
        assert "would overwrite the video" in capsys.readouterr().err
        assert clip.read_bytes() == before

    @pytest.mark.parametrize("name", ["out.csv", "out.jsonl"])
    def test_a_file_that_merely_has_its_name_is_not_overwritten(
        self, clip, checkpoint, name, tmp_path, capsys
    ):
        words = ["video", str(clip), str(tmp_path / "out.mp4"), "--every", "6"]
        words += ["--checkpoint", checkpoint, "--language", "en"]
        assert main(words) == main(words) == 0  # its own tables are
        (tmp_path / name).write_text("kilometres,litres\n12,1\n")
        (tmp_path / "out.mp4").unlink()
        assert main(words) == 2
        assert f"{name} already, which is not a table of this program" in capsys.readouterr().err
        assert (tmp_path / name).read_text() == "kilometres,litres\n12,1\n"
        assert not (tmp_path / "out.mp4").exists()

    def test_a_name_whose_tables_would_have_too_long_ones_is_refused(self, clip, capsys):
        name = "a" * 251 + ".mp4"  # 255 letters, and .jsonl would be 257
        words = ["video", str(clip), str(clip.parent / name), "--checkpoint", "no/such"]
        assert main([*words, "--language", "en"]) == 2
        assert "The results can't be written: File name too long." in capsys.readouterr().err

    @pytest.mark.parametrize("how", ["raise", "kill"])
    def test_what_is_finished_is_kept_whatever_happens(
        self, how, checkpoint, tmp_path, capsys, monkeypatch
    ):
        frames = [np.full((48, 64, 3), number, np.uint8) for number in range(100)]
        clip = write_video(tmp_path / "in.mp4", frames)
        drawn = count()

        def draw(image, result, language):
            if next(drawn) == 60:
                if how == "raise":
                    raise RuntimeError("in the middle")
                os.kill(child_with("detr_gradio.video.worker:work"), signal.SIGSEGV)
            return image

        monkeypatch.setattr("detr_gradio.cli.video.overlay", draw)
        words = ["video", str(clip), str(tmp_path / "sub:dir" / "out.mp4"), "--every", "100"]
        words += ["--checkpoint", checkpoint, "--language", "en"]
        if how == "raise":
            with pytest.raises(RuntimeError):
                main(words)
        else:
            assert main(words) == 0
            assert "the decoder failed there. What was done is kept." in capsys.readouterr().err
        assert files(tmp_path / "sub:dir") == ["out.csv", "out.jsonl", "out.mp4"]
        kept = len(read_video(tmp_path / "sub:dir" / "out.mp4")[0])
        assert kept == 60 if how == "raise" else 20 <= kept <= 60

    def test_a_stop_from_outside_keeps_what_is_finished_and_leaves_nothing_else(
        self, checkpoint, tmp_path
    ):
        frames = [np.full((48, 64, 3), number % 256, np.uint8) for number in range(1_000)]
        clip, made = write_video(tmp_path / "in.mp4", frames), tmp_path / "made"
        words = ["video", str(clip), str(made / "out.mp4"), "--every", "1", "--detail", "64"]
        command = [sys.executable, "-m", "detr_gradio", *words, "--checkpoint", checkpoint]
        process = subprocess.Popen(command)
        while not any(path.stat().st_size for path in made.glob(".video-*/*.pieces")):
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        assert process.wait(60) == 130
        assert files(made) == ["out.csv", "out.jsonl", "out.mp4"]
        assert 0 < len(read_video(made / "out.mp4")[0]) < 1_000

    def test_a_video_that_is_not_there_is_named(self, tmp_path, capsys):
        assert main(["video", "no/such.mov", str(tmp_path / "out.mp4"), "--language", "en"]) == 2
        assert "no/such.mov" in capsys.readouterr().err

    def test_a_part_without_an_end_is_refused(self, clip, checkpoint, tmp_path):
        words = ["video", str(clip), str(tmp_path / "out.mp4"), "--checkpoint", checkpoint]
        assert main([*words, "--end", "nan"]) == 2

    def test_file_that_is_no_video(self, checkpoint, photos, tmp_path, capsys):
        words = ["video", str(photos / "street.png"), str(tmp_path / "new" / "out.mp4")]
        assert main([*words, "--checkpoint", checkpoint]) == 2
        assert files(tmp_path / "new") == []
        assert "Traceback" not in capsys.readouterr().err


class TestEvaluate:
    def test_own_predictions_as_the_truth_are_perfect(self, checkpoint, photos, tmp_path, capsys):
        words = ["--checkpoint", checkpoint, "--threshold", "0.5", "--language", "en"]
        street, truth = str(photos / "street.png"), tmp_path / "truth"
        main(["segment", street, "--output", str(truth), "--method", "reference", *words])
        command = ["evaluate", "--images", str(photos), "--masks", str(truth)]
        command += ["--annotations", str(truth / "street.json"), *words]
        assert main([*command, "--output", str(tmp_path / "scores")]) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["PQ", "SQ", "RQ", "categories", "published", "PQ"] in lines
        assert [line[1:4] for line in lines if line[:1] == ["all"]] == [["100.00"] * 3]
        assert (tmp_path / "scores" / "report.html").is_file()

    def test_detail_method_and_threshold_reach_the_network(
        self, checkpoint, photos, tmp_path, capsys
    ):
        """What was segmented with some options is perfect with the same and not with others."""
        street, truth = str(photos / "street.png"), tmp_path / "truth"
        words = ["--checkpoint", checkpoint, "--language", "en"]
        options = ["--detail", "64", "--threshold", "0.6", "--method", "paper"]
        main(["segment", street, "--output", str(truth), *options, *words])
        command = ["evaluate", "--images", str(photos), "--masks", str(truth)]
        command += ["--annotations", str(truth / "street.json"), *words]
        found = {}
        for name, chosen in (("same", options), ("other", [*options, "--detail", "96"])):
            capsys.readouterr()
            assert main([*command, *chosen, "--output", str(tmp_path / name)]) == 0
            lines = [line.split() for line in capsys.readouterr().out.splitlines()]
            found[name] = next(line[1] for line in lines if line[:1] == ["all"])
        assert found["same"] == "100.00"
        assert float(found["other"]) < 95
        page = (tmp_path / "same" / "report.html").read_text(encoding="utf-8")
        assert "threshold 0.6, detail 64, method paper" in page

    def test_figures_come_first_and_each_oddity_is_named(
        self, checkpoint, photos, tmp_path, capsys
    ):
        words = ["--checkpoint", checkpoint, "--threshold", "0.5", "--language", "en"]
        street, truth = str(photos / "street.png"), tmp_path / "truth"
        main(["segment", street, "--output", str(truth), "--method", "reference", *words])
        document = json.loads((truth / "street.json").read_text())
        first, second, *_ = document["annotations"][0]["segments_info"]
        first["bbox"] = [0.5, 0.25, 3.75, 1e9]
        second["area"] = 1
        document["annotations"][0]["segments_info"].append({**first, "id": 77})
        (truth / "street.json").write_text(json.dumps(document), encoding="utf-8-sig")
        scores = tmp_path / "scores"
        scores.mkdir()
        (scores / "report.html").mkdir()  # so that the report can't be written
        command = ["evaluate", "--images", str(photos), "--masks", str(truth), *words]
        command += ["--annotations", str(truth / "street.json"), "--output", str(scores)]
        capsys.readouterr()
        assert main(command) == 2
        shown = capsys.readouterr()
        assert [line.split()[0] for line in shown.out.splitlines()[1:]] == [
            *("all", "things", "stuff")
        ]
        assert f"first segment {first['id']} of street.png. Those of the masks are" in shown.err
        assert f"first segment {second['id']} of street.png. Those of the masks count" in shown.err
        assert "no pixels: 1, first segment 77 of street.png" in shown.err
        assert "The results can't be written" in shown.err
        assert "Traceback" not in shown.err

    def test_folder_that_is_not_coco_s(self, checkpoint, photos, tmp_path, capsys):
        command = ["evaluate", "--images", str(photos), "--masks", str(photos), "--annotations"]
        words = ["--checkpoint", checkpoint, "--output", str(tmp_path / "scores")]
        assert main([*command, str(photos / "street.png"), *words]) == 2
        assert "Traceback" not in capsys.readouterr().err


class TestBench:
    def test_options_reach_the_benchmark(self, monkeypatch, tmp_path):
        seen = []

        def run(command, **options):
            seen.extend(command)
            return subprocess.CompletedProcess(command, 7)

        monkeypatch.setattr("detr_gradio.cli.bench.subprocess.run", run)
        monkeypatch.chdir(tmp_path)
        assert main(["bench", "--backbone", "resnet50", "--runs", "1"]) == 7
        assert seen[1:7] == ["-m", "benchmarks.speed", "--backbone", "resnet50", "--runs", "1"]
        assert seen[8] == str(tmp_path / "speed.json")

    def test_package_without_the_repository_says_so(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setattr("detr_gradio.cli.bench.ROOT", tmp_path)
        assert main(["bench", "--language", "en"]) == 2
        assert capsys.readouterr().err == message("cli_no_benchmarks") + "\n"


class TestLaunch:
    @pytest.fixture
    def launched(self, monkeypatch):
        """Settings with which the app was opened, without opening it."""
        seen = []
        monkeypatch.setattr(
            "detr_gradio.server.launch.launch", lambda chosen, language: seen.append(chosen)
        )
        for variable, *_ in settings.describe():
            monkeypatch.delenv(variable, raising=False)
        limits.cache_clear()
        yield seen
        limits.cache_clear()

    def test_options(self, launched):
        words = "launch --host 0.0.0.0 --port 8000 --share --auth ann:x --checkpoint toy-scenes"
        assert main([*words.split(), "--root-path", "/detr", "--open"]) == 0
        assert launched == [
            settings.Settings(
                host="0.0.0.0",
                port=8000,
                share=True,
                auth="ann:x",
                checkpoint="toy-scenes",
                root_path="/detr",
                open=True,
            )
        ]

    def test_environment(self, launched, monkeypatch):
        monkeypatch.setenv("DETR_PORT", "8001")
        monkeypatch.setenv("DETR_SHARE", "yes")
        assert main(["launch"]) == 0
        assert launched == [settings.Settings(port=8001, share=True)]

    def test_queue_size(self, launched, monkeypatch):
        monkeypatch.setenv("DETR_QUEUE_SIZE", "9")
        main(["launch", "--queue-size", "7"])
        assert limits().queue_size == 7

    def test_folder_of_a_checkpoint_is_allowed(self, launched, monkeypatch, checkpoint):
        monkeypatch.setenv("DETR_CHECKPOINT_FOLDERS", "/models")
        main(["launch", "--checkpoint", checkpoint])
        assert catalogue.find(checkpoint).folder == Path(checkpoint)
        assert os.environ["DETR_CHECKPOINT_FOLDERS"] == f"/models{os.pathsep}{checkpoint}"

    def test_folder_that_is_no_checkpoint_is_told_at_the_start(self, monkeypatch, photos, capsys):
        monkeypatch.setenv("DETR_CHECKPOINT_FOLDERS", "")
        limits.cache_clear()
        assert main(["launch", "--checkpoint", str(photos), "--language", "en"]) == 3
        assert "The folder photos has no config.json." in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("words", "environment"),
        [
            (["--port", "0"], {}),
            (["--ssl-certfile", "cert.pem"], {}),
            (["--queue-size", "0"], {}),
            (["--root-path", "detr"], {}),
            ([], {"DETR_MAX_IMAGE_PIXELS": "many"}),
        ],
    )
    def test_impossible_settings_stop_it_with_a_sentence(
        self, launched, monkeypatch, capsys, words, environment
    ):
        monkeypatch.setenv("DETR_QUEUE_SIZE", "9")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert main(["launch", *words, "--language", "es"]) == 2
        assert launched == []
        assert capsys.readouterr().err.count("\n") == 1

    def test_options_that_app_py_does_not_know_are_not_passed_over(self):
        app = Path(__file__).parents[2] / "app.py"
        words = [sys.executable, str(app), "--port", "8000"]
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1
        assert message("app_options", words="--port 8000") in done.stderr
