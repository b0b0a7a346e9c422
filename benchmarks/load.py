"""How the server holds out against many visitors at once: speed, memory, and whose answer is whose.

Starts the app, then lets 1, 8, 32 and 100 clients at once send pictures, each another one, every
fourth as the page does and the others to ``/segment``, and compares every answer with that of a
segmenter here: the picture in it, and each pixel's segment. Who is refused since the queue is full
waits as told and tries again. Meanwhile a visitor of the page moves the threshold and takes the
legend, which must not wait behind the network. The exit code is 1 where a promise is broken.

Run: python -m benchmarks.load [--checkpoint FOLDER]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from detr_gradio import Segmenter, load_segmenter
from detr_gradio.limits import limits
from detr_gradio.model.device import use_threads

from .quick_visitor import QuickVisitor
from .server import Server
from .visitors import Answer, Failed, Visitor, is_right, picture

MIN_THROUGHPUT = 0.9
MAX_BYTES = 4e9
MIN_QUICK = 10
"""Fewer answers to quick requests prove nothing."""

_PAGE = 4  # every so many pictures are sent as the page does


@dataclass
class Round:
    """What some clients at once met.

    Attributes:
        clients: how many.
        pictures: sent in all.
        per_second: pictures answered a second.
        relative: the same over that of one client.
        wrong: answers that are not those of the segmenter for the client's picture.
        failed: pictures without an answer.
        endings: what was said of each of these.
        median, longest: seconds from asking for a place in the queue to the answer.
        refused: how often the queue was full.
        sentences: what was said then.
        queue: its largest size that was told.
        rising: clients whose position in the queue grew.
        quick: 95 of 100 new thresholds and legends took no more seconds.
        quick_answers, quick_faults: how many there were, and how many were refused or wrong.
        peak_gigabytes: the most memory that the server has held so far.
    """

    clients: int
    pictures: int
    per_second: float = 0.0
    relative: float = 0.0
    wrong: int = 0
    failed: int = 0
    endings: list[str] = field(default_factory=list)
    median: float = 0.0
    longest: float = 0.0
    refused: int = 0
    sentences: list[str] = field(default_factory=list)
    queue: int = 0
    rising: int = 0
    quick: float = 0.0
    quick_answers: int = 0
    quick_faults: int = 0
    peak_gigabytes: float = 0.0

    def broken(self) -> list[str]:
        """Return the promises that it breaks."""
        broken = {
            "throughput": self.relative < MIN_THROUGHPUT,
            "right answers": self.wrong > 0,
            "an answer for everybody": self.failed > 0,
            "a bounded queue": self.queue > limits().queue_size,
            "positions that fall": self.rising > 0,
            # Behind the network, a quick request would take as long as the pictures that wait.
            "quick requests": self.clients >= 8 and self.quick > self.median / 2,
            "right quick answers": self.quick_faults > 0 or self.quick_answers < MIN_QUICK,
            "bounded memory": self.peak_gigabytes * 1e9 > MAX_BYTES,
        }
        return [f"{name} with {self.clients} clients" for name in broken if broken[name]]


def load_round(server: Server, own: Segmenter, clients: int, pictures: int, first: int) -> Round:
    """Let clients at once send some pictures in all, numbered from the first.

    Args:
        server: where to.
        own: a segmenter with the same checkpoint.
        clients: how many.
        pictures: at least as many.
        first: number of the first picture; the one after the last is that of the quick visitor.
    """
    numbers, answers = itertools.count(first), dict[int, tuple[Answer, Any]]()
    detail = own.checkpoint.default_detail
    met = Round(clients, pictures)
    turn = threading.Lock()

    def client(_number: int) -> None:
        visitor = Visitor(server)
        while True:
            with turn:
                number = next(numbers)
            if number >= first + pictures:
                return
            try:
                file = picture(number)
                if number % _PAGE:
                    answers[number] = visitor.segment(file)
                else:
                    answers[number] = visitor.show(file, detail)
            except Failed as failed:
                met.endings.append(str(failed))

    with (
        QuickVisitor(server, first + pictures, detail) as quick,
        ThreadPoolExecutor(clients) as pool,
    ):
        start = time.perf_counter()
        list(pool.map(client, range(clients)))
        met.per_second = pictures / (time.perf_counter() - start)
    told = [answer for answer, _ in answers.values()]
    met.failed = pictures - len(told)
    met.wrong = sum(not is_right(own, number, got) for number, (_, got) in answers.items())
    met.median = statistics.median(answer.seconds for answer in told)
    met.longest = max(answer.seconds for answer in told)
    met.refused = sum(len(answer.refusals) for answer in told)
    met.sentences = sorted({said for answer in told for said in answer.refusals})
    met.queue = max(answer.queue for answer in told)
    met.rising = sum(answer.ranks != sorted(answer.ranks, reverse=True) for answer in told)
    met.quick, met.quick_answers = quick.slow(), len(quick.answers)
    met.quick_faults = quick.failed + quick.wrong(own)
    met.quick_faults += sum(len(answer.refusals) for answer in quick.answers)
    met.peak_gigabytes = server.memory("VmHWM") / 1e9
    return met


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", default="toy-scenes", help="a name, or a folder")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 100])
    parser.add_argument("--pictures", type=int, default=200, help="for each number of clients")
    parser.add_argument("--json", type=Path, help="write the result there too")
    options = parser.parse_args()
    folder = Path(options.checkpoint)
    if os.environ.get("DETR_ENGINE") == "ray":
        use_threads(1)  # as each replica: sums in another order differ in the sixth digit
    own = load_segmenter(folder if folder.is_dir() else options.checkpoint)
    rounds: list[Round] = []
    with tempfile.TemporaryDirectory() as files, Server(options.checkpoint, Path(files)) as server:
        Visitor(server).segment(picture(0))
        for clients in options.clients:
            pictures = max(options.pictures, clients)
            first = 1 + sum(each.pictures + 1 for each in rounds)
            met = load_round(server, own, clients, pictures, first)
            rounds.append(met)
            met.relative = met.per_second / rounds[0].per_second
            print(_row(met), file=sys.stderr, flush=True)
    print(_table(rounds))
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in rounds], indent=2) + "\n")
    broken = [promise for each in rounds for promise in each.broken()]
    print(f"broken: {'; '.join(broken) or 'nothing'}")
    return 1 if broken else 0


_COLUMNS: dict[str, Callable[[Round], str]] = {
    "clients": lambda met: f"{met.clients}",
    "pictures": lambda met: f"{met.pictures}",
    "a second": lambda met: f"{met.per_second:.2f}",
    "relative": lambda met: f"{met.relative:.0%}",
    "wrong": lambda met: f"{met.wrong + met.failed}",
    "median s": lambda met: f"{met.median:.2f}",
    "longest s": lambda met: f"{met.longest:.2f}",
    "refused": lambda met: f"{met.refused}",
    "queue": lambda met: f"{met.queue}",
    "quick": lambda met: f"{met.quick_answers}",
    "wrong quick": lambda met: f"{met.quick_faults}",
    "quick p95 s": lambda met: f"{met.quick:.2f}",
    "peak GB": lambda met: f"{met.peak_gigabytes:.2f}",
}


def _row(met: Round) -> str:
    return "| " + " | ".join(show(met) for show in _COLUMNS.values()) + " |"


def _table(rounds: list[Round]) -> str:
    head = ["| " + " | ".join(_COLUMNS) + " |", "|" + "---:|" * len(_COLUMNS)]
    return "\n".join([*head, *map(_row, rounds)])


if __name__ == "__main__":
    sys.exit(main())
