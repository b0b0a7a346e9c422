"""``segment --engine ray`` on a cluster of three nodes on this machine, of which one is lost."""

import signal

import numpy as np
import pytest

pytest.importorskip("ray")

from benchmarks.cluster import start_cluster
from detr_gradio import load_segmenter, read_results
from detr_gradio.messages import message
from tests.support.batch_runs import PATIENCE, start_run, wait_for_rows, write_photos

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
