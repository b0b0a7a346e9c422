"""Names of the pictures beside the shards."""

import pytest

pytest.importorskip("pyarrow")

from detr_gradio.batch.beside import file_name


def test_names_are_those_of_the_pictures_and_lead_nowhere():
    assert file_name("beach 1") == "beach 1.png"
    assert file_name("../a/ñ.jpg") == "..%2Fa%2F%C3%B1.jpg.png"


def test_long_names_are_cut_and_stay_different():
    names = {file_name("x" * 300 + end) for end in "ab"}
    assert len(names) == 2
    assert all(len(name) == 204 for name in names)
