"""The browser's code: modules for whoever reads, checks and tests them, one script for Gradio."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

_IMPORT = re.compile(r'^import [^;]*? from "\./(.+?)";\n+', re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async |class |const |function )", re.MULTILINE)


@cache
def bundle(name: str) -> str:
    """Return a JavaScript module and all that it imports as one script without modules.

    Gradio's ``js_on_load`` is the body of a function, which can't import. The names of all these
    modules share that function. Lines of comments are for whoever reads the modules: a tenth of the
    page as it travels.

    Args:
        name: its file in the package, such as "ui/viewer/script.js".
    """
    return _COMMENT.sub("", "\n".join(_scripts(Path(__file__).parents[1] / name, set())))


def _scripts(path: Path, seen: set[Path]) -> Iterator[str]:
    if path in seen:
        return
    seen.add(path)
    source = path.read_text(encoding="utf-8")
    for name in _IMPORT.findall(source):
        yield from _scripts(path.parent / name, seen)
    yield _EXPORT.sub("", _IMPORT.sub("", source))
