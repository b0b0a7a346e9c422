"""The page as Gradio makes it, with scripts that run before all of Gradio's.

Gradio puts what its argument ``head`` has into the page once it has started, after it has asked the
browser for the language.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class ScriptsFirst:
    """A page that begins with scripts of ours.

    Args:
        app: answers with the page.
        scripts: each has a scope of its own.
    """

    def __init__(self, app: ASGIApp, *scripts: str):
        self.app = app
        run = "".join(f"(() => {{{script}}})();" for script in scripts)
        self._head = f"<head><script>{run}</script>".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = [each for each in scope["headers"] if each[0] != b"accept-encoding"]
        answer: list[Message] = []

        async def hold(message: Message) -> None:
            answer.append(message)

        await self.app({**scope, "headers": headers}, receive, hold)
        # Extensions of a server may send messages of other types.
        (start,) = (each for each in answer if each["type"] == "http.response.start")
        page = b"".join(each.get("body", b"") for each in answer if each is not start)
        page = page.replace(b"<head>", self._head, 1)
        if page:  # HEAD is answered without one
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(page))
        await send(start)
        await send({"type": "http.response.body", "body": page})
