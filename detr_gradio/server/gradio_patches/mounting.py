"""Gradio's app within our own.

``gr.mount_gradio_app`` of Gradio 6.31 mounts the app for every path, and leaves out what
``Blocks.launch`` does besides: it has no argument for the number of sessions, does not mark the
page as launched, without which ``processing_utils._check_allowed`` lets any caller name any file of
the server as an upload, and does not tell the page its app.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, cast

import gradio as gr
from fastapi import FastAPI
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...limits import limits


def mounted(app: FastAPI, demo: gr.Blocks, **arguments: Any) -> ASGIApp:
    """Return Gradio's app of a page; it starts and ends with ``app``, which has no route to it.

    Args:
        app: our own.
        demo: the page.
        **arguments: of ``gr.mount_gradio_app``.
    """
    demo.has_launched = True
    demo.state_session_capacity = limits().session_capacity
    gr.mount_gradio_app(app, demo, path="/", **arguments)
    mount = cast(Mount, app.router.routes.pop())
    inner: Any = mount.app  # a Gradio App, which Starlette's Mount does not know
    demo.app = demo.server_app = inner
    return PassedErrors(inner)


class PassedErrors:
    """An app whose errors are for its caller to answer.

    Starlette's own app answers 500 in plain text and passes the error on afterwards, when it is too
    late for another status.

    Args:
        app: the app.
    """

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        held: list[Message] = []

        async def hold(message: Message) -> None:
            if held or message.get("status") == HTTPStatus.INTERNAL_SERVER_ERROR:
                held.append(message)
            else:
                await send(message)

        await self.app(scope, receive, hold)
        for message in held:
            await send(message)


def end_streams(demo: gr.Blocks) -> None:
    """End what tells visitors of events, and their heartbeats; called in the server's loop."""
    demo._queue.close()
    demo.is_running = False
    demo.app.stop_event.set()
