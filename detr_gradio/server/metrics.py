"""Figures for Prometheus, on ``/metrics``; only where the settings ask for them."""

from __future__ import annotations

from collections.abc import Sized

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..messages import UserError
from ..service import Outcome, Service

# A picture whose predictions were kept takes less than the first, for no network runs.
_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


def metrics_route(service: Service, queue: Sized) -> Route:
    """Return ``/metrics`` and begin to count; it needs no login.

    Args:
        service: whose pictures are counted.
        queue: of those who wait.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    pictures = Counter(
        "detr_pictures", "Pictures by what became of them.", ["outcome"], registry=registry
    )
    frames = Counter(
        "detr_frames",
        "Frames of live cameras by what became of them.",
        ["outcome"],
        registry=registry,
    )
    seconds = Histogram(
        "detr_stage_seconds",
        "Seconds that a picture took, by stage; all of them and the reading are in total.",
        ["stage"],
        buckets=_BUCKETS,
        registry=registry,
    )
    waiting = Gauge("detr_queue_waiting", "Requests that wait for their turn.", registry=registry)
    waiting.set_function(lambda: len(queue))

    def count(kind: str, ended: Outcome | Exception) -> None:
        counter = pictures if kind == "picture" else frames
        if not isinstance(ended, Outcome):
            counter.labels("refused" if isinstance(ended, UserError) else "failed").inc()
            return
        counter.labels("segmented").inc()
        if kind == "picture":
            seconds.labels("total").observe(ended.seconds)
            for stage, took in ended.result.timings.items():
                seconds.labels(stage).observe(took)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    service.observers.append(count)
    return Route("/metrics", metrics)
