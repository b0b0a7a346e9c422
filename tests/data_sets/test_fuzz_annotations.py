"""The fuzzer of annotations: a short run finds nothing, and it can find something."""

import numpy as np
import pytest

from tests import fuzz_annotations


def test_a_short_run_finds_no_fault():
    result = fuzz_annotations.fuzz(cases=150, seed=1)
    assert result["faults"] == []
    assert result["cases"] == 150
    for verdict in ("a data set", "a part left out", "one sentence"):
        assert result["verdicts"][verdict] >= 5, verdict


@pytest.mark.parametrize(
    ("name", "behaviour", "fault"),
    [
        ("command", lambda words: 1 / 0, "ESCAPED ZeroDivisionError"),
        ("command", lambda words: 2, "MANY LINES"),
        ("command", lambda words: print("{") or 0, "ESCAPED JSONDecodeError"),
    ],
)
def test_it_finds_faults(name, behaviour, fault, monkeypatch):
    monkeypatch.setattr(fuzz_annotations, name, behaviour)
    assert fuzz_annotations.fuzz(cases=1)["faults"] == [f"{fault}, case 0"]


def test_it_finds_data_that_are_not_fit(monkeypatch):
    def nothing(ids):
        return np.zeros((*ids.shape, 3), np.uint8)

    monkeypatch.setattr("detr_gradio.data_sets.conversion.ids_to_rgb", nothing)
    faults = fuzz_annotations.fuzz(cases=30)["faults"]
    assert any(fault.startswith("UNFIT segment_no_pixels") for fault in faults)
