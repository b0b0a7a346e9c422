"""The real command where a system lacks what most have; Linux only."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from detr_gradio.messages import message
from tests.support.isolated import in_namespace, require_namespaces

ROOT = Path(__file__).parents[2]

# The command line under a wall clock that leaps forth and back by years.
UNSTEADY_CLOCK = """
import itertools, runpy, time
leaps = itertools.cycle([0, 1e8, -1e8])
real = time.time
time.time = lambda: real() + next(leaps)
runpy.run_module("detr_gradio", run_name="__main__", alter_sys=True)
"""


@pytest.fixture(autouse=True)
def namespaces():
    require_namespaces()


def environment(**changes):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return {**kept, "PYTHONPATH": str(ROOT), **changes}


@pytest.fixture
def photos(tmp_path):
    """A picture whose name is no ASCII."""
    (tmp_path / "photos").mkdir()
    Image.effect_noise((128, 96), 60).convert("RGB").save(tmp_path / "photos" / "año.png")
    return tmp_path


@pytest.mark.parametrize(
    "locale",
    [
        # Python would help itself out of the plain C locale; these two are what it meets elsewhere.
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    ],
    ids=["ASCII", "Turkish"],
)
def test_segment_needs_no_user_no_home_no_temporary_folder_and_no_steady_clock(photos, locale):
    for name in ("home", "full", "out"):
        (photos / name).mkdir()
    mounts = [
        f"mount --bind '{folder}' '{folder}'; mount -o remount,bind,ro '{folder}'"
        for folder in (photos / "home", ROOT)
    ]
    mounts += [f"mount -t tmpfs -o size=4k none '{photos}/full'; echo x > '{photos}/full/x'"]
    words = ["segment", "photos", "--output", "out", "--checkpoint", "toy-scenes"]
    nobody = ["unshare", "--user", "--map-user=12345", "--map-group=12345"]
    command = [*in_namespace("; ".join(mounts)), *nobody, sys.executable, "-c", UNSTEADY_CLOCK]
    done = subprocess.run(
        [*command, *words, "--language", "en"],
        cwd=photos,
        env=environment(HOME=str(photos / "home"), TMPDIR=str(photos / "full"), **locale),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "Segmented: 1; done before: 0; failed: 0." in done.stdout
    document = json.loads((photos / "out" / "año.json").read_text(encoding="utf-8"))
    assert document["images"][0]["file_name"] == "año.png"
    assert document["annotations"][0]["file_name"] == "año_panoptic.png"
    assert (photos / "out" / "año_panoptic.png").is_file()
    with (photos / "out" / "año.csv").open(encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file))[:2] == ["segment", "name"]


def test_launch_without_any_folder_for_temporary_files_says_what_it_needs(tmp_path):
    places = ("/tmp", "/var/tmp", "/usr/tmp")
    if any(Path(sys.prefix).is_relative_to(place) for place in places):
        pytest.skip("takes away /tmp, where this Python is")
    mounts = [f"if [ -d {place} ]; then mount -t tmpfs -o ro none {place}; fi" for place in places]
    done = subprocess.run(
        [*in_namespace("; ".join(mounts)), sys.executable, "-m", "detr_gradio", "launch"],
        cwd="/proc",  # nothing can be written there either
        env=environment(LANG="C.UTF-8", TMPDIR="/proc"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, message("cli_no_temporary_folder") + "\n")


@pytest.mark.skipif(not shutil.which("ip"), reason="needs iproute2")
def test_launch_where_there_is_ipv6_alone_names_the_address_and_the_option():
    network = 'ip link set lo up; ip addr del 127.0.0.1/8 dev lo; exec "$@"'
    prepare = ["unshare", "--net", "--map-root-user", "sh", "-ec", network, "sh"]
    done = subprocess.run(
        [*prepare, sys.executable, "-m", "detr_gradio", "launch", "--checkpoint", "toy-scenes"],
        env=environment(LANG="C.UTF-8"),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("The app can't listen on 127.0.0.1")
    assert "--host" in done.stderr
    assert done.stderr.count("\n") == 1
