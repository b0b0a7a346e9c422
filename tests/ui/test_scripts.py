"""The browser's code without a browser: its unit tests, and what Gradio gets of it.

Node.js is the one that Playwright brings along.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import playwright
import pytest

from detr_gradio.ui import scripts
from detr_gradio.ui.scripts import bundle

TESTS = Path(__file__).parent
PACKAGE = Path(scripts.__file__).parents[1]
NODE = next((Path(playwright.__file__).parent / "driver").glob("node*"))
ENTRIES = sorted(
    str(path.relative_to(PACKAGE))
    for path in PACKAGE.rglob("*.js")
    if not re.search(r"^export ", path.read_text(encoding="utf-8"), re.MULTILINE)
)


def run_node(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [NODE, *arguments], input=text, capture_output=True, encoding="utf-8", check=False
    )


def test_unit_tests_pass():
    files = sorted(map(str, TESTS.rglob("*.test.js")))
    done = run_node("--test", "--test-reporter=tap", *files)
    assert done.returncode == 0, done.stdout
    counted = int(re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)[1])
    assert counted == sum(
        len(re.findall(r"^test\(", Path(file).read_text("utf-8"), re.MULTILINE)) for file in files
    )


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_bundle_is_one_script_in_which_each_name_is_new(entry):
    script = bundle(entry)
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)
    compiled = run_node("-e", "new Function(require('fs').readFileSync(0, 'utf8'))", text=script)
    assert compiled.returncode == 0, compiled.stderr


def test_what_is_imported_comes_first_and_once(tmp_path):
    (tmp_path / "a.js").write_text(
        'import { b } from "./b.js";\nimport { c } from "./c.js";\n\nb(c);\n'
    )
    (tmp_path / "b.js").write_text('import { c } from "./c.js";\n\nexport const b = () => c;\n')
    (tmp_path / "c.js").write_text("export const c = 1;\n")
    assert bundle(str(tmp_path / "a.js")) == "const c = 1;\n\nconst b = () => c;\n\nb(c);\n"
