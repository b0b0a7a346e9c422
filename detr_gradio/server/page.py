"""The page as Gradio makes it, with scripts that run before all of Gradio's.

Gradio puts what its argument ``head`` has into the page once it has started, after it has asked the
browser for the language.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Page:
    """A page that begins with scripts of ours, is sent compressed, and once to each browser.

    Args:
        app: answers with the page.
        scripts: each has a scope of its own.
        links: HTML that stands before them.
        last: a script at the page's end: it runs when all of the page is there, and starts Gradio,
            whose scripts are marked ``data-later``.
    """

    def __init__(self, app: ASGIApp, *scripts: str, links: str = "", last: str = ""):
        self.app = app
        run = "".join(f"(() => {{{script}}})();" for script in scripts)
        self._head = f"<head>{links}<script>{run}</script>".encode()
        self._end = f"<script>(() => {{{last}}})();</script></body>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        start, page = await answer_of(self.app, scope, receive)
        headers = MutableHeaders(raw=start["headers"])
        page = page.replace(b"<head>", self._head, 1)
        page = page.replace(b'<script type="module"', b'<script type="text/plain" data-later')
        before, _, after = page.rpartition(b"</body>")
        page = before + self._end + after
        if not page or start["status"] != HTTPStatus.OK:  # HEAD is answered without one
            await send(start)
            await send({"type": "http.response.body", "body": page})
            return
        asked = Headers(scope=scope)
        # The browser asks each time whether the page is still the same.
        tag = f'W/"{hashlib.sha256(page).hexdigest()[:32]}"'
        told = {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"}
        if asked.get("if-none-match") == tag:
            await Response(status_code=HTTPStatus.NOT_MODIFIED, headers=told)(scope, receive, send)
            return
        if "gzip" in asked.get("accept-encoding", ""):
            page = _compressed(page)
            told["Content-Encoding"] = "gzip"
        kind = headers.get("content-type")
        await Response(page, headers=told, media_type=kind)(scope, receive, send)


async def answer_of(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    """Return the start of an answer, whose length is that of the body, and the body.

    Args:
        app: answers; it is asked for no compression.
        scope: of the request.
        receive: of the request.
    """
    headers = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
    answer: list[Message] = []

    async def hold(message: Message) -> None:
        answer.append(message)

    await app({**scope, "headers": headers}, receive, hold)
    # Extensions of a server may send messages of other types.
    (start,) = (each for each in answer if each["type"] == "http.response.start")
    return start, b"".join(each.get("body", b"") for each in answer if each is not start)


@lru_cache(maxsize=8)
def _compressed(page: bytes) -> bytes:
    return gzip.compress(page, mtime=0)
