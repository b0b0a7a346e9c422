"""Whether bfloat16 pays is measured once and kept."""

import json

import pytest
import torch

from detr_gradio.model import bfloat16_trial
from detr_gradio.model.bfloat16_trial import bfloat16_pays


class Measured:
    """Counts how often is measured; ``fresh`` is what a new process sees."""

    def __init__(self, folder, monkeypatch):
        self.file = folder / "detr-gradio" / "bfloat16.json"
        self.times, self.answer = 0, True
        monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
        monkeypatch.setattr(bfloat16_trial, "_measure", self.measure)

    def measure(self):
        self.times += 1
        return self.answer

    def fresh(self):
        bfloat16_pays.cache_clear()
        return bfloat16_pays()


@pytest.fixture
def measured(tmp_path, monkeypatch):
    yield Measured(tmp_path, monkeypatch)
    bfloat16_pays.cache_clear()


@pytest.mark.parametrize("answer", [True, False])
def test_another_process_measures_no_more(measured, answer):
    measured.answer = answer
    assert measured.fresh() is answer
    measured.answer = not answer
    assert measured.fresh() is answer
    assert measured.times == 1
    assert list(json.loads(measured.file.read_text()).values()) == [answer]
    assert [path.name for path in measured.file.parent.iterdir()] == ["bfloat16.json"]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"else": 3}'])
def test_a_file_that_says_nothing_is_written_anew(measured, content):
    measured.file.parent.mkdir()
    measured.file.write_bytes(content)
    assert measured.fresh() is measured.fresh() is True
    assert measured.times == 1


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("platform.node", lambda: "another"),
        ("torch.get_num_threads", lambda: 99),
        ("torch.backends.cpu.get_cpu_capability", lambda: "NONE"),
        ("torch.__version__", "99"),
    ],
)
def test_another_machine_measures_for_itself(measured, monkeypatch, what, value):
    measured.fresh()
    monkeypatch.setattr(f"detr_gradio.model.bfloat16_trial.{what}", value)
    measured.answer = False
    assert measured.fresh() is False
    monkeypatch.undo()
    assert len(json.loads(measured.file.read_text())) == 2


def test_where_nothing_can_be_kept_it_is_measured_each_time(measured, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert measured.fresh() is measured.fresh() is True
    assert measured.times == 2


@pytest.mark.parametrize(("ratio", "pays"), [(1.1, False), (1.3, True)])
def test_it_has_to_be_clearly_faster(monkeypatch, ratio, pays):
    seconds = {torch.float32: ratio, torch.bfloat16: 1.0}
    monkeypatch.setattr(bfloat16_trial, "FusedConv2d", lambda *_parts: torch.nn.Identity())
    monkeypatch.setattr(bfloat16_trial, "_seconds", lambda _work, images: seconds[images.dtype])
    assert bfloat16_trial._measure() is pays


def test_a_processor_without_it_is_told_by_torch(monkeypatch):
    def refuse(*_parts):
        raise RuntimeError("bf16 path needs the cpu support avx512bw")

    monkeypatch.setattr(bfloat16_trial, "FusedConv2d", refuse)
    assert bfloat16_trial._measure() is False


def test_a_real_measurement_answers():
    assert bfloat16_trial._measure() in (True, False)
