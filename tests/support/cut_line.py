"""A line to a server that can be cut: a proxy that passes bytes on."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from urllib.parse import urlsplit


class Line:
    """A line.

    Attributes:
        url: where the server is found through it.
    """

    def __init__(self, url: str):
        self._target = urlsplit(url)
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        self._whole = True
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        server = self._call(asyncio.start_server(self._pass_on, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    def cut(self) -> None:
        """End all connections, and let no new one through."""
        self._call(self._cut())

    def mend(self) -> None:
        """Let new connections through."""
        self._whole = True

    def _call(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _cut(self) -> None:
        self._whole = False
        for writer in self._open:
            writer.transport.abort()

    async def _pass_on(self, reader, writer) -> None:
        if not self._whole:
            writer.transport.abort()
            return
        there, back = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._open |= {writer, back}
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        self._open -= {writer, back}

    async def _copy(self, reader, writer) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
