"""The container, as far as it goes without one: its command as a plain process, and its files."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from detr_gradio.healthcheck import is_ready
from tests.support.isolated import on_read_only_disk, require_namespaces
from tests.support.really_served import free_port

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def instructions(name):
    return re.findall(rf"^{name} (.*)$", DOCKERFILE, re.M)


def test_its_command_starts_becomes_healthy_and_stops_when_asked_to(tmp_path):
    """Where nothing can be written but /tmp and the weights, as compose.yaml has it."""
    require_namespaces()
    (command,) = map(json.loads, instructions("CMD")[-1:])
    assert command[0] == "python"
    settings = dict(re.findall(r"(\w+)=(\S+)", instructions("ENV")[0]))
    port = free_port()
    environment = {
        **os.environ,
        **settings,
        "DETR_HOST": "127.0.0.1",
        "DETR_PORT": str(port),
        "DETR_CHECKPOINT": "toy-scenes",
        "HF_HOME": str(tmp_path / "cache"),
        "GRADIO_TEMP_DIR": str(tmp_path / "gradio"),
        "HOME": str(ROOT),
    }
    process = subprocess.Popen(
        [*on_read_only_disk(ROOT), sys.executable, *command[1:]], cwd=ROOT, env=environment
    )
    try:
        end = time.monotonic() + 400  # a busy machine takes its time
        while not is_ready(environment):
            assert process.poll() is None
            assert time.monotonic() < end
            time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0  # as compose.yaml gives it
    finally:
        process.kill()


def test_its_packages_are_locked_within_the_ranges_that_were_tried():
    locked = dict(re.findall(r"^([\w.-]+)==(\S+) ", (ROOT / "requirements.lock").read_text(), re.M))
    locked |= dict(re.findall(r"(torch\w*)==(\S+)", DOCKERFILE))
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        if line.split("#")[0].strip():
            wanted = Requirement(line.split("#")[0])
            assert Version(locked[wanted.name]) in wanted.specifier, wanted
    assert "--require-hashes" in DOCKERFILE


def test_its_base_is_named_by_its_content():
    (base,) = instructions("FROM")
    assert re.fullmatch(r"python:3\.12-slim@sha256:[0-9a-f]{64}", base)


def test_compose_bounds_what_it_may_take():
    app = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["app"]
    assert app["read_only"] is True
    assert app["tmpfs"] == ["/tmp:size=2g,mode=1777"]
    assert (app["mem_limit"], app["pids_limit"], app["ulimits"]) == ("8g", 512, {"nofile": 8192})
    assert app["ports"] == ["${DETR_PUBLISH:-127.0.0.1:7860}:7860"]


def test_actions_are_named_by_their_commit_and_jobs_end():
    for path in (ROOT / ".github" / "workflows").iterdir():
        for name, job in yaml.safe_load(path.read_text())["jobs"].items():
            if "uses" not in job:  # which has those of the workflow that it calls
                assert job["timeout-minutes"] <= 45, (path.name, name)
            for step in job.get("steps", []):
                if "uses" in step:
                    assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step["uses"]), step
