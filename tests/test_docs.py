"""The documentation is true: its blocks run; tables, links and metadata agree with the code."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import gradio
import pytest
import yaml

from detr_gradio import settings
from detr_gradio.checkpoints import catalogue
from tests.support.really_served import Served

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LOCAL = "http://127.0.0.1:7860"

# What can't be done in a test is looked at instead: the command exists and takes these words.
NOT_RUN = {
    ".ci/run",
    "hf",  # hf auth login, hf upload: to a place that isn't ours
    "docker",  # built, started and asked for its health by .github/workflows/test.yml
    "python3",  # -m venv: scripts/install.sh does the same
    ".venv/bin/pip",
    ".venv/bin/python",
}


def code_blocks(language):
    blocks = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for match in re.finditer(rf"^ *```{language}\n(.*?)^ *```", text, re.M | re.S):
            line = text[: match.start()].count("\n") + 1
            blocks.append(pytest.param(match[1], id=f"{page.name}:{line}"))
    return blocks


def commands(block):
    """The commands of a shell block, one a string."""
    return [
        line.split("  #")[0].strip()
        for line in block.replace("\\\n", " ").splitlines()
        if line.strip() and not line.strip().startswith("#")
    ]


def is_script(block):
    return "curl" in block


SHELL = code_blocks("bash")
COMMANDS = sorted(
    {c for block in SHELL if not is_script(block.values[0]) for c in commands(block.values[0])}
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The app, served as the README says; its address."""
    folder = str(tmp_path_factory.mktemp("served"))
    launch = "-m", "detr_gradio", "launch", "--checkpoint", "toy-scenes"
    with Served(*launch, GRADIO_TEMP_DIR=folder) as served:
        yield served.url.rstrip("/")


@pytest.fixture
def workplace(tmp_path):
    """A folder like the repository, in which a block may write."""
    for name in ["detr_gradio", "examples", "app.py", "requirements.txt"]:
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def run(command, workplace):
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        command,
        check=False,
        cwd=workplace,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_there_are_blocks_to_run():
    assert len(code_blocks("python")) >= 2
    assert len(code_blocks("javascript")) >= 1
    assert len(COMMANDS) >= 10
    assert sum(is_script(block.values[0]) for block in SHELL) == 1
    fences = sum(page.read_text(encoding="utf-8").count("```") for page in PAGES) // 2
    known = sum(len(code_blocks(language)) for language in ["python", "javascript", "bash", "text"])
    assert known == fences  # no block is of a kind that nothing runs


@pytest.mark.parametrize("block", code_blocks("python"))
def test_python_block_runs(block, workplace, request):
    if LOCAL in block:
        block = block.replace(LOCAL, request.getfixturevalue("server"))
    output = run([sys.executable, "-c", block], workplace)
    assert "car" in output


@pytest.mark.parametrize("block", code_blocks("javascript"))
@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
def test_javascript_block_runs(block, workplace, server):
    script = workplace / "block.mjs"
    script.write_text(block.replace(LOCAL, server))
    assert "car" in run(["node", str(script)], workplace)


@pytest.mark.parametrize("block", [block for block in SHELL if is_script(block.values[0])])
@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl_block_runs(block, workplace, server):
    output = run(["sh", "-c", block.replace(LOCAL, server)], workplace)
    assert "event: complete" in output
    assert '"label": "car"' in output or '"label":"car"' in output


@pytest.mark.parametrize("command", COMMANDS)
def test_command_is_as_it_is_written(command, workplace):
    words = [word for word in shlex.split(command) if not re.match(r"^[A-Z_]+=", word)]
    if words[:3] == ["python", "-m", "detr_gradio"]:
        from detr_gradio.cli.parser import build_parser

        if words[3] == "segment":
            run(["sh", "-c", command], workplace)
            assert list((workplace / "results").glob("scene-*.csv"))
        elif words[3] != "--help":
            build_parser().parse_args(words[3:])
    elif words[0] == "make":
        run(["make", "-n", "-o", ".venv/.run-ready", "-o", ".venv/.test-ready", *words[1:]], ROOT)
    else:
        assert words[0] in NOT_RUN, f"nothing tests this command: {command}"
        for word in words[1:]:
            if re.fullmatch(r"[\w/.]+\.(py|txt)", word):
                assert (ROOT / word).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)(?:#[\w-]*)?\)", text) + re.findall(r'src="([^"]+)"', text)
    missing = [
        target
        for target in targets
        if not target.startswith("http") and not (page.parent / target).exists()
    ]
    assert missing == []


def test_torch_and_gradio_are_imported_where_contributing_says():
    package = ROOT / "detr_gradio"
    importing = {"torch": set(), "gradio": set()}
    for path in package.rglob("*.py"):
        for library, modules in importing.items():
            if re.search(rf"^\s*(import|from) {library}\b", path.read_text(encoding="utf-8"), re.M):
                modules.add(path.relative_to(package).parts[0].removesuffix(".py"))
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for library, modules in importing.items():
        sentence = re.search(rf"{library.title()} is imported in (`.*?`) alone", text)
        assert set(re.findall(r"`(\w+)/`", sentence[1])) == modules


def test_the_map_names_what_there_is():
    (block,) = code_blocks("text")
    package = {p.name for p in (ROOT / "detr_gradio").iterdir() if p.name[0] not in "_."}
    named = set(re.findall(r"(?<![\w.])([\w.]+\.py|\w+/)", block.values[0]))
    missing = [n for n in named if not any(p.exists() for p in (ROOT / n, *ROOT.glob(f"*/{n}")))]
    assert [n for n in missing if not list(ROOT.glob(f"detr_gradio/*/{n}"))] == []
    assert {n.rstrip("/") for n in named} >= package - {"healthcheck.py", "py.typed"}


def test_configuration_lists_every_setting_as_the_code_has_it():
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    rows = [
        f"| `{variable}` | {default} | {about} |"
        for variable, default, about in settings.describe()
    ]
    assert "\n".join(rows) in page


class TestSpace:
    @pytest.fixture
    def head(self):
        _, text, _ = README.split("---\n", 2)
        return yaml.safe_load(text)

    def test_gradio_is_the_one_that_was_tried(self, head):
        requirement = re.search(r"^gradio>=([\d.]+)", (ROOT / "requirements.txt").read_text(), re.M)
        assert head["sdk"] == "gradio"
        assert head["sdk_version"].startswith(requirement[1])
        assert gradio.__version__.split(".")[0] == head["sdk_version"].split(".")[0]

    def test_head_follows_the_rules_of_spaces(self, head):
        colors = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
        assert {head["colorFrom"], head["colorTo"]} <= colors
        assert len(head["short_description"]) <= 60
        assert (ROOT / head["app_file"]).is_file()
        assert head["python_version"] in ("3.12.12", "3.10.13")  # what ZeroGPU offers
        assert head["models"] == [name for name in catalogue.CATALOGUE if "/" in name]

    def test_weights_are_preloaded_from_the_commit_that_the_code_loads(self, head):
        default = catalogue.CATALOGUE[catalogue.DEFAULT]
        (line,) = head["preload_from_hub"]
        assert line.split() == [
            default.name,
            "config.json,preprocessor_config.json,model.safetensors",
            default.revision,
        ]

    def test_thumbnail_is_a_picture_of_the_repository(self, head):
        _, name, path = re.split(r"/spaces/|/resolve/main/", head["thumbnail"])
        assert (ROOT / path).is_file()
        workflow = (ROOT / ".github" / "workflows" / "space.yml").read_text()
        assert f"s|spaces/{name}|spaces/$SPACE|" in workflow  # the Space's own name

    def test_requirements_allow_the_torch_of_zerogpu(self):
        assert re.search(r"^torch>=2\.8,<3", (ROOT / "requirements.txt").read_text(), re.M)

    def test_system_packages_are_bare_names(self):
        for line in (ROOT / "packages.txt").read_text().splitlines():
            assert re.fullmatch(r"[a-z0-9.+-]+", line)  # apt-get gets each line as it is
