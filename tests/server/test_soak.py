"""The soak run in short, and what it would find."""

from dataclasses import replace

import pytest

from benchmarks import light_load, soak
from benchmarks.server import Server

LEVEL = soak.Sample(200, 1_000, 11, 10, 400, 400, 100)
REST = soak.Sample(0, 1_000, 10, 10, 0, 0, 0)


def test_pictures_and_frames_go_their_way(tmp_path):
    with Server("toy-scenes", tmp_path) as server:
        pictures = soak.send_pictures(server, range(25), 5)
        frames = soak.film(server, seconds=4, every=1)
        rest = soak.at_rest(server, frames[-1].done, seconds=0)
    assert [sample.done for sample in pictures] == [5, 10, 15, 20, 25]
    files = [sample.files for sample in pictures]
    assert files == sorted(set(files))  # more each time: nothing is old enough to go
    assert frames[-1].done > 0
    assert {sample.files for sample in frames} == {files[-1]}  # a frame leaves no file
    assert all(sample.megabytes > 100 and sample.threads > 1 for sample in pictures + frames)
    assert rest.files == soak.most(pictures + frames).files == files[-1]


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({"megabytes": 1_050}, None),
        ({"megabytes": 1_051}, "memory after the webcam"),
        ({"megabytes": 500}, None),
        ({"threads": 12}, "threads after the webcam"),
        ({"descriptors": 11}, "open files after the webcam"),
    ],
)
def test_what_grows_is_found(change, promise):
    ends = {"pictures": LEVEL, "webcam": replace(LEVEL, **change)}
    assert soak.broken(LEVEL, ends, REST) == ([promise] if promise else [])


@pytest.mark.parametrize("kind", ["files", "folders"])
def test_what_stays_on_the_disk_is_found(kind):
    rest = replace(REST, **{kind: 1})
    assert soak.broken(LEVEL, {"pictures": LEVEL}, rest) == ["files and folders that stay"]


@pytest.mark.parametrize(("last", "creeps"), [(1_050, False), (1_051, True)])
def test_memory_that_creeps_once_the_caches_are_full_is_found(last, creeps):
    # Pictures at the 1st and 4th minute, the 6th, the 11th, and so on.
    samples = [(1, 500), (4, 520), (6, 700), (11, 990), (16, 1_000), (21, 1_200), (26, last)]
    medians = light_load.levels(samples)
    assert medians == [510, 700, 990, 1_000, 1_200, last]
    assert light_load.creeps(medians) == creeps
