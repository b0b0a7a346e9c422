"""The MCP tools: the three endpoints for programs, for agents.

They are made of the same functions as the endpoints (``ui/api.py``), whose docstrings say to an
agent what they do. The answer is one picture to look at, JSON, and the addresses of the files.
"""

from __future__ import annotations

import asyncio
import base64
import inspect
import json
import re
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast
from urllib.parse import quote

import gradio as gr
from anyio.to_thread import run_sync
from fastapi import FastAPI
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from ..limits import limits
from ..messages import UserError, message
from ..service import Service
from ..ui.api import categories_with, checkpoints_of, segment_with
from ..ui.i18n import language_of, text
from .addresses import sender_of
from .bodies import BoundedBody
from .files import claim
from .mcp_pictures import Line, LineFullError, SentPictures

PREVIEW_SIDE = 1024
"""Longest side of the picture that is sent along; the file itself has all pixels."""

_TYPES = {"str": "string", "float": "number", "int": "integer"}


def add_mcp(app: FastAPI, service: Service, root_path: str | None) -> None:
    """Serve the tools at ``/gradio_api/mcp/``.

    Args:
        app: where.
        service: what segments.
        root_path: path under which a reverse proxy serves the app, or its whole address.
    """
    functions: dict[str, Callable[..., Any]] = {
        "segment": segment_with(service),
        "list_checkpoints": checkpoints_of(service),
        "list_categories": categories_with(service),
    }
    server: Server = Server("DETR Panoptic")
    pictures, line, turn = SentPictures(claim()), Line(), asyncio.Lock()

    @server.list_tools()
    async def tools() -> list[types.Tool]:
        return [_tool(name, function) for name, function in functions.items()]

    @server.call_tool()
    async def call(name: str, arguments: dict[str, Any]) -> list[types.ContentBlock]:
        request = cast(Request, server.request_context.request)
        language = language_of(request.headers.get("accept-language"))
        if name not in functions:
            raise ValueError(message("request_unfit", language))
        if name != "segment":
            try:
                return [_json(await run_sync(lambda: functions[name](**arguments)))]
            except gr.Error as error:  # of which ``str`` is a quotation
                raise ValueError(error.message) from error
        sender = sender_of(request)
        try:
            with line.place(sender):
                # One that is slow to come keeps nobody from the network.
                path = await pictures.path(arguments["image"], sender)
                async with turn:
                    given = {**arguments, "image": str(path), "request": request}
                    overlay, found, panoptic = await run_sync(lambda: functions[name](**given))
                    preview = base64.b64encode(await run_sync(_preview, overlay)).decode()
        except LineFullError as full:
            raise ValueError(text("queue_full", language, size=full.args[0])) from full
        except UserError as error:
            raise ValueError(error.message(language)) from error
        except gr.Error as error:  # of which ``str`` is a quotation
            raise ValueError(error.message) from error
        root = _root(request, root_path or "")
        return [
            types.ImageContent(type="image", data=preview, mimeType="image/jpeg"),
            _address(root, overlay),
            _json(found),
            _address(root, panoptic),
        ]

    manager = StreamableHTTPSessionManager(server, stateless=True)

    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        body = await Request(scope, receive).body()
        if refusal := _unreadable(body, scope):
            await refusal(scope, receive, send)
            return
        unread = [{"type": "http.request", "body": body}]

        async def receive_again() -> Message:
            return unread.pop() if unread else await receive()

        await manager.handle_request(scope, receive_again, send)

    # A picture within JSON takes four thirds of its size.
    bounded = BoundedBody(endpoint, limits().max_image_bytes * 4 // 3 + 64_000)
    for path in ("/gradio_api/mcp", "/gradio_api/mcp/"):
        app.router.routes.append(Route(path, bounded, methods=["POST"]))
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def both(app: FastAPI) -> AsyncGenerator[Any, None]:
        async with lifespan(app) as state, manager.run():
            yield state

    app.router.lifespan_context = both


def _unreadable(body: bytes, scope: Scope) -> Response | None:
    """Return the answer to a body that is no JSON, which the package takes for its own fault."""
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        language = language_of(Request(scope).headers.get("accept-language"))
        error = {"code": types.PARSE_ERROR, "message": message("request_unfit", language)}
        answer = {"jsonrpc": "2.0", "id": None, "error": error}
        return JSONResponse(answer, HTTPStatus.BAD_REQUEST)
    return None


def _tool(name: str, function: Callable[..., Any]) -> types.Tool:
    """Return a tool as an agent sees it, from the function's signature and docstring."""
    documented = inspect.getdoc(function) or ""
    description, _, rest = documented.partition("\n\nArgs:\n")
    arguments, _, returns = (rest or documented).partition("Returns:\n")
    about = dict(re.findall(r"^ +(\w+): (.+)$", arguments, re.M)) if rest else {}
    description = description.partition("\n\nReturns:")[0]
    gives = " ".join(line.strip() for line in returns.splitlines())
    parameters = inspect.signature(function).parameters
    return types.Tool(
        name=name,
        description=f"{description}\n\nReturns {gives[:1].lower()}{gives[1:]}",
        inputSchema={
            "type": "object",
            "properties": {
                each: {"type": _schema(parameters[each]), "description": said}
                for each, said in about.items()
            },
            "additionalProperties": False,
            "required": [each for each in about if parameters[each].default is inspect._empty],
        },
    )


def _schema(parameter: inspect.Parameter) -> str | list[str]:
    first, *rest = (each.strip() for each in str(parameter.annotation).split("|"))
    kind = _TYPES[first]
    return [kind, "null"] if rest and parameter.default is None else kind


def _preview(path: str) -> bytes:
    """Return a picture file as a JPEG file whose sides are at most ``PREVIEW_SIDE``."""
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _json(value: Any) -> types.TextContent:
    return types.TextContent(type="text", text=json.dumps(value, ensure_ascii=False))


def _address(root: str, path: str) -> types.TextContent:
    return types.TextContent(type="text", text=f"{root}/gradio_api/file={quote(path)}")


def _root(request: Request, root_path: str) -> str:
    """Return the address of the app, as the caller knows it."""
    if root_path.startswith("http"):
        return root_path.rstrip("/")
    host = request.headers.get("x-forwarded-host", request.url.netloc).split(",")[0].strip()
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme).split(",")[0].strip()
    return f"{scheme}://{host}{root_path.rstrip('/')}"
