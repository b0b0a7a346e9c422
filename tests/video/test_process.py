"""Videos are read and written in a process of their own: what ends it ends nothing else."""

import csv
import json
import os
import signal
import time

import pytest

from detr_gradio.video.frame import VideoError
from detr_gradio.video.run import VideoRun
from tests.support.children import child_with
from tests.support.made_videos import read_video, write_video
from tests.support.moving_scene import PERSON, discs, panoptic_result, picture, read_picture

WORKER = "detr_gradio.video.worker:work"
PEOPLE = dict.fromkeys(range(1, 8), PERSON)


def see(image):
    return panoptic_result(read_picture(image), PEOPLE)


def leave(image, result):
    return image


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    images = [picture(truth) for truth in discs(100)]
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", images, tone=True)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_what_is_finished_is_kept_when_the_process_dies(number, clip, tmp_path):
    run = VideoRun(clip, tmp_path, see, leave)
    steps = []
    for step in run:
        steps.append(step)
        if step.frames == 60:
            os.kill(child_with(WORKER), number)
    frames, times = read_video(run.video)
    # Pieces are written five times a second, some frames behind.
    assert 30 <= len(frames) <= len(steps) <= 62  # two had been sent ahead
    assert times == pytest.approx([index / 25 for index in range(len(frames))])
    assert (read_picture(frames[19]) == read_picture(steps[19].image)).mean() > 0.98
    summary = run.summary
    assert summary.frames == summary.segmented == len(frames)
    assert summary.damaged_at == steps[-1].seconds
    assert [note.key for note in summary.notes] == ["video_ended"]
    rows = list(csv.DictReader(run.csv.open(encoding="utf-8-sig", newline="")))
    lines = [json.loads(line) for line in run.jsonl.read_text(encoding="utf-8").splitlines()]
    assert [line["frame"] for line in lines] == list(range(len(frames)))
    assert {int(row["frame"]) for row in rows} == set(range(len(frames)))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "frames.csv",
        "frames.jsonl",
        "video.mp4",
    ]


def test_where_nothing_is_finished_a_sentence_says_what_to_do(clip, tmp_path):
    run = VideoRun(clip, tmp_path, see, leave)
    os.kill(child_with(WORKER), signal.SIGSEGV)
    with pytest.raises(VideoError, match=r"can't be read beyond 0\.0 s: the decoder failed"):
        list(run)
    assert not run.video.exists()


def test_a_process_that_hangs_is_ended(clip, tmp_path, monkeypatch):
    monkeypatch.setattr("detr_gradio.video.process.PATIENCE", 2.0)
    run = VideoRun(clip, tmp_path, see, leave)
    began = time.monotonic()
    steps = []
    for step in run:
        steps.append(step)
        if step.frames == 60:
            os.kill(child_with(WORKER), signal.SIGSTOP)
    assert time.monotonic() - began < 60
    assert 60 <= len(steps) <= 62
    assert len(read_video(run.video)[0]) == run.summary.frames >= 20
    with pytest.raises(LookupError):
        child_with(WORKER)


def test_no_process_outlives_its_video(clip, tmp_path):
    run = VideoRun(clip, tmp_path, see, leave)
    steps = iter(run)
    next(steps)
    assert child_with(WORKER)
    steps.close()
    with pytest.raises(VideoError):
        VideoRun(clip, tmp_path, see, leave, start=5)
    with pytest.raises(LookupError):
        child_with(WORKER)
