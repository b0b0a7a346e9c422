"""A Ray cluster of nodes on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

LEAN: dict[str, Any] = {
    "num_cpus": 1,
    "memory": 2_000_000_000,
    "object_store_memory": 100_000_000,
}
"""Of a node: processors and memory that it offers."""


def start_cluster(nodes: int = 1, **more: Any) -> Cluster:
    """Return a cluster of so many nodes as ``LEAN`` has them; ``more`` is another offer."""
    # Ray's workers give way to all else, and on a machine that is busy with tests they never end.
    os.environ.setdefault("RAY_worker_niceness", "0")
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "60")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - reads the variables

    offer = {**LEAN, **more}
    head = {**offer, "include_dashboard": False}
    cluster = patiently(lambda: Cluster(initialize_head=True, head_node_args=head))
    for _ in range(nodes - 1):
        add_node(cluster, **offer)
    return cluster


def add_node(cluster: Cluster, **more: Any) -> None:
    """Add a node to a cluster, as ``start_cluster`` does."""
    patiently(lambda: cluster.add_node(**{**LEAN, **more}))


def patiently(start: Callable[[], Any], tries: int = 5) -> Any:
    """Start a node, and again where it did not start.

    A raylet gives up when its agents take 20 seconds, which they do on a machine that is busy.
    """
    try:
        return start()
    except Exception as error:  # Ray raises no other
        late = "timed out" in str(error) or getattr(error, "key", "") == "batch_no_start"
        if tries == 1 or not late:
            raise
    return patiently(start, tries - 1)
