"""Hostile files have the answer they must have; chance finds nothing else; memory stays small."""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from detr_gradio.images import ImageError, load_image
from tests.support.hostile import hostile_files, seeds, write_hostile_files
from tests.support.pictures import (
    answer_of,
    assert_flat,
    assert_is_an_answer,
    assert_is_kind,
    check_answer,
)


def test_there_are_hundreds_of_hostile_files():
    files = hostile_files()
    assert len(files) >= 450
    assert sum(file.answer.startswith("image_") for file in files) >= 350
    assert sum(file.answer in seeds() for file in files) >= 70


@pytest.mark.parametrize("file", hostile_files(), ids=lambda file: file.name)
def test_a_hostile_file_has_its_answer(file):
    answer = answer_of(file.data)
    if isinstance(answer, ImageError):
        assert answer.key == file.answer
        assert_is_kind(answer, file.name)
        return
    assert_is_an_answer(answer)
    if file.answer in seeds():
        assert np.array_equal(answer, load_image(seeds()[file.answer]))
        return
    size, _, color = file.answer.partition(" #")
    assert "x".join(map(str, answer.shape[1::-1])) == size
    if color:
        assert_flat(answer, tuple(bytes.fromhex(color)))


def test_hostile_files_by_path(tmp_path):
    for path in write_hostile_files(tmp_path)[::5]:
        check_answer(path, path.name, str(tmp_path))


def test_the_hostile_files_are_hostile():
    """Plain Pillow, asked for the same, lets many kinds of exceptions through."""
    kinds = set()
    for file in hostile_files():
        if len(file.data) < 5_000:  # the heavy ones would take it hours
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    np.array(Image.open(BytesIO(file.data)).convert("RGB"))
            except Exception as error:
                kinds.add(type(error))
    assert len(kinds) >= 6


def test_the_checks_can_fail():
    with pytest.raises(AssertionError):
        assert_is_an_answer(np.zeros((20, 20, 3), np.float32))
    with pytest.raises(AssertionError):
        assert_is_an_answer(np.zeros((20, 20, 4), np.uint8))
    with pytest.raises(AssertionError):
        assert_is_an_answer(np.zeros((1, 1, 3), np.uint8))
    with pytest.raises(AssertionError):
        assert_is_kind(ImageError("image_wrong_type", type="/srv/app/secret"))


MEASURE = """
import re, sys
from pathlib import Path
from detr_gradio.images import ImageError, load_image
for path in sys.argv[1:]:
    try:
        load_image(path)
    except ImageError:
        pass
# Not getrusage: its peak includes the parent's, from between fork and exec.
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""


def test_no_hostile_file_takes_much_memory(tmp_path):
    paths = [str(path) for path in write_hostile_files(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", MEASURE, *paths],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    assert int(run.stdout) < 300_000  # KB


# Many at once, and chance ------------------------------------------------------------------------


def test_threads_do_not_disturb_each_other():
    def result(data):
        answer = answer_of(data)
        return answer.key if isinstance(answer, ImageError) else answer.tobytes()

    files = [file.data for file in hostile_files() if len(file.data) < 5_000]
    alone = [result(data) for data in files]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(result, files * 2)) == alone * 2


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(seeds())),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4)), max_size=6),
    length=st.floats(0, 1),
)
def test_mutated_files(name, edits, length):
    data = bytearray(seeds()[name])
    for place, change in edits:
        at = int(place * len(data))
        data[at : at + len(change)] = change
    data = bytes(data[: max(1, round(len(data) * max(length, 0.05)))])
    check_answer(data)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200), start=st.sampled_from(sorted(seeds())))
def test_noise_behind_a_right_signature(data, start):
    check_answer(seeds()[start][:16] + data)
