"""Files in and out: what visitors upload, and what they take.

Gradio's own routes take 1,000 files of any size in one request, keep fields without a file's name
in memory (1.5 GB: 5.3 GB), never delete a file under another name than ``files``, keep every number
that the progress of an upload is asked for, answer several ranges with 500, and show texts inline.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO

import anyio
from anyio.to_thread import run_sync
from gradio_client.utils import strip_invalid_filename_characters
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from ..limits import limits
from ..messages import message
from ..ui.i18n import language_of
from .addresses import sender_of
from .files import KeptFiles, claim
from .logins import Logins

MAX_FILES = 10
"""Files of one request; the page sends one."""

OVERHEAD = 64_000
"""Bytes of a request besides its files."""

SILENCE = 20.0
"""Seconds without a byte after which an upload is over."""

MAX_HEADERS = 4_000
"""Bytes that the headers of one file may have."""

_INLINE = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "image/bmp",
    "image/avif",
    "video/mp4",
    "video/webm",
    "video/quicktime",
    "video/x-msvideo",
    "video/x-matroska",
)
_ID = 60  # characters of the name that the page gives an upload


@dataclass
class _Progress:
    """How far an upload is."""

    name: str = ""
    new: int = 0  # bytes that have not been told


class _Files:
    """The files of a form, written as they come.

    Raises:
        HTTPException: the form is none, or holds what can't be taken.
    """

    def __init__(self, folder: Path, content_type: str, progress: _Progress):
        kind, options = parse_options_header(content_type)
        if kind != b"multipart/form-data" or not options.get(b"boundary"):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "Invalid content type.")
        self.paths: list[Path] = []
        self.received = 0
        self._folder = folder
        self._progress = progress
        self._file: BinaryIO | None = None
        self._name, self._value, self._header_bytes = b"", b"", 0
        self._disposition = b""
        self._ended = False
        names = "part_begin", "header_field", "header_value", "header_end", "headers_finished"
        names += "part_data", "part_end", "end"
        callbacks: Any = {f"on_{name}": getattr(self, f"_{name}") for name in names}
        self._parser = MultipartParser(options[b"boundary"], callbacks)

    def write(self, data: bytes) -> None:
        """Take the next bytes of the form; meanwhile alone a file is open.

        Many that come slowly would take the descriptors of the connections.
        """
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise HTTPException(HTTPStatus.BAD_REQUEST) from error
        finally:
            self._part_end()

    def end(self) -> None:
        """Take the end of the form."""
        if not self._ended:
            raise HTTPException(HTTPStatus.BAD_REQUEST)

    def delete(self) -> None:
        """Leave nothing behind."""
        for path in self.paths:
            path.unlink(missing_ok=True)
            with suppress(OSError):
                path.parent.rmdir()

    def _part_begin(self) -> None:
        self._name, self._value, self._disposition, self._header_bytes = b"", b"", b"", 0

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._name += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._count(end - start)
        self._value += data[start:end]

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > MAX_HEADERS:
            raise HTTPException(HTTPStatus.BAD_REQUEST)

    def _header_end(self) -> None:
        if self._name.lower() == b"content-disposition":
            self._disposition = self._value
        self._name, self._value = b"", b""

    def _headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if options.get(b"name") != b"files" or b"filename" not in options:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "Files are sent as fields named files.")
        if len(self.paths) == MAX_FILES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        name = options[b"filename"].decode("utf-8", "replace")
        self._progress.name = name
        name = strip_invalid_filename_characters(Path(name).name).strip(". ")
        # A folder of its own: nobody can guess where a visitor's file is, nor learn from a name
        # that somebody else has sent the same.
        place = self._folder / secrets.token_hex(16)
        place.mkdir(mode=0o700)
        self.paths.append(place / (name or "file"))
        self.paths[-1].touch(exist_ok=False)

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._file = self.paths[-1].open("ab")
        self._file.write(memoryview(data)[start:end])
        self._progress.new += end - start

    def _part_end(self) -> None:
        if self._file:
            file, self._file = self._file, None
            file.close()

    def _end(self) -> None:
        self._ended = True


class _Uploads:
    """The routes for files of a server."""

    def __init__(self, files: KeptFiles):
        self.files = files
        self.under_way: dict[str, _Progress] = {}

    async def upload(self, request: Request) -> Response:
        """Take files; answers with their places, as Gradio does."""
        most = max(limits().max_image_bytes, limits().max_video_bytes)
        told = request.headers.get("content-length", "0")
        if not told.isdecimal() or int(told) > most + OVERHEAD:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        number = request.query_params.get("upload_id", "")[:_ID]
        progress = self.under_way[number] = _Progress()
        sender = sender_of(request)
        form = None
        try:
            form = _Files(self.files.folder, request.headers.get("content-type", ""), progress)
            await self._take(request, form, sender, most)
            for path in form.paths:
                self.files.add(path, sender)
        except BaseException as error:  # a client that leaves is a cancellation
            if form:
                form.delete()
            if isinstance(error, (TimeoutError, ClientDisconnect)):
                raise HTTPException(HTTPStatus.REQUEST_TIMEOUT) from error
            raise
        finally:
            if self.under_way.get(number) is progress:
                del self.under_way[number]
            if form:
                self.files.release(sender, form.received)
        return JSONResponse([str(path) for path in form.paths])

    async def _take(self, request: Request, form: _Files, sender: str, most: int) -> None:
        stream = request.stream()
        while True:
            with anyio.fail_after(SILENCE):
                data = await anext(stream, None)
            if data is None:
                break
            if form.received + len(data) > most + OVERHEAD:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            if not self.files.reserve(sender, len(data)):
                language = language_of(request.headers.get("accept-language"))
                raise HTTPException(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    message("files_full", language),
                    {"Retry-After": "600"},
                )
            form.received += len(data)
            await run_sync(form.write, data)
        form.end()

    async def progress(self, request: Request) -> Response:
        """Tell how far an upload is, as the page's bar wants to know."""
        number = request.query_params.get("upload_id", "")[:_ID]

        async def tell() -> AsyncIterator[str]:
            end = time.monotonic() + 3
            while number not in self.under_way and time.monotonic() < end:
                await asyncio.sleep(0.05)
            while progress := self.under_way.get(number):
                if progress.new:
                    size, progress.new = progress.new, 0
                    update = {"msg": "update", "orig_name": progress.name, "chunk_size": size}
                    yield f"data: {json.dumps(update)}\n\n"
                await asyncio.sleep(0.1)
            yield f"data: {json.dumps({'msg': 'done'})}\n\n"

        return StreamingResponse(tell(), media_type="text/event-stream")

    async def file(self, request: Request) -> Response:
        """Give a file that is kept: pictures and videos to be shown, all else to be saved."""
        path = Path(request.path_params["path"])
        try:
            place = await run_sync(path.resolve)
            if not place.is_relative_to(self.files.folder) or not place.is_file():
                raise HTTPException(HTTPStatus.NOT_FOUND)
        except (OSError, ValueError) as error:  # too long, or with a zero in it
            raise HTTPException(HTTPStatus.NOT_FOUND) from error
        kind = mimetypes.guess_type(place.name)[0]
        shown = kind in _INLINE
        return FileResponse(
            place,
            media_type=kind if shown else "application/octet-stream",
            filename=place.name,
            content_disposition_type="inline" if shown else "attachment",
        )


def file_routes(logins: Logins) -> list[BaseRoute]:
    """Return the routes that take files and give them, at Gradio's addresses."""
    uploads = _Uploads(claim())
    routes = [
        ("upload", uploads.upload, "POST"),
        ("upload_progress", uploads.progress, "GET"),
        ("file={path:path}", uploads.file, "GET"),
    ]
    found: list[BaseRoute] = []
    for path, answer, method in routes:
        route = Route(f"/gradio_api/{path}", answer, methods=[method])
        route.app = logins.required(route.app)
        found.append(route)
    return found
