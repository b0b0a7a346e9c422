"""Ray Serve adapter: the network computes in replicas on a Ray cluster, and the page stays here.

Each checkpoint is an application of its own, with a queue that Serve bounds and replicas that grow
and shrink with it. Front ends share it: who finds it running, or deployed from a config file,
takes it. Predictions are cached in the page's process, as everywhere.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..checkpoints.catalogue import CATALOGUE
from ..cluster import join
from ..limits import limits
from ..messages import UserError

if TYPE_CHECKING:
    import numpy as np

    from ..checkpoints.hub import Progress
    from ..checkpoints.loading import LoadedCheckpoint
    from ..model.attention_record import AttentionRecord
    from ..model.precision import Precision
    from ..result.predictions import QueryPredictions
    from ..segmenter import Segmenter


class NetworkReplica:
    """A network in a process of its own, which answers one request at a time.

    Args:
        checkpoint: as for ``load_segmenter``.
        precision: as there.
    """

    def __init__(self, checkpoint: str | Path, precision: Precision):
        import ray  # noqa: PLC0415 - an optional part

        from ..model.device import use_threads  # noqa: PLC0415 - torch takes seconds to import
        from ..segmenter import load_segmenter  # noqa: PLC0415

        granted = ray.get_runtime_context().get_assigned_resources()
        use_threads(max(1, int(granted.get("CPU", 1))))
        self._network = load_segmenter(checkpoint, precision=precision).network

    def answer(
        self, method: str, rgb: np.ndarray, detail: int | None
    ) -> QueryPredictions | AttentionRecord | UserError:
        """Return what a method of ``Network`` does, or the error that it raises."""
        try:
            return getattr(self._network, method)(rgb, detail)
        except UserError as error:
            return error


def application(arguments: dict[str, Any], replica: type = NetworkReplica) -> Any:
    """Return the application of a checkpoint, as ``serve.run`` and config files take it.

    Args:
        arguments: "checkpoint" (as for ``load_segmenter``), "precision" ("exact" if not given), and
            "replicas", the most there may be (1 if not given).
        replica: what computes.
    """
    from ray import serve  # noqa: PLC0415 - an optional part

    deployment = serve.deployment(
        name="network",
        max_ongoing_requests=1,
        max_queued_requests=limits().queue_size,
        autoscaling_config={
            "min_replicas": 1,
            "max_replicas": int(arguments.get("replicas", 1)),
            "target_ongoing_requests": 1,
            "upscale_delay_s": 2,
            "downscale_delay_s": 300,
        },
        ray_actor_options={"num_cpus": 1},
        logging_config={"encoding": "JSON", "log_level": "INFO"},
    )(replica)
    return deployment.bind(arguments["checkpoint"], arguments.get("precision", "exact"))


class ReplicaNetwork:
    """What a ``Network`` is elsewhere; each prediction is asked of a replica.

    Attributes:
        at_once: how many pictures may be asked for at a time.
    """

    def __init__(self, loaded: LoadedCheckpoint, precision: Precision, replicas: int):
        self.precision, self.at_once = precision, replicas
        self.categories = loaded.categories
        self._preprocessor = loaded.preprocessor
        checkpoint = loaded.checkpoint
        own = checkpoint.name not in CATALOGUE and checkpoint.folder
        self._handle = _handle(own or checkpoint.name, precision, replicas)

    def input_size(self, height: int, width: int, detail: int | None = None) -> tuple[int, int]:
        """Return what ``Network.input_size`` does."""
        from ..model.preparation import input_size_at  # noqa: PLC0415 - torch takes seconds

        return input_size_at(self._preprocessor, height, width, detail)

    def predict(self, rgb: np.ndarray, detail: int | None = None) -> QueryPredictions:
        """Predict as ``Network.predict`` does.

        Raises:
            UserError: "replica_...", none answers, and why; and as for ``Network.predict``.
        """
        return self._ask("predict", rgb, detail)

    def record(self, rgb: np.ndarray, detail: int | None = None) -> AttentionRecord:
        """Record as ``Network.record`` does; errors as for ``predict``."""
        return self._ask("record", rgb, detail)

    def _ask(self, method: str, rgb: np.ndarray, detail: int | None) -> Any:
        from ray.exceptions import RayError  # noqa: PLC0415 - an optional part
        from ray.serve.exceptions import BackPressureError, RayServeException  # noqa: PLC0415

        try:
            answer = self._handle.answer.remote(method, rgb, detail).result()
        except BackPressureError as error:
            raise UserError("replica_full") from error
        except (RayError, RayServeException) as error:
            raise UserError("replica_lost") from error
        if isinstance(answer, UserError):
            raise answer
        return answer


def connect(address: str | None) -> int:
    """Join a cluster, or start one on this machine that ends with this process.

    Returns:
        How many processors it has.

    Raises:
        UserError: there is no such cluster.
    """
    import ray  # noqa: PLC0415 - an optional part
    from ray import serve  # noqa: PLC0415

    join(address)
    serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR"})
    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def load_on_replicas(
    name: str | Path, *, precision: Precision, replicas: int, progress: Progress | None = None
) -> Segmenter:
    """Return the segmenter of a checkpoint whose network is on the cluster."""
    from ..segmenter import load_segmenter  # noqa: PLC0415 - torch takes seconds to import

    def on_replicas(loaded: LoadedCheckpoint, _device: object, precision: Precision) -> Any:
        return ReplicaNetwork(loaded, precision, replicas)

    return load_segmenter(name, precision=precision, progress=progress, make_network=on_replicas)


def application_name(checkpoint: str | Path, precision: Precision) -> str:
    """Return what the application of a checkpoint is called on a cluster."""
    return re.sub(r"\W+", "-", f"{checkpoint}-{precision}").strip("-")


def _handle(checkpoint: str | Path, precision: Precision, replicas: int) -> Any:
    from ray import serve  # noqa: PLC0415 - an optional part

    name = application_name(checkpoint, precision)
    if name in serve.status().applications:
        return serve.get_app_handle(name)
    arguments = {"checkpoint": checkpoint, "precision": precision, "replicas": replicas}
    return serve.run(application(arguments), name=name, route_prefix=None)
