"""A network in replicas on a Ray cluster, of which one is killed."""

import json
import os
import signal
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from pathlib import Path
from types import SimpleNamespace
from urllib.request import urlopen

import numpy as np
import pytest
import yaml

pytest.importorskip("ray.serve")

import ray
from ray import serve
from ray.serve.exceptions import BackPressureError
from ray.serve.schema import ServeDeploySchema

from benchmarks.cluster import patiently
from detr_gradio import load_segmenter
from detr_gradio.messages import UserError
from detr_gradio.service.replicas import application, application_name, connect, load_on_replicas
from tests.support.small_scenes import scene

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster():
    yield patiently(lambda: connect(None))
    serve.shutdown()
    ray.shutdown()


@pytest.fixture(autouse=True)
def nothing_is_loaded(monkeypatch):
    """What other tests have loaded has its network here."""
    monkeypatch.setattr("detr_gradio.segmenter._segmenters", OrderedDict())


def in_a_thread(test):
    """As in the server: the tests' own thread may have Playwright's loop, which Serve refuses."""

    @wraps(test)
    def run(*args, **kwargs):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(test, *args, **kwargs).result()

    return run


def replicas():
    """Process ids of the replicas."""
    lines = {int(p.parent.name): read_or_nothing(p) for p in Path("/proc").glob("[0-9]*/cmdline")}
    return [pid for pid, line in lines.items() if line.startswith(b"ray::ServeReplica:toy-scenes")]


def read_or_nothing(path):
    try:
        return path.read_bytes()
    except OSError:  # it has just ended
        return b""


@in_a_thread
def test_answers_are_those_of_the_network_and_a_lost_replica_costs_a_sentence(cluster, one_thread):
    segmenter = load_on_replicas("toy-scenes", precision="exact", replicas=1)
    own = load_segmenter("toy-scenes", device="cpu:0")
    first = segmenter.segment(scene(0))
    assert np.array_equal(first.segment_ids, own.segment(scene(0)).segment_ids)
    assert first.segments == own.segment(scene(0)).segments
    (pid,) = replicas()

    def ask(number):
        try:
            return segmenter.segment(scene(number))
        except UserError as error:
            return error.key

    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(ask, number) for number in range(1, 25)]
        asked[3].result(600)
        os.kill(pid, signal.SIGKILL)
        answers = [future.result(600) for future in asked]
    for number, answer in enumerate(answers, 1):
        if answer != "replica_lost":
            assert answer.segments == own.segment(scene(number)).segments
    assert set(map(type, answers)) <= {str, type(first)}
    assert replicas() != [pid]
    assert segmenter.segment(scene(30)).segments == own.segment(scene(30)).segments


@in_a_thread
def test_each_replica_has_a_log_of_json_and_figures(cluster):
    load_on_replicas("toy-scenes", precision="exact", replicas=1).segment(scene(40))
    folder = Path(ray._private.worker._global_node.get_session_dir_path(), "logs", "serve")
    logs = folder.glob("replica_toy-scenes-exact_network_*.log")
    lines = [json.loads(line) for log in logs for line in log.read_text().splitlines()]
    assert any(line["message"].startswith("CALL answer OK ") for line in lines)
    (node,) = ray.nodes()
    figures = f"http://127.0.0.1:{node['MetricsExportPort']}/metrics"
    until = time.monotonic() + 90  # reported every ten seconds
    while "ray_serve_deployment_request_counter" not in urlopen(figures).read().decode():
        assert time.monotonic() < until
        time.sleep(1)


def test_the_config_for_a_cluster_is_one_and_front_ends_find_it():
    """Its schema is Serve's own, and its name and deployment those of this module."""
    content = yaml.safe_load((ROOT / "docs" / "ray-serve.yaml").read_text())
    schema = ServeDeploySchema.model_validate(content)
    (app,) = schema.applications
    assert app.import_path == "detr_gradio.service.replicas:application"
    assert app.name == application_name(app.args["checkpoint"], "exact")
    bound = application(app.args)
    assert [deployment.name for deployment in app.deployments] == [bound._bound_deployment.name]


@in_a_thread
def test_a_full_queue_is_told(cluster, monkeypatch):
    segmenter = load_on_replicas("toy-scenes", precision="exact", replicas=1)

    class Full:
        def remote(self, *_):
            raise BackPressureError(num_queued_requests=3, max_queued_requests=3)

    monkeypatch.setattr(segmenter.network, "_handle", SimpleNamespace(answer=Full()))
    with pytest.raises(UserError) as told:
        segmenter.network.predict(np.zeros((64, 64, 3), np.uint8))
    assert told.value.key == "replica_full"
