"""The command ``video``."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import count

import numpy as np
import pytest

from detr_gradio.cli import main
from tests.support.children import child_with
from tests.support.made_videos import read_video, write_video


def files(folder):
    """Relative paths of the files below a folder, without the journal."""
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in paths if path != "detr-panoptic.jsonl")


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
