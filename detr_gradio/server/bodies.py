"""JSON that is sent to the server: read whole and measured before anybody takes it apart.

45 MB of ``{},{},...`` become 2.5 GB of objects. So a body is bounded by what its route needs, its
parts are counted, and all that is being read together has a bound.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http import HTTPStatus

import anyio
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON_BYTES = 64_000
"""Of a body without a picture: settings, a file's name, a choice."""

FRAME_BYTES = 8_000_000
"""Of a body with a frame of the camera in it."""

ALL_BYTES = 64_000_000
"""Of all bodies that are held at a time; small ones are taken all the same."""

MAX_SESSION = 100
"""Characters of a visitor's session, which the page gives about ten; Gradio keeps it for long."""

MAX_PARTS = 2_000
"""Brackets and commas of a body; the largest event of the page has about fifty."""

SECONDS = 20.0
"""That a body may take to come."""

BODY_BYTES = "detr.body_bytes"
"""Where a request's scope says how long its body was."""

OWNS = "detr.owns"
"""Where a request's scope says, behind a login, which sessions are the sender's own."""

logger = logging.getLogger(__name__)


class BoundedBody:
    """A route that takes a JSON body, and refuses one that is larger than it needs.

    Args:
        app: the route.
        most: bytes of a body.
    """

    _held = 0  # bytes, of all routes

    def __init__(self, app: ASGIApp, most: int):
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        told = Headers(scope=scope).get("content-length", "0")
        if not told.isdecimal() or int(told) > self.most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        body = bytearray()
        try:
            await self._read(body, receive)
            await self._use(bytes(body), scope, receive, send)
        finally:
            # A tool keeps a picture as long as it works on it, so it is counted until then.
            BoundedBody._held -= len(body)

    async def _use(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        if sum(map(body.count, (b"{", b"[", b","))) > MAX_PARTS:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        session = _session_in(body)
        if len(session) > MAX_SESSION:
            raise HTTPException(HTTPStatus.BAD_REQUEST)
        owns: Callable[[str], bool] | None = scope.get(OWNS)
        if owns and not owns(session):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        scope[BODY_BYTES] = len(body)
        await _answer(self.app, body, scope, receive, send)

    async def _read(self, body: bytearray, receive: Receive) -> None:
        try:
            with anyio.fail_after(SECONDS):
                await self._take(body, receive)
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from None

    async def _take(self, body: bytearray, receive: Receive) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise HTTPException(HTTPStatus.BAD_REQUEST)  # nobody is there to read it
            part, more = message.get("body", b""), message.get("more_body", False)
            body += part
            BoundedBody._held += len(part)
            if len(body) > self.most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if BoundedBody._held > ALL_BYTES and len(body) > JSON_BYTES:
                raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE)


def _session_in(body: bytes) -> str:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return str(value.get("session_hash") or "") if isinstance(value, dict) else ""


async def _answer(app: ASGIApp, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Let a route answer with a body that has been read; what it can't use is the caller's."""
    begun = read = False

    async def receive_body() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    async def send_on(message: Message) -> None:
        nonlocal begun
        begun = True
        await send(message)

    try:
        await app(scope, receive_body, send_on)
    except (HTTPException, OSError):
        raise
    except Exception as error:
        if begun:
            raise
        # These routes only read the request; what it asks for is done later.
        logger.info("A request could not be read", exc_info=True)
        raise HTTPException(HTTPStatus.BAD_REQUEST) from error


async def unfit(_request: Request, error: RequestValidationError) -> JSONResponse:
    """Say what a request lacks, without its own words, which JSON may be unable to repeat."""
    details = [{name: each[name] for name in ("type", "loc", "msg")} for each in error.errors()]
    return JSONResponse({"detail": details}, HTTPStatus.UNPROCESSABLE_ENTITY)
