"""The fuzzer of videos: a short run finds nothing, and it can find something."""

import sys

import numpy as np
import pytest

from detr_gradio.video.run import VideoRun
from tests import fuzz_videos
from tests.support import ffmpeg

pytestmark = ffmpeg.needed


def test_a_short_run_finds_no_fault():
    result = fuzz_videos.fuzz(cases=16, seed=1)
    assert result["faults"] == []
    assert result["cases"] == 16
    assert len(result["verdicts"]) >= 3  # neither all broken nor all whole
    if sys.platform == "linux":
        assert 20 < result["peak_megabytes"] < 300  # numpy and PyAV take 50


def test_a_case_is_the_same_every_time():
    cases = [fuzz_videos.mutated_file(5, number) for number in range(100)]
    assert cases == [fuzz_videos.mutated_file(5, number) for number in range(100)]
    assert len(set(cases)) > 90


def fail(run):
    run._process.close()
    raise ZeroDivisionError


def grow(run):
    """A run whose frames change their size."""
    for step, side in zip(VideoRun.__iter__(run), range(16, 99), strict=False):
        object.__setattr__(step, "image", np.zeros((side, 16, 3), np.uint8))
        yield step


@pytest.mark.parametrize(
    ("behaviour", "fault"), [(fail, "ESCAPED ZeroDivisionError"), (grow, "WRONG FRAMES")]
)
def test_it_finds_faults(behaviour, fault, monkeypatch):
    class Faulty(VideoRun):
        __iter__ = behaviour

    whole = fuzz_videos.seeds()["vp8.webm"]
    assert fuzz_videos.verdict("in.webm", whole) == "video"
    monkeypatch.setattr(fuzz_videos, "VideoRun", Faulty)
    assert fuzz_videos.verdict("in.webm", whole) == fault
