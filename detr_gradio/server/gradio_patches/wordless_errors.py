"""What came of an event, with words for each error.

Where parameters can't be used, such as a text in place of a file, Gradio 6.31 sends
``{"error": null}`` (``utils.error_payload`` without ``show_error``, which would show the server's
own errors too). And the stream of an event that there isn't breaks off in the middle of a chunk.
"""

from __future__ import annotations

import json
import logging
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...messages import message as sentence
from ...ui.i18n import language_of

_WORDLESS = re.compile(rb'\{"error": ?null\}')

logger = logging.getLogger(__name__)


class EventStream:
    """A route that tells what came of an event."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        begun = False
        language = language_of(Request(scope).headers.get("accept-language"))
        # In ASCII, so that it doesn't matter how the answer is encoded.
        words = json.dumps({"error": sentence("request_unfit", language)}).encode()

        async def send_words(message: Message) -> None:
            nonlocal begun
            begun = True
            if "body" in message:
                message = {**message, "body": _WORDLESS.sub(lambda _: words, message["body"])}
            await send(message)

        try:
            await self.app(scope, receive, send_words)
        except Exception:
            if not begun:
                raise
            # Its last event has said what is wrong, such as an unknown number.
            logger.info("A stream broke off", exc_info=True)
            await send({"type": "http.response.body", "body": b""})
