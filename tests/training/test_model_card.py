"""The card that a training writes is one whose facts the app reads."""

from collections import Counter
from inspect import signature
from types import SimpleNamespace

import pytest

from detr_gradio.checkpoints.catalogue import Checkpoint
from detr_gradio.checkpoints.model_card import read_card
from detr_gradio.evaluation.quality import Quality, Scores
from detr_gradio.training.model_card import model_card
from detr_gradio.training.settings import Settings


def quality(pq):
    return Quality(**{**dict.fromkeys(signature(Quality).parameters, 3), "pq": pq})


@pytest.mark.parametrize("measured", [True, False])
def test_its_facts_are_read(tmp_path, measured):
    groups = {"all": quality(61.257), "things": quality(61.257), "stuff": None}
    scores = Scores(**{name: groups.get(name, {}) for name in signature(Scores).parameters})
    found = SimpleNamespace(scores=scores, categories={}, confusions=Counter())
    labels = SimpleNamespace(entries=[{"id": 1, "name": "a|b <c>"}], known=[0])
    facts = {"data": 'räume 😀 "q"', "pictures": 3, "processor_minutes": 1.0, "before": {}}
    card = model_card("owner/name", labels, Settings(), facts, found if measured else None)
    (tmp_path / "README.md").write_text(card)
    read = read_card(Checkpoint(name="x", title="x", folder=tmp_path))
    assert read.base == "owner/name"
    assert (read.pq, read.data) == ((61.26, 'räume 😀 "q"') if measured else (None, ""))
    assert read.words.endswith("1 of which it knew before: a|b <c>.")
