"""Words, help and languages of the command line; ``launch`` and ``bench``."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import detr_gradio
from detr_gradio import settings
from detr_gradio.checkpoints import catalogue
from detr_gradio.cli import main
from detr_gradio.cli.parser import build_parser, user_language
from detr_gradio.limits import limits
from detr_gradio.messages import message

HELP = Path(__file__).parent / "help"


class TestHelp:
    @pytest.mark.parametrize(
        "command", [None, *build_parser()._subparsers._group_actions[0].choices]
    )
    def test_help_is_what_was_reviewed(self, command, monkeypatch, capsys):
        """To accept one: ``UPDATE_HELP=1 pytest tests/cli/test_cli.py``, and look at the diff."""
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("PYTHON_COLORS", "0")
        with pytest.raises(SystemExit) as stopped:
            main([*([command] if command else []), "--help"])
        assert stopped.value.code == 0
        reviewed = HELP / f"{command or 'main'}.txt"
        shown = capsys.readouterr().out
        if os.environ.get("UPDATE_HELP"):
            reviewed.write_text(shown)
        assert shown == reviewed.read_text()

    def test_help_imports_neither_torch_nor_gradio(self):
        script = (
            "import sys, detr_gradio.cli\n"
            "try: detr_gradio.cli.main(['segment', '--help'])\n"
            "except SystemExit: pass\n"
            "heavy = {'torch', 'gradio', 'transformers', 'cv2', 'numpy'} & set(sys.modules)\n"
            "sys.exit(f'imported: {heavy}' if heavy else 0)"
        )
        subprocess.run([sys.executable, "-c", script], check=True, stdout=subprocess.DEVNULL)

    def test_help_names_the_catalogue_and_its_default(self, capsys):
        with pytest.raises(SystemExit):
            main(["segment", "--help"])
        text = " ".join(capsys.readouterr().out.split())
        assert all(name in text for name in catalogue.CATALOGUE)
        assert f"{catalogue.DEFAULT} (the default)" in text

    def test_a_number_that_is_none_is_explained(self, capsys):
        with pytest.raises(SystemExit):
            main(["bench", "--runs", "many"])
        last = capsys.readouterr().err.splitlines()[-1]
        assert last == (
            "python -m detr_gradio bench: error: argument --runs: "
            "a whole number from 1 on is needed, not 'many'"
        )

    @pytest.mark.parametrize("words", [[], ["dance"], ["segment"], ["segment", "x.png"]])
    def test_wrong_words_are_explained(self, words, capsys):
        with pytest.raises(SystemExit) as stopped:
            main(words)
        assert stopped.value.code == 2
        assert capsys.readouterr().err.startswith("usage: python -m detr_gradio")

    def test_version_is_that_of_the_package(self, capsys):
        with pytest.raises(SystemExit) as stopped:
            main(["--version"])
        assert stopped.value.code == 0
        assert capsys.readouterr().out == f"{detr_gradio.__version__}\n"

    def test_module_runs(self):
        shown = subprocess.run(
            [sys.executable, "-m", "detr_gradio", "--help"],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        assert shown.startswith("usage: python -m detr_gradio COMMAND")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "es_CO.UTF-8"}, "es"),
        ({"LANG": "de_DE"}, "en"),
        ({"LANG": "en_US", "LC_MESSAGES": "es_ES"}, "es"),
        ({"LANG": "es_ES", "LC_ALL": "en_GB"}, "en"),
        ({"LANG": "es_ES", "LC_ALL": ""}, "es"),
    ],
)
def test_language_of_the_system(environment, expected):
    assert user_language(environment) == expected


class TestBench:
    def test_options_reach_the_benchmark(self, monkeypatch, tmp_path):
        seen = []

        def run(command, **options):
            seen.extend(command)
            return subprocess.CompletedProcess(command, 7)

        monkeypatch.setattr("detr_gradio.cli.bench.subprocess.run", run)
        monkeypatch.chdir(tmp_path)
        assert main(["bench", "--backbone", "resnet50", "--runs", "1"]) == 7
        assert seen[1:7] == ["-m", "benchmarks.speed", "--backbone", "resnet50", "--runs", "1"]
        assert seen[8] == str(tmp_path / "speed.json")

    def test_package_without_the_repository_says_so(self, monkeypatch, tmp_path, capsys):
        monkeypatch.setattr("detr_gradio.cli.bench.ROOT", tmp_path)
        assert main(["bench", "--language", "en"]) == 2
        assert capsys.readouterr().err == message("cli_no_benchmarks") + "\n"


class TestLaunch:
    @pytest.fixture
    def launched(self, monkeypatch):
        """Settings with which the app was opened, without opening it."""
        seen = []
        monkeypatch.setattr(
            "detr_gradio.server.launch.launch", lambda chosen, language: seen.append(chosen)
        )
        for variable, *_ in settings.describe():
            monkeypatch.delenv(variable, raising=False)
        limits.cache_clear()
        yield seen
        limits.cache_clear()

    def test_options(self, launched):
        words = "launch --host 0.0.0.0 --port 8000 --share --auth ann:x --checkpoint toy-scenes"
        assert main([*words.split(), "--root-path", "/detr", "--open"]) == 0
        assert launched == [
            settings.Settings(
                host="0.0.0.0",
                port=8000,
                share=True,
                auth="ann:x",
                checkpoint="toy-scenes",
                root_path="/detr",
                open=True,
            )
        ]

    def test_environment(self, launched, monkeypatch):
        monkeypatch.setenv("DETR_PORT", "8001")
        monkeypatch.setenv("DETR_SHARE", "yes")
        assert main(["launch"]) == 0
        assert launched == [settings.Settings(port=8001, share=True)]

    def test_queue_size(self, launched, monkeypatch):
        monkeypatch.setenv("DETR_QUEUE_SIZE", "9")
        main(["launch", "--queue-size", "7"])
        assert limits().queue_size == 7

    def test_folder_of_a_checkpoint_is_allowed(self, launched, monkeypatch, checkpoint):
        monkeypatch.setenv("DETR_CHECKPOINT_FOLDERS", "/models")
        main(["launch", "--checkpoint", checkpoint])
        assert catalogue.find(checkpoint).folder == Path(checkpoint)
        assert os.environ["DETR_CHECKPOINT_FOLDERS"] == f"/models{os.pathsep}{checkpoint}"

    def test_folder_that_is_no_checkpoint_is_told_at_the_start(self, monkeypatch, photos, capsys):
        monkeypatch.setenv("DETR_CHECKPOINT_FOLDERS", "")
        limits.cache_clear()
        assert main(["launch", "--checkpoint", str(photos), "--language", "en"]) == 3
        assert "The folder photos has no config.json." in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("words", "environment"),
        [
            (["--port", "0"], {}),
            (["--ssl-certfile", "cert.pem"], {}),
            (["--queue-size", "0"], {}),
            (["--root-path", "detr"], {}),
            ([], {"DETR_MAX_IMAGE_PIXELS": "many"}),
        ],
    )
    def test_impossible_settings_stop_it_with_a_sentence(
        self, launched, monkeypatch, capsys, words, environment
    ):
        monkeypatch.setenv("DETR_QUEUE_SIZE", "9")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert main(["launch", *words, "--language", "es"]) == 2
        assert launched == []
        assert capsys.readouterr().err.count("\n") == 1

    def test_options_that_app_py_does_not_know_are_not_passed_over(self):
        app = Path(__file__).parents[2] / "app.py"
        words = [sys.executable, str(app), "--port", "8000"]
        done = subprocess.run(words, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1
        assert message("app_options", words="--port 8000") in done.stderr
