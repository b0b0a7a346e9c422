"""The page as Gradio makes it, with scripts that run before all of Gradio's.

Gradio puts what its argument ``head`` has into the page once it has started, after it has asked the
browser for the language.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from http import HTTPStatus

import brotli
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# All below concerns the HTML of Gradio 6.31.
_STYLESHEET = re.compile(rb'<link rel="stylesheet" (crossorigin href="[^"]+")>')
# It fits the page into a frame, and is loaded by every page.
_FRAME_SCRIPT = b"document.head.appendChild(script);"
# What links to the page show of it: the name and a picture of Gradio.
_CARD = re.compile(rb'<meta\s+(?:property="og|name="twitter)[^>]*>\s*')


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
        self._links = links.encode()
        self._scripts = f"<script>{run}</script>".encode()
        self._end = f"<script>(() => {{{last}}})();</script></body>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        start, page = await answer_of(self.app, scope, receive)
        headers = MutableHeaders(raw=start["headers"])
        page = self._changed(page)
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
        accepted = asked.get("accept-encoding", "")
        coding = next((each for each in _COMPRESS if each in accepted), None)
        if coding:
            page = _compressed(page, coding)
            told["Content-Encoding"] = coding
        kind = headers.get("content-type")
        await Response(page, headers=told, media_type=kind)(scope, receive, send)

    def _changed(self, page: bytes) -> bytes:
        # Gradio's styles are named last, behind all that the page carries: asked for at once, they
        # are there by then.
        styles = b"".join(
            b'<link rel="preload" as="style" %s>' % each for each in _STYLESHEET.findall(page)
        )
        head = b"<head>%s%s%s" % (self._links, styles, self._scripts)
        page = _CARD.sub(b"", page).replace(b"<head>", head, 1)
        page = page.replace(_FRAME_SCRIPT, b"if (parent !== window) %s" % _FRAME_SCRIPT)
        page = page.replace(b'<script type="module"', b'<script type="text/plain" data-later')
        before, _, after = page.rpartition(b"</body>")
        return before + self._end + after


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


# The best first. Brotli's levels above 9 would take seconds for another 6 kB.
_COMPRESS: Mapping[str, Callable[[bytes], bytes]] = {
    "br": lambda page: brotli.compress(page, quality=9),
    "gzip": lambda page: gzip.compress(page, mtime=0),
}


@lru_cache(maxsize=8)
def _compressed(page: bytes, coding: str) -> bytes:
    return _COMPRESS[coding](page)
