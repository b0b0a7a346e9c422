"""How the answers a second grow with replicas of the network, and what a killed replica costs.

Starts a Ray cluster on this machine, and for 1, 2 and 4 replicas a front end that asks them; lets
clients at once send pictures as ``benchmarks.load`` does, and compares every answer with that of a
segmenter here. That is done with toy-scenes, whose replicas share this machine's processors, and
with a network that sleeps in place of computing, as one on another machine would cost none here.
Then one of the replicas is killed (SIGKILL) amid the pictures: each of them has to be answered, or
told that it was lost. The exit code is 1 where a promise is broken.

Run: python -m benchmarks.replicas
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from detr_gradio import Segmenter, load_segmenter
from detr_gradio.images import load_image
from detr_gradio.messages import message
from detr_gradio.model.device import use_threads
from detr_gradio.service.replicas import NetworkReplica, application, application_name, connect

from .cluster import start_cluster
from .load import Round, load_round
from .server import PATIENCE, Server, family
from .visitors import Visitor, picture

CHECKPOINT = "toy-scenes"
SLEEP = 1.0  # seconds
LOST = message("replica_lost", "en")

# A promise of a network that needs no processor of this machine; others share them.
MIN_GROWTH = 0.8


class SleepingReplica(NetworkReplica):
    """Says of every picture what it says of one, after a sleep."""

    def __init__(self, checkpoint: str, precision: Any):
        super().__init__(checkpoint, precision)
        self._said = super().answer("predict", load_image(picture(0)), None)

    def answer(self, method: str, rgb: Any, detail: int | None) -> Any:  # noqa: ARG002
        """Sleep, and say the same."""
        time.sleep(SLEEP)
        return self._said


class _Same:
    """A network that says of every picture what another says of one."""

    def __init__(self, network: Any):
        self.categories, self.input_size = network.categories, network.input_size
        self._said = network.predict(load_image(picture(0)))

    def predict(self, *_asked: Any) -> Any:
        return self._said


def measured(
    address: str, replica: type, own: Segmenter, replicas: int, options: argparse.Namespace
) -> list[Round]:
    """Return what clients met with some replicas, and again while one of them is killed."""
    from ray import serve  # noqa: PLC0415 - an optional part

    name = application_name(CHECKPOINT, "exact")
    arguments = {"checkpoint": CHECKPOINT, "replicas": replicas}
    serve.run(application(arguments, replica), name=name, route_prefix=None)
    number = 1_000 * replicas
    with (
        tempfile.TemporaryDirectory() as files,
        Server(
            CHECKPOINT,
            Path(files),
            DETR_ENGINE="ray",
            DETR_RAY_ADDRESS=address,
            DETR_REPLICAS=str(replicas),
        ) as server,
    ):
        _grow(server, name, replicas)
        pictures = options.pictures * (replicas if replica is SleepingReplica else 1)
        calm = load_round(server, own, options.clients, pictures, number)
        killer = threading.Timer(pictures / calm.per_second / 2, _kill_one)
        killer.start()
        hit = load_round(server, own, options.clients, pictures, number + pictures + 1)
        killer.join()
    serve.delete(name)
    return [calm, hit]


def _grow(server: Server, name: str, replicas: int) -> None:
    """Send pictures until there are so many replicas."""
    from ray import serve  # noqa: PLC0415 - an optional part

    until, numbers = time.monotonic() + PATIENCE, iter(range(10**6, 2 * 10**6))
    with ThreadPoolExecutor(2 * replicas) as pool:
        while time.monotonic() < until:
            list(pool.map(lambda _: _send(server, next(numbers)), range(2 * replicas)))
            deployment = serve.status().applications[name].deployments["network"]
            if deployment.replica_states.get("RUNNING", 0) >= replicas:
                return
    raise RuntimeError(f"there are no {replicas} replicas")


def _send(server: Server, number: int) -> None:
    Visitor(server).segment(picture(number))


def _kill_one() -> None:
    for pid in family(os.getpid()):
        with suppress(OSError):  # it has ended meanwhile
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
            if title.startswith(b"ray::ServeReplica:"):
                os.kill(pid, signal.SIGKILL)
                return


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replicas", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--pictures", type=int, default=40, help="of those that sleep, a replica")
    parser.add_argument("--networks", nargs="+", default=[CHECKPOINT, "sleeping"])
    options = parser.parse_args()
    import ray  # noqa: PLC0415 - an optional part

    cluster = start_cluster(num_cpus=max(options.replicas))
    connect(cluster.address)
    use_threads(1)  # as each replica
    own = load_segmenter(CHECKPOINT)
    same = Segmenter(own.checkpoint, cast("Any", _Same(own.network)))
    table, broken = [], []
    for kind, replica, right in (
        (CHECKPOINT, NetworkReplica, own),
        ("sleeping", SleepingReplica, same),
    ):
        first = 0.0
        if kind not in options.networks:
            continue
        for replicas in options.replicas:
            calm, hit = measured(cluster.address, replica, right, replicas, options)
            first = first or calm.per_second / replicas
            for met, when in ((calm, ""), (hit, "one killed")):
                table.append(_row(kind, replicas, when, met, met.per_second / first))
                print(table[-1], file=sys.stderr, flush=True)
            enough = calm.per_second >= MIN_GROWTH * replicas * first
            promises = {
                "right answers": calm.wrong + hit.wrong + calm.quick_faults == 0,
                "an answer for everybody": calm.failed == 0,
                "answered or told": hit.failed == hit.endings.count(LOST),
                "growth": enough or replica is not SleepingReplica,
            }
            broken += [f"{each}: {kind}, {replicas}" for each in promises if not promises[each]]
            broken += sorted({*hit.endings, *calm.endings} - {LOST})
    ray.shutdown()  # the cluster does not end under its driver
    cluster.shutdown()
    print(_HEAD, *table, sep="\n")
    print(f"broken: {'; '.join(broken) or 'nothing'}")
    return 1 if broken else 0


_HEAD = (
    "| network | replicas | | pictures | a second | times one replica | wrong | told | lost "
    "| refused | median s | longest s |\n|---|---:|---" + "|---:" * 9 + "|"
)


def _row(network: str, replicas: int, when: str, met: Round, times: float) -> str:
    told = met.endings.count(LOST)
    counts = (met.wrong, told, met.failed - told, met.refused)
    cells = (
        *(network, replicas, when, met.pictures, f"{met.per_second:.2f}", f"{times:.2f}"),
        *(*counts, f"{met.median:.2f}", f"{met.longest:.2f}"),
    )
    return "| " + " | ".join(map(str, cells)) + " |"


if __name__ == "__main__":
    sys.exit(main())
