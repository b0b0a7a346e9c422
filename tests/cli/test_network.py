"""What a command says of the checkpoint that it opens."""

import pytest

from detr_gradio import segmenter
from detr_gradio.cli.network import open_segmenter
from detr_gradio.messages import message
from tests.support.half_precision import needs_bfloat16


@pytest.mark.parametrize(
    ("pays", "precision", "told"),
    [
        (False, "exact", False),
        (False, "fast", True),
        pytest.param(True, "fast", False, marks=needs_bfloat16),
    ],
)
def test_fast_that_is_exact_is_told(pays, precision, told, monkeypatch, capsys):
    monkeypatch.setattr(segmenter, "_segmenters", type(segmenter._segmenters)())
    monkeypatch.setattr("detr_gradio.model.network.bfloat16_pays", lambda: pays)
    opened = open_segmenter("toy-scenes", precision=precision, language="es")
    assert (opened.network.precision == precision) is not told
    sentence = message("precision_exact", "es") + "\n"
    assert capsys.readouterr().err == (sentence if told else "")
