"""What a training says as it goes: a line of JSON now and then, and a page with curves."""

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ..journal import JsonlJournal
from .checkpoint import write_text

WIDTH, HEIGHT = 640, 240
_COLOURS = ("#2a9d8f", "#e76f51", "#457b9d", "#b5838d", "#8a9a00", "#9d4edd")
_PAGE = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined
)
Line = dict[str, Any]

_TEXTS = {
    "en": {
        "loss": "Loss",
        "pictures": "Validation pictures: truth, prediction",
        "step": "step",
        "truth": "truth",
        "prediction": "prediction",
    },
    "es": {
        "loss": "Pérdida",
        "pictures": "Imágenes de validación: verdad, predicción",
        "step": "paso",
        "truth": "verdad",
        "prediction": "predicción",
    },
}


class Reporter:
    """What the first process writes down: log.jsonl, progress.html and, if asked, TensorBoard's.

    Args:
        folder: for them.
        name: of the data set.
        step: where the run stands. Lines behind it are made anew.
        steps: in all.
        tensorboard: whether to write its files.
        language: of the page, "en" or "es".

    Attributes:
        lines: of the log, oldest first.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        step: int,
        steps: int,
        *,
        tensorboard: bool = False,
        language: str = "en",
    ):
        path = folder / "log.jsonl"
        kept = [line for line in JsonlJournal(path).entries if line["step"] <= step]
        write_text(path, "".join(f"{json.dumps(line)}\n" for line in kept))
        self._journal = JsonlJournal(path)
        self._folder, self._name, self._steps = folder, name, steps
        self._language = language
        self._pairs: Sequence[tuple[bytes, bytes]] = []
        self._board: Any = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415 - an optional part

            self._board = SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)

    @property
    def lines(self) -> list[Line]:
        """All lines, oldest first."""
        return self._journal.entries

    def add(self, line: Line, pairs: Sequence[tuple[bytes, bytes]] = ()) -> None:
        """Append a line and write the page.

        Args:
            line: with its "step"; "loss" and "pq" hold figures by name.
            pairs: (truth, prediction) JPEG files, which stay until the next ones.
        """
        self._journal.append(line)
        self._pairs = pairs or self._pairs
        title = f"{self._name}: {line['step']} / {self._steps}"
        page = self._folder / "progress.html"
        write_page(page, title, self.lines, self._pairs, self._language)
        if self._board is not None:
            for kind in ("loss", "pq"):
                for name, value in line.get(kind, {}).items():
                    self._board.add_scalar(f"{kind}/{name}", value, line["step"])
            self._board.flush()


def curve(lines: Sequence[Line], key: str, top: float | None = None) -> Mapping[str, Any]:
    """Return what the page draws of the figures that some lines have under a key.

    Args:
        lines: of the log.
        key: "loss" or "pq", whose figures have names.
        top: of the axis; None for the largest figure.
    """
    points: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        for name, value in line.get(key, {}).items():
            points.setdefault(name, []).append((line["step"], value))
    last = max((x for each in points.values() for x, _ in each), default=1) or 1
    highest = top or max((y for each in points.values() for _, y in each), default=1) or 1
    return {
        "last": last,
        "top": f"{highest:.3g}",
        "lines": [
            {
                "name": name,
                "colour": colour,
                "value": f"{each[-1][1]:.3g}",
                "points": " ".join(
                    f"{x / last * WIDTH:.1f},{HEIGHT - min(y / highest, 1) * HEIGHT:.1f}"
                    for x, y in each
                ),
            }
            for (name, each), colour in zip(points.items(), _COLOURS * 2, strict=False)
        ],
    }


def write_page(
    path: Path,
    title: str,
    lines: Sequence[Line],
    pairs: Sequence[tuple[bytes, bytes]],
    language: str = "en",
) -> None:
    """Write the page: curves of losses and PQ, and validation pictures beside their truth.

    Args:
        path: of the page.
        title: of it.
        lines: of the log.
        pairs: (truth, prediction) JPEG files.
        language: "en" or "es".
    """
    texts = _TEXTS[language]
    coded = [[base64.b64encode(each).decode() for each in pair] for pair in pairs]
    page = _PAGE.get_template("progress.html").render(
        title=title,
        width=WIDTH,
        height=HEIGHT,
        curves={"PQ": curve(lines, "pq", 100.0), texts["loss"]: curve(lines, "loss")},
        language=language,
        texts=texts,
        pairs=coded,
    )
    write_text(path, page)
