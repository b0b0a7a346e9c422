"""What the server says besides the page: health, and refusals.

Gradio hands ``serving`` to FastAPI, in front of its own routes.
"""

from __future__ import annotations

import asyncio
import errno
import json
import logging
import re
from functools import partial
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..limits import limits
from ..messages import message
from ..service import Service
from ..ui.i18n import language_of, text
from .headers import security_headers
from .origins import own_pages_only
from .shutdown import Shutdown

# Gradio would fetch any public address for anybody: no part of the page needs it.
_FETCHES = re.compile(r"/gradio_api/(file=\s*https?:|proxy=)", re.IGNORECASE)

# These routes only read the request; what it asks for is done later.
_READS = re.compile(r"/gradio_api/((call|run|api|queue)/|upload)")

# Gradio bounds the files that are uploaded, and writes them to the disk as they come.
_UPLOAD = re.compile(r"/gradio_api/upload/?$")

# Where new work begins; what has begun is asked for elsewhere.
_WORK = re.compile(r"/gradio_api/(queue/join|call/|run/|api/)")

# Where Gradio tells what came of an event, and what it says of an error that it has no words for:
# as a rule, parameters that it can't use.
_EVENTS = re.compile(r"/gradio_api/(call/|queue/data)")
_WORDLESS = re.compile(rb'\{"error": ?null\}')

# Full, over the quota, read-only.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

logger = logging.getLogger(__name__)


def serving(
    service: Service, frame_ancestors: str, shutdown: Shutdown, *, space: bool = False
) -> dict[str, Any]:
    """Return the arguments of FastAPI for the app of a service.

    Args:
        service: whose checkpoint is waited for.
        frame_ancestors: the sites that may show the page in a frame, as in a
            Content-Security-Policy.
        shutdown: of the server.
        space: whether the app is a Space on Hugging Face.
    """
    headers = security_headers(frame_ancestors, space=space)
    return {
        "routes": health_routes(service, shutdown),
        "middleware": [Middleware(_Guard, headers=headers, shutdown=shutdown)],
        "exception_handlers": {RequestValidationError: _unfit},
        "lifespan": own_pages_only(space=space),
    }


def health_routes(service: Service, shutdown: Shutdown) -> list[Route]:
    """Return ``/health/live`` and ``/health/ready``, for load balancers; they need no login.

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


class _Guard:
    """Adds headers to answers, bounds requests, and answers where Gradio doesn't.

    No fetching is done for anybody, and no new work once the server is to end.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str], shutdown: Shutdown):
        self.app = app
        self.headers = headers
        self.shutdown = shutdown
        # A picture within JSON takes four thirds of its size.
        self.most_bytes = 2 * limits().max_image_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.shutdown.loop = asyncio.get_running_loop()

        kind = ""

        async def send_with_headers(message: Message) -> None:
            nonlocal kind
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                kind = headers.get("content-type", "unknown")
            elif _EVENTS.search(scope["path"]):
                body = _WORDLESS.sub(partial(_fill_error_text, scope), message.get("body", b""))
                message = {**message, "body": body}
            await send(message)

        received = 0

        async def receive_so_much() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.most_bytes and not _UPLOAD.search(scope["path"]):
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        async def refuse(status: HTTPStatus, sentence: str = "") -> None:
            retry = {"Retry-After": "10"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
            answer = JSONResponse({"detail": sentence or status.phrase}, status, retry)
            await answer(scope, receive, send_with_headers)

        if _FETCHES.search(scope["path"]):
            await refuse(HTTPStatus.NOT_FOUND)
            return
        if (
            self.shutdown.asked.is_set()
            and scope["method"] == "POST"
            and _WORK.search(scope["path"])
        ):
            sentence = text("stopped_server", _language(scope))
            await refuse(HTTPStatus.SERVICE_UNAVAILABLE, sentence)
            return
        try:
            await self.app(scope, receive_so_much, send_with_headers)
        except Exception as error:
            if kind.startswith("text/event-stream"):
                # Its last event has said what is wrong, such as an unknown number.
                logger.info("A stream broke off", exc_info=True)
                await send({"type": "http.response.body", "body": b""})
                return
            if kind:
                raise
            status = _status_of(error, scope["path"])
            level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
            logger.log(level, "A request had no answer", exc_info=True)
            full = status == HTTPStatus.INSUFFICIENT_STORAGE
            await refuse(status, message("server_disk", _language(scope)) if full else "")


def _status_of(error: Exception, path: str) -> HTTPStatus:
    """Return the status that fits an error of a route."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    if isinstance(error, OSError):
        if error.errno in _DISK_ERRORS:
            return HTTPStatus.INSUFFICIENT_STORAGE
        too_long = error.errno == errno.ENAMETOOLONG  # a path that is no file's
        return HTTPStatus.NOT_FOUND if too_long else HTTPStatus.INTERNAL_SERVER_ERROR
    if _READS.search(path):
        return HTTPStatus.BAD_REQUEST
    return HTTPStatus.INTERNAL_SERVER_ERROR


async def _unfit(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Say what a request lacks, without its own words, which JSON may be unable to repeat."""
    details = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    return JSONResponse({"detail": details}, HTTPStatus.UNPROCESSABLE_ENTITY)


def _fill_error_text(scope: Scope, _wordless: re.Match[bytes]) -> bytes:
    # In ASCII, so that it doesn't matter how the answer is encoded.
    return json.dumps({"error": message("request_unfit", _language(scope))}).encode()


def _language(scope: Scope) -> str:
    return language_of(Request(scope).headers.get("accept-language"))
