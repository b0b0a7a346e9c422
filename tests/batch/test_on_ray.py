"""``segment --engine ray`` on a cluster of three nodes on this machine, of which one is lost."""

import os
import signal
import time

import numpy as np
import pytest

pytest.importorskip("ray")

from benchmarks.cluster import start_cluster
from benchmarks.server import family
from detr_gradio import load_segmenter, read_results
from detr_gradio.messages import message
from tests.support.batch_runs import PATIENCE, start_run, wait_for_rows, write_photos
from tests.support.children import command_of

pytestmark = pytest.mark.slow

SCENES, BROKEN = 40, 8
TOTAL = SCENES + BROKEN + 1


@pytest.fixture(scope="module")
def cluster():
    nodes = start_cluster(3)
    yield nodes
    nodes.shutdown()


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    return write_photos(tmp_path_factory.mktemp("photos"), SCENES, BROKEN)


def test_a_lost_driver_and_a_lost_node_cost_no_row_and_make_none_twice(
    cluster, photos, tmp_path, one_thread
):
    listed, places, wrong = photos
    first = start_run(cluster, listed, tmp_path, "--workers", "2")
    wait_for_rows(first, tmp_path, 4)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    kept = set(read_results(tmp_path).ids())
    assert 4 <= len(kept) < TOTAL

    second = start_run(cluster, listed, tmp_path, "--workers", "2")
    wait_for_rows(second, tmp_path, len(kept) + 4)
    cluster.remove_node(cluster.worker_nodes.copy().pop(), allow_graceful=False)
    said, errors = second.communicate(timeout=PATIENCE)
    assert second.returncode == 1, errors
    assert "Traceback" not in errors

    results, segmenter = read_results(tmp_path), load_segmenter("toy-scenes")
    names = list(results.ids())
    assert len(names) == len(set(names)) == TOTAL
    assert set(names) == {*places, *wrong}
    assert {name for name, _ in results.errors()} == wrong
    got = dict(results)
    for name in [*(f"scene {number}" for number in range(0, SCENES, 4)), "scene 0 again"]:
        expected = segmenter.segment(places[name])
        assert np.array_equal(got[name].segment_ids, expected.segment_ids)
        assert got[name].segments == expected.segments
    assert f"done before: {len(kept)}; " in said
    assert f"of {TOTAL} pictures" in said


def test_too_many_errors_end_the_run_in_a_sentence(cluster, photos, tmp_path):
    process = start_run(cluster, photos[0], tmp_path, "--max-errors", "5%", "--workers", "1")
    _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 2, errors
    assert "pictures could not be segmented, more than --max-errors allows" in errors
    assert f"broken 0: {message('image_empty')}" in errors
    assert "Traceback" not in errors


def test_one_processor_is_enough(tmp_path):
    listed, places, wrong = write_photos(tmp_path / "photos", 2, 0)
    small = start_cluster(1)
    try:
        process = start_run(small, listed, tmp_path / "out")
        _, errors = process.communicate(timeout=PATIENCE)
    finally:
        small.shutdown()
    assert process.returncode == 0, errors
    assert set(read_results(tmp_path / "out").ids()) == {*places, *wrong}


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="needs two processors")
def test_a_cluster_of_this_machine_has_all_networks_from_the_start(photos, tmp_path):
    process = start_run(None, photos[0], tmp_path, "--workers", "2")
    try:
        networks, until = [], time.monotonic() + PATIENCE
        while len(networks) < 2:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, networks
            time.sleep(0.1)
            networks = [each for each in family(process.pid) if "_Segmenting" in command_of(each)]
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE)
