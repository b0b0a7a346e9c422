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
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import detr_gradio
from detr_gradio.messages import message

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
    wanted = {line for line in lines if line}
    asked = {"": set()}
    for line in metadata.get_all("Requires-Dist"):
        requirement = Requirement(line)
        extra = re.search(r'extra == "(\w+)"', line)
        asked.setdefault(extra[1] if extra else "", set()).add(
            (requirement.name, str(requirement.specifier))
        )
    wanted = {(r.name, str(r.specifier)) for r in map(Requirement, wanted)}
    assert asked[""] | asked["app"] == wanted
    # Neither for a program: pictures need no page and no videos.
    assert {name for name, _ in asked[""]} & {"gradio", "av"} == set()
    assert {name for name, _ in asked["app"]} == {"gradio", "brotli", "av", "filelock"}
    assert asked["video"] < asked["app"]
    assert {name for name, _ in asked["scale"]} == {"pyarrow", "fsspec", "ray"}
    assert {name for name, _ in asked[""] | asked["app"]} & {"pyarrow", "ray"} == set()
    assert metadata["Name"] == "detr-gradio"
    assert metadata["Requires-Python"] == ">=3.10"
    assert metadata["Version"] == detr_gradio.__version__


def test_pictures_need_neither_the_page_nor_what_takes_long_to_import(tmp_path):
    code = f"""
import sys
away = "gradio av supervision transformers timm torchvision scipy pandas matplotlib"
sys.modules |= dict.fromkeys(away.split())  # as if they weren't there
from detr_gradio import load_segmenter
from detr_gradio.cli import main
picture = {str(ROOT / "examples" / "scene-car.jpg")!r}
result = load_segmenter("toy-scenes").segment(picture, detail=128)
result.save("out", "coco")
words = [picture, "--output", "out", "--checkpoint", "toy-scenes", "--detail", "128"]
assert main(["segment", *words, "--format", "csv", "yolo"]) == 0
assert not {{"torch._dynamo", "torch.distributed.tensor", "sympy"}} & {{*sys.modules}}
assert main(["launch", "--language", "en"]) == 2
assert main(["video", picture, "out.mp4", "--language", "en"]) == 2
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-2:] == [
        message("cli_extra", "en", extra="app"),
        message("cli_extra", "en", extra="video"),
    ]


def test_the_page_and_the_commands_start_without_what_clusters_need(tmp_path):
    """Ray takes a second to import, and pip brings neither without the extra."""
    code = """
import sys
sys.modules |= {"pyarrow": None, "ray": None}  # as if they weren't there
from detr_gradio.cli import main
from detr_gradio.ui.app import Service, build_demo
build_demo(Service())
words = [sys.argv[1], "--output", "out", "--checkpoint", "toy-scenes", "--detail", "128"]
assert main(["segment", *words, "--format", "csv"]) == 0
assert main(["segment", *words, "--format", "parquet", "--language", "en"]) == 2
"""
    picture = ROOT / "examples" / "scene-car.jpg"
    done = subprocess.run(
        [sys.executable, "-c", code, picture],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == message("cli_extra", "en", extra="scale")


@pytest.mark.parametrize("library", ["gradio", "transformers", "timm"])
def test_the_upper_bound_of_what_we_lean_on_is_the_next_minor_after_the_one_tried(library):
    """The newest version that these tests ran with: raise the bound together with it."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    lower, upper = re.search(rf"^{library}>=([\d.]+),<([\d.]+) ", text, re.M).groups()
    tried = Version(version(library))
    assert tried in SpecifierSet(f">={lower},<{upper}")
    if sys.version_info >= (3, 11):  # the newest transformers for Python 3.10 is 5.20
        assert upper == f"{tried.major}.{tried.minor + 1}"
