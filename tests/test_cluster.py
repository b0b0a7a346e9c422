"""Joining a Ray cluster: what is told where there is none."""

import pytest

pytest.importorskip("ray")

import ray

from detr_gradio.cluster import join
from detr_gradio.messages import UserError


@pytest.mark.parametrize(
    ("raised", "key"),
    [
        (ConnectionError("Failed to connect to Ray cluster"), "batch_no_cluster"),
        (Exception("The current node timed out during startup. ..."), "batch_no_start"),
    ],
)
def test_it_is_told_in_a_sentence(monkeypatch, raised, key):
    def init(*_args, **_options):
        raise raised

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(UserError) as told:
        join("auto")
    assert told.value.key == key


def test_a_fault_of_the_program_stays_one(monkeypatch):
    def init(*_args, **_options):
        raise ValueError("odd")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(ValueError, match="odd"):
        join(None)


def test_no_dashboard_of_its_own_is_started(monkeypatch):
    asked = []
    monkeypatch.setattr(ray, "init", lambda *args, **options: asked.append((args, options)))
    join(None)
    join("auto")
    ((own, first), (other, second)) = asked
    assert (own, first["include_dashboard"]) == (("local",), False)
    assert (other, "include_dashboard" in second) == (("auto",), False)
