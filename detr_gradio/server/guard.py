"""What every answer has: headers for browsers and caches, and a status where anything failed."""

from __future__ import annotations

import errno
import logging
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..messages import message as sentence
from ..ui.i18n import language_of

# Full, over the quota, read-only.
_DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)

# What Gradio answers has the name in it by which the asker says that the app is called
# (X-Forwarded-Host): a cache behind it must not give that, nor visitors' files, to others.
_FOR_THE_ASKER = ("Cache-Control", "private")

logger = logging.getLogger(__name__)


class Guard:
    """Adds headers to answers, and answers where a route fails.

    Args:
        app: what is guarded.
        headers: of every answer that has none of these names.
    """

    def __init__(self, app: ASGIApp, headers: dict[str, str]):
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def send_with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in (*self.headers.items(), _FOR_THE_ASKER):
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if begun:
                raise
            status = _status_of(error)
            level = logging.ERROR if status >= HTTPStatus.INTERNAL_SERVER_ERROR else logging.INFO
            logger.log(level, "A request had no answer", exc_info=True)
            said: str = status.phrase
            if status == HTTPStatus.INSUFFICIENT_STORAGE:
                language = language_of(Request(scope).headers.get("accept-language"))
                said = sentence("server_disk", language)
            await JSONResponse({"detail": said}, status)(scope, receive, send_with_headers)


def _status_of(error: Exception) -> HTTPStatus:
    """Return the status that fits an error of a route."""
    if isinstance(error, HTTPException):
        return HTTPStatus(error.status_code)
    if isinstance(error, OSError):
        if error.errno in _DISK_ERRORS:
            return HTTPStatus.INSUFFICIENT_STORAGE
        if error.errno == errno.ENAMETOOLONG:  # a path that is no file's
            return HTTPStatus.NOT_FOUND
    return HTTPStatus.INTERNAL_SERVER_ERROR
