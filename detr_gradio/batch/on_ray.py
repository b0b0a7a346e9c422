"""A run on a Ray cluster: Ray Data schedules, queues, retries and notes what is done.

manifest -> what is not done yet -> blocks of a few pictures -> read and decoded by tasks ->
segmented by actors with a network each -> shards. The ids of a shard are noted when it is whole
(``ray.data.checkpoint``), so that a run that was ended goes on with no row twice and none missing.
"""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from ..cluster import join  # before Ray

# isort: split
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
from ray.data import ActorPoolStrategy, DataContext
from ray.data.checkpoint import CheckpointConfig
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from ..messages import UserError
from .here import default_workers
from .results import CHECKPOINT, MANIFEST
from .rows import SCHEMA, Row
from .storage import inside, locate, write_file
from .worker import BatchOptions, PictureWorker, network_bytes, opened

_BLOCK = 16  # pictures that are read, decoded and handed on together
_SHARD_ROWS = 512
_POLL_SECONDS = 0.5
# Of a processor, to each network. It uses a whole one; but Ray grants whole ones to what lists,
# reads, decodes and writes too, which uses little, and would give half of the machine to that.
_GRANTED = 0.5


def run_on_ray(
    pictures: Mapping[str, str],
    options: BatchOptions,
    told: Callable[[Row], None],
    *,
    address: str | None = None,
    workers: int | None = None,
    gpus: float | None = None,
    shard_rows: int = _SHARD_ROWS,
) -> None:
    """Segment pictures on a cluster; whatever ends it, the shards that are whole stay.

    Args:
        pictures: place by id, those that are done too.
        options: how.
        told: of rows that were made, without their segments; what it raises ends the run.
        address: of the cluster; one on this machine if not given.
        workers: most networks; as many as there are processors, or GPUs, if not given.
        gpus: for each network.
        shard_rows: least rows of a shard, but for the last ones.

    Raises:
        UserError: what no picture of the run would be spared, or there is no such cluster.
        OSError: the results can't be written.
    """
    manifest = pa.table({"id": [*pictures], "uri": [*pictures.values()]})
    buffer = pa.BufferOutputStream()
    pq.write_table(manifest, buffer)
    write_file(inside(options.place, MANIFEST), buffer.getvalue().to_pybytes())
    with _connected(address):
        # Where the driver is: whatever other node is lost, what it counted is not.
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        news = ray.remote(_News).options(num_cpus=0, scheduling_strategy=here).remote()
        with _Telling(news, told) as telling:
            try:
                _write(options, news, workers, gpus, shard_rows, alone=address is None)
            except Exception as error:
                cause = telling.problem or _cause(error)
                if cause is None:
                    raise
                raise cause from error
        if telling.problem:  # the last news
            raise telling.problem


@contextmanager
def _connected(address: str | None) -> Generator[None]:
    join(address)
    try:
        yield
    finally:
        ray.shutdown()


def _write(
    options: BatchOptions,
    news: Any,
    workers: int | None,
    gpus: float | None,
    shard_rows: int,
    *,
    alone: bool,
) -> None:
    system, path = locate(options.place)
    context = DataContext.get_current()
    context.enable_progress_bars = False
    context.checkpoint_config = CheckpointConfig(
        "id",
        f"{path}/{CHECKPOINT}",
        override_filesystem=system,
        # Kept: it also says which shards are whole.
        delete_checkpoint_on_success=False,
    )
    processors = ray.cluster_resources().get("CPU", 0)
    if alone:
        most = int(min(processors, workers or processors))
        pool = ActorPoolStrategy(size=min(most, default_workers(options)))
    else:  # nodes may be lost, and what reads and decodes needs room on those that stay
        pool = ActorPoolStrategy(min_size=1, max_size=workers)
    rows = (
        ray.data.read_parquet(f"{path}/{MANIFEST}", filesystem=system)
        .repartition(target_num_rows_per_block=_BLOCK)
        .map_batches(_decoded, batch_size=_BLOCK, batch_format="pyarrow", num_cpus=1)
        .map_batches(
            _Segmenting,
            batch_size=_BLOCK,
            batch_format="pyarrow",
            compute=pool,
            num_cpus=0 if processors == 1 else _GRANTED,
            num_gpus=gpus,
            memory=network_bytes(options.checkpoint),
            fn_constructor_args=(options, news),
        )
    )
    rows.write_parquet(path, filesystem=system, min_rows_per_file=shard_rows)


_PIXELS = pa.schema(
    [
        ("id", pa.string()),
        ("uri", pa.string()),
        ("height", pa.int32()),
        ("width", pa.int32()),
        ("pixels", pa.large_binary()),
        ("problem", pa.binary()),
        ("loading", pa.float64()),
    ]
)


def _decoded(table: pa.Table) -> Iterator[pa.Table]:
    """Read and decode pictures, each a table of its own: Ray makes blocks of a bounded size."""
    for row in table.to_pylist():
        picture, seconds = opened(row["uri"])
        row["loading"] = seconds
        if isinstance(picture, UserError):
            row["problem"] = pickle.dumps(picture)
        else:
            row["height"], row["width"] = picture.shape[:2]
            row["pixels"] = picture.tobytes()
        yield pa.Table.from_pylist([row], _PIXELS)


class _Segmenting:
    """An actor with a network: decoded pictures in, rows out."""

    def __init__(self, options: BatchOptions, news: Any):
        self._options, self._news = options, news

    @cached_property
    def _worker(self) -> PictureWorker:
        # At the first picture: what is raised then reaches the driver as it is.
        return PictureWorker(self._options, threads=1)

    def __call__(self, table: pa.Table) -> pa.Table:
        rows = []
        for number in range(table.num_rows):
            cells = {name: table[name][number] for name in _PIXELS.names}
            height, width, loading = (cells[n].as_py() for n in ("height", "width", "loading"))
            if cells["pixels"].is_valid:
                pixels = np.frombuffer(cells["pixels"].as_buffer(), np.uint8)
                picture = pixels.reshape(height, width, 3).copy()  # Ray's memory is read-only
            else:
                picture = pickle.loads(cells["problem"].as_py())
            name, uri = cells["id"].as_py(), cells["uri"].as_py()
            rows.append(self._worker.row(name, uri, picture, loading))
        told = [{"id": row["id"], "error": row["error"]} for row in rows]
        if ray.get(self._news.tell.remote(told)):
            raise _Stopped
        return pa.Table.from_pylist(rows, SCHEMA)


class _Stopped(Exception):
    """The driver wants no more."""


class _News:
    """What actors tell the driver on the way. A picture that is made twice is told twice."""

    def __init__(self):
        self._rows: list[Row] = []
        self._stopped = False

    def tell(self, rows: list[Row]) -> bool:
        """Note rows; True where there shall be no more."""
        self._rows += rows
        return self._stopped

    def stop(self) -> None:
        """Let there be no more rows."""
        self._stopped = True

    def take(self) -> list[Row]:
        """Return the rows since the last time."""
        rows, self._rows = self._rows, []
        return rows


class _Telling:
    """A thread that passes news on, until it is ended; what ``told`` raises ends the run."""

    def __init__(self, news: Any, told: Callable[[Row], None]):
        self._news, self._told = news, told
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="news", daemon=True)
        self.problem: Exception | None = None

    def __enter__(self) -> _Telling:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.wait(_POLL_SECONDS):
                self._pass_on()
            self._pass_on()
        except Exception as error:
            self.problem = error
            self._news.stop.remote()

    def _pass_on(self) -> None:
        for row in ray.get(self._news.take.remote()):
            self._told(row)


def _cause(error: BaseException) -> Exception | None:
    """Return what an actor or task raised, out of what Ray has wrapped it in."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, UserError | OSError) and not isinstance(seen, RayError):
            return seen
        seen = getattr(seen, "cause", None) or seen.__cause__
    return None
