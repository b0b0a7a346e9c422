"""What leaves the repository: the wheel, the container, the Space."""

import os
import re
import subprocess
import sys
import zipfile
from email import message_from_bytes
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import detr_gradio

ROOT = Path(__file__).parent.parent
NOT_SHIPPED = {".py", ".pyc", ".pyi"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    # A copy: building leaves its traces in the folder that is built.
    source = tmp_path_factory.mktemp("source")
    subprocess.run(
        ["git", "ls-files", "-z", "detr_gradio", "pyproject.toml", "requirements.txt", "README.md"],
        cwd=ROOT,
        check=True,
        stdout=(source / "files").open("wb"),
    )
    for name in (source / "files").read_text().strip("\0").split("\0"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "."],
        cwd=source,
        check=True,
    )
    with zipfile.ZipFile(next(source.glob("*.whl"))) as archive:
        yield archive


def test_wheel_holds_every_module_and_every_file_beside_them(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "detr_gradio"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    missing = {name for name in tracked if Path(name).suffix != ".pyi"} - set(wheel.namelist())
    assert missing == set()


def test_wheel_runs_without_the_repository(wheel, tmp_path):
    wheel.extractall(tmp_path / "installed")
    picture = ROOT / "examples" / "scene-car.jpg"
    options = ["--output", "out", "--checkpoint", "toy-scenes", "--format", "csv"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    for command in (
        ["-m", "detr_gradio", "segment", str(picture), *options],
        ["-c", "import detr_gradio.ui.app as app; app.build_demo(app.Service())"],
    ):
        subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, check=True, timeout=120
        )
    command = "import sys; from importlib.metadata import entry_points as found; "
    command += (
        "sys.exit([e for e in found(group='console_scripts', name='detr-gradio')][0].load()())"
    )
    shown = subprocess.run(
        [sys.executable, "-c", command, "--version"],
        cwd=tmp_path,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    assert shown.stdout == f"{detr_gradio.__version__}\n"
    assert "car" in (tmp_path / "out" / "scene-car.csv").read_text(encoding="utf-8-sig")


def test_wheel_asks_for_what_requirements_txt_says(wheel):
    name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    metadata = message_from_bytes(wheel.read(name))
    lines = [
        line.split("#")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()
    ]
    wanted = {line.split(">=")[0] for line in lines if line}
    asked = {
        line.split("<")[0].split(">")[0]
        for line in metadata.get_all("Requires-Dist")
        if "extra ==" not in line
    }
    assert asked == wanted
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["Version"] == detr_gradio.__version__


@pytest.mark.parametrize("library", ["gradio", "transformers", "timm"])
def test_the_upper_bound_of_what_we_lean_on_is_the_next_minor_after_the_one_tried(library):
    """The newest version that these tests ran with: raise the bound together with it."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lower, upper = re.search(rf"^{library}>=([\d.]+),<([\d.]+) ", text, re.M).groups()
    tried = Version(version(library))
    assert tried in SpecifierSet(f">={lower},<{upper}")
    if sys.version_info >= (3, 11):  # the newest transformers for Python 3.10 is 5.20
        assert upper == f"{tried.major}.{tried.minor + 1}"
