"""The load run in short, with the toy scenes: everybody gets the own right answer."""

import itertools

import pytest

from benchmarks import load
from benchmarks.server import Server
from benchmarks.visitors import Visitor, is_right, picture
from detr_gradio import load_segmenter
from detr_gradio.limits import limits
from detr_gradio.ui.i18n import text

SIZE = 2


@pytest.fixture(scope="module")
def own():
    return load_segmenter("toy-scenes")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    files = tmp_path_factory.mktemp("files")
    with Server("toy-scenes", files, DETR_QUEUE_SIZE=str(SIZE)) as server:
        yield server


@pytest.fixture(scope="module")
def met(server, own):
    return load.load_round(server, own, clients=6, pictures=12, first=1)


def test_every_answer_is_the_client_s_own(met):
    assert (met.wrong, met.failed) == (0, 0)


def test_the_queue_is_bounded_says_so_and_goes_forward(met):
    assert met.refused > 0
    assert met.sentences == [text("queue_full", "en", size=SIZE)]
    assert 1 <= met.queue <= SIZE
    assert met.rising == 0


def test_quick_requests_are_right_and_never_refused(met):
    assert met.quick_answers > 0
    assert met.quick_faults == 0


def test_another_picture_s_answer_would_be_found(server, own):
    visitor = Visitor(server)
    _, files = visitor.segment(picture(901))
    _, shown = visitor.show(picture(902), own.checkpoint.default_detail)
    assert is_right(own, 901, files)
    assert is_right(own, 902, shown)
    assert not is_right(own, 902, files)
    assert not is_right(own, 901, shown)


def test_no_two_pictures_are_the_same():
    pictures = [picture(number) for number in range(40)]
    assert all(one != other for one, other in itertools.combinations(pictures, 2))


GOOD = {
    "pictures": 100,
    "per_second": 5.0,
    "relative": 1.0,
    "median": 4.0,
    "queue": 7,
    "quick": 0.5,
    "quick_answers": 40,
    "peak_gigabytes": 1.5,
}


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({}, None),
        ({"relative": 0.89}, "throughput"),
        ({"wrong": 1}, "right answers"),
        ({"failed": 1}, "an answer for everybody"),
        ({"queue": limits().queue_size + 1}, "a bounded queue"),
        ({"rising": 1}, "positions that fall"),
        ({"quick": 2.1}, "quick requests"),
        ({"quick_faults": 1}, "right quick answers"),
        ({"quick_answers": 0, "quick": 0.0}, "right quick answers"),
        ({"peak_gigabytes": 4.1}, "bounded memory"),
    ],
)
def test_each_broken_promise_is_told(change, promise):
    told = load.Round(8, **{**GOOD, **change}).broken()
    assert told == ([] if promise is None else [f"{promise} with 8 clients"])
