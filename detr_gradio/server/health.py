"""Health, for load balancers."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ..service import Service
from .shutdown import Shutdown


def health_routes(service: Service, shutdown: Shutdown) -> list[Route]:
    """Return ``/health/live`` and ``/health/ready``; they need no login.

    Live is a server that answers. Ready is one that has loaded its checkpoint, or the stand-in for
    one that can't be had, and is not about to end; else the answer's status is 503.

    Args:
        service: whose checkpoint is waited for.
        shutdown: of the server.
    """

    async def live(_request: Request) -> JSONResponse:
        return _state({"live": True})

    async def ready(_request: Request) -> JSONResponse:
        loaded, stand_in = service.readiness()
        loaded = loaded and not shutdown.asked.is_set()
        return _state({"ready": loaded, "stand_in": stand_in}, 200 if loaded else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


def _state(content: dict[str, bool], status: int = 200) -> JSONResponse:
    return JSONResponse(content, status, headers={"Cache-Control": "no-store"})
