"""What leaves the repository: the wheel, the container, the Space."""

import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

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
