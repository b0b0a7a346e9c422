"""Files of Gradio's build that the page would load for nothing, or anew at each visit."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..page import answer_of
from ..pictures import FOR_EVER

_PLAYER = re.compile(r"/assets/hls-[\w-]+\.js$")
_EXPORTS = re.compile(rb"export\{([^{}]*)\};?\s*$")


class WithoutStreamPlayer:
    """Gradio's assets, without the player of HTTP live streams.

    Gradio 6.31 loads all 157 kB of hls.js with every page that has a ``gr.Video``. The videos here
    are files. Its functions are asked first whether they are supported; these say no.

    Args:
        app: answers with the assets.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if not _PLAYER.search(scope["path"]):
            await self.app(scope, receive, send)
            return
        start, player = await answer_of(self.app, scope, receive)
        exported = _EXPORTS.search(player)
        if exported:
            names = ", ".join(
                f"no as {each.split()[-1]}" for each in exported[1].decode().split(",")
            )
            player = f"const no = () => false;\nexport {{ {names} }};\n".encode()
            MutableHeaders(raw=start["headers"])["content-length"] = str(len(player))
        await send(start)
        await send({"type": "http.response.body", "body": player})


class Kept:
    """What a browser may keep, since the address names the version in ``v``.

    Args:
        app: answers.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def send_kept(message: Message) -> None:
            if message["type"] == "http.response.start" and b"v=" in scope["query_string"]:
                MutableHeaders(scope=message)["Cache-Control"] = FOR_EVER
            await send(message)

        await self.app(scope, receive, send_kept)
