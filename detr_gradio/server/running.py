"""A server in a thread: where it listens, and until when."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from dataclasses import dataclass

import gradio as gr
import uvicorn
from fastapi import FastAPI

from ..settings import SettingError, Settings
from .connections import RESERVED, BoundedConnection
from .gradio_patches.bounded_queue import BoundedQueue
from .gradio_patches.mounting import end_streams
from .gradio_patches.share_link import close_links

_FIRST_PORT, _PORTS = 7860, 100
_GRACE = 3  # seconds until connections that still say something are cut off


class _Server(uvicorn.Server):
    """A server that says which loop is its own."""

    loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self.loop = asyncio.get_running_loop()
        await super().startup(sockets)


@dataclass
class RunningApp:
    """An app that is served.

    Attributes:
        demo: its page.
        queue: of those who wait.
        url: where it is on this machine, with a slash at its end.
        host, port: where it listens.
        share_url: its public link; None without one.
    """

    demo: gr.Blocks
    queue: BoundedQueue
    url: str
    host: str
    port: int
    _server: _Server
    _thread: threading.Thread
    share_url: str | None = None

    @property
    def is_running(self) -> bool:
        """Whether it answers."""
        return self._thread.is_alive()

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Its event loop."""
        return self._server.loop

    def close(self) -> None:
        """End it."""
        if not self.is_running:
            return
        self.loop.call_soon_threadsafe(end_streams, self.demo)
        self._server.should_exit = True
        self._thread.join(2 * _GRACE)
        if self.share_url:
            close_links()


def run(app: FastAPI, demo: gr.Blocks, settings: Settings) -> RunningApp:
    """Serve an app from now on.

    Args:
        app: what ``build_app`` made.
        demo: its page.
        settings: where to listen.

    Raises:
        SettingError: nothing can listen there.
    """
    space = "SPACE_ID" in os.environ
    usual = os.environ.get("GRADIO_SERVER_NAME") or ("0.0.0.0" if space else "127.0.0.1")
    host = (settings.host or usual).strip("[]")
    listening = _listen(host, settings.port)
    port = listening.getsockname()[1]
    server = _Server(
        uvicorn.Config(
            app,
            port=port,
            http=BoundedConnection.bound(),
            # Whatever other packages bring: turns.py and the tests know this one.
            loop="asyncio",
            ws="none",
            # asyncio takes so many at a time, before any of them can make room for another.
            backlog=RESERVED // 10,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            # A Space is reached through its host's proxy alone.
            forwarded_allow_ips="*" if space else None,
            timeout_graceful_shutdown=_GRACE,
            ssl_certfile=settings.ssl_certfile,
            ssl_keyfile=settings.ssl_keyfile,
        )
    )
    demo.server = server  # on ZeroGPU, workers close what they inherit of its port
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listening]}, name="server", daemon=True
    )
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("The server did not start")
        time.sleep(0.005)
    listening.listen(2048)  # those may wait
    scheme = "https" if settings.ssl_certfile else "http"
    name = {"0.0.0.0": "localhost", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    url = f"{scheme}://{name}:{port}/"
    return RunningApp(demo, app.state.queue, url, host, port, server, thread)


def _listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens; at the first free port where none is given."""
    first = int(os.environ.get("GRADIO_SERVER_PORT") or _FIRST_PORT)
    last = first + _PORTS if port is None else 0
    each = port or first
    while True:
        try:
            family, *_, address = socket.getaddrinfo(host, each, type=socket.SOCK_STREAM)[0]
            return socket.create_server(address, family=family)
        except OSError as error:  # noqa: PERF203 - a hundred ports at most
            each += 1
            if each >= last:
                place = host if port is None else f"{host}, port {port}"
                raise SettingError("setting_address", place=place, reason=error.strerror) from error
