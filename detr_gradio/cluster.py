"""Joining a Ray cluster, for batches and for replicas.

To be imported before Ray itself, which then reads what is set here.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from .messages import UserError

# Nobody is told of the use, and warnings are not for the terminal.
os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
# Where a cluster is lost, none is started in its place.
os.environ.setdefault("RAY_ENABLE_AUTO_CONNECT", "0")


def join(address: str | None) -> None:
    """Join a cluster, or start one on this machine that ends with this process.

    ``DETR_...`` variables go along: limits are those of the machine that the command was typed on.

    Args:
        address: as ``ray.init`` takes it; None starts one.

    Raises:
        UserError: there is no such cluster, or none could be started.
    """
    import ray  # noqa: PLC0415 - an optional part

    for name in ("ray", "ray.data", "ray.serve"):
        logging.getLogger(name).setLevel(logging.ERROR)
    own = {name: value for name, value in os.environ.items() if name.startswith("DETR_")}
    local: dict[str, Any] = {} if address else {"include_dashboard": False}
    try:
        ray.init(
            address or "local",
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": own},
            **local,
        )
    except ConnectionError as error:
        raise UserError("batch_no_cluster", address=address) from error
    except Exception as error:
        if "timed out during startup" not in str(error):  # Ray has no class for it
            raise
        raise UserError("batch_no_start") from error
