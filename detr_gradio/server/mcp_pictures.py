"""Pictures that agents send: of an address, in a ``data:`` URL, or uploaded before."""

from __future__ import annotations

import asyncio
import base64
import secrets
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import safehttpx

from ..limits import limits
from ..messages import UserError
from .addresses import SHARED
from .files import KeptFiles

FETCHES = 8
"""Pictures that come from their addresses at a time; each may have as many bytes as a picture."""

FETCH_SECONDS = 30.0
"""That a picture may take to come from its address."""


class Line:
    """Who waits for the network: no more than the page's line has, and one sender not all of it."""

    def __init__(self) -> None:
        self._senders: Counter[str] = Counter()

    @contextmanager
    def place(self, sender: str) -> Generator[None]:
        """Take a place.

        Raises:
            LineFullError: there is none.
        """
        most, total = limits().queue_size, self._senders.total()
        own = 0 if sender in SHARED else self._senders[sender]
        if total >= most or own >= max(2, most * 3 // 4):
            raise LineFullError(total)
        self._senders[sender] += 1
        try:
            yield
        finally:
            self._senders[sender] -= 1
            self._senders += Counter()  # without those that wait no longer


class LineFullError(Exception):
    """Too many wait already; ``args[0]`` says how many."""


class SentPictures:
    """Makes files of pictures that are sent.

    Args:
        files: where they are kept.
    """

    def __init__(self, files: KeptFiles):
        self._files = files
        self._fetching = asyncio.Semaphore(FETCHES)

    async def path(self, said: str, sender: str) -> Path:
        """Return the file of a picture that is a ``data:`` URL or has an address.

        Raises:
            UserError: it can't be had.
        """
        if said.startswith("data:"):
            try:
                content = base64.b64decode(said.partition(",")[2], validate=True)
            except ValueError:
                raise UserError("image_unreadable") from None
            return self._kept(content, sender)
        _, mark, place = said.partition("/gradio_api/file=")
        if mark:
            with suppress(OSError, ValueError):  # too long, or with a zero in it
                path = Path(unquote(place)).resolve()
                if path.is_relative_to(self._files.folder) and path.is_file():
                    return path
            raise UserError("image_missing")
        try:
            async with self._fetching:
                content = await asyncio.wait_for(_fetched(said), FETCH_SECONDS)
        except (
            httpx.HTTPError,
            httpx.InvalidURL,
            asyncio.TimeoutError,
            OSError,
            ValueError,
        ) as error:
            if isinstance(error, UserError):
                raise
            raise UserError("image_address") from error
        return self._kept(content, sender)

    def _kept(self, content: bytes, sender: str) -> Path:
        """Return the file that a picture is written to, as long as its sender may have more.

        Raises:
            UserError: it is too much.
        """
        if not self._files.reserve(sender, len(content)):
            raise UserError("files_full")
        place = self._files.folder / secrets.token_hex(16)
        place.mkdir(mode=0o700)
        path = place / "picture"
        try:
            path.write_bytes(content)
            self._files.add(path, sender)
        finally:
            self._files.release(sender, len(content))
        return path


async def _fetched(address: str) -> bytes:
    """Return what is at a public address; never more than a picture may have, once unpacked."""
    host = urlsplit(address).hostname
    if urlsplit(address).scheme not in ("http", "https") or not host:
        raise UserError("image_address")
    most, content = limits().max_image_bytes, bytearray()
    transport = safehttpx.AsyncSecureTransport(await safehttpx.async_validate_url(host))
    async with (
        httpx.AsyncClient(transport=transport) as client,
        # Not packed: 2 MB of gzip may become 5 GB.
        client.stream("GET", address, headers={"Accept-Encoding": "identity"}) as answer,
    ):
        answer.raise_for_status()
        async for part in answer.aiter_raw():
            content += part
            if len(content) > most:
                raise UserError("image_too_heavy", limit=most // 1_000_000)
    return bytes(content)
