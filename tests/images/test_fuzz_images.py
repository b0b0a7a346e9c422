"""The fuzzer of image loading: a short run finds nothing, and it can find something."""

import os
import time

import numpy as np
import pytest

from detr_gradio.isolation import IsolationError
from tests import fuzz_images
from tests.support import fuzzing


def test_a_short_run_finds_no_fault():
    result = fuzz_images.fuzz(cases=1_500, seed=1)
    assert result["faults"] == []
    assert result["cases"] == 1_500
    # Neither are all files broken beyond the first byte, nor all of them whole.
    assert result["verdicts"]["picture"] > 150
    assert result["verdicts"]["image_damaged"] > 150
    assert len(result["verdicts"]) >= 4


def test_a_case_is_the_same_every_time():
    cases = [fuzz_images.mutated_file(5, number) for number in range(200)]
    assert cases == [fuzz_images.mutated_file(5, number) for number in range(200)]
    assert len(set(cases)) > 190


@pytest.mark.parametrize(
    ("behaviour", "fault"),
    [
        (lambda data: 1 / 0, "ESCAPED ZeroDivisionError"),
        (lambda data: np.zeros((20, 20, 4), np.uint8), "WRONG ARRAY"),
        (lambda data: os.abort(), "CRASH -6"),
        (lambda data: time.sleep(60), "HANG"),
        (lambda data: sum(range(10**10)), "HANG"),
    ],
)
def test_it_finds_faults(behaviour, fault, monkeypatch):
    monkeypatch.setattr(fuzz_images, "load_image", behaviour)
    monkeypatch.setattr(fuzzing, "MAX_SECONDS", 0.3 if fault == "HANG" else 20.0)
    result = fuzz_images.fuzz(cases=2)
    assert result["cases"] == 2
    assert {f"{fault}, case 0", f"{fault}, case 1"} <= set(result["faults"])


def test_it_finds_a_path_in_a_message(monkeypatch):
    def leak(data):
        raise fuzz_images.ImageError("image_wrong_type", type="/srv/app")

    monkeypatch.setattr(fuzz_images, "load_image", leak)
    assert fuzz_images.fuzz(cases=1)["faults"] == ["LEAK in image_wrong_type, case 0"]


def test_it_finds_a_decoder_that_ended(monkeypatch):
    def end(data):
        raise fuzz_images.ImageError("image_damaged", format="AVIF") from IsolationError("crash")

    monkeypatch.setattr(fuzz_images, "load_image", end)
    assert fuzz_images.fuzz(cases=1)["faults"] == ["DECODER crash, case 0"]
