"""What the MCP tools answer: one picture to look at, JSON, and the addresses of the files.

Gradio's server would write JSON as Python prints it, hand out several results as one text where
the client doesn't ask for progress, and send every picture whole, the map of ids included.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from anyio.to_thread import run_sync
from gradio.processing_utils import add_root_url
from gradio.utils import get_upload_folder
from gradio_client import handle_file
from gradio_client.utils import is_file_obj_with_meta
from PIL import Image

if TYPE_CHECKING:
    from gradio.mcp import GradioMCPServer

PREVIEW_SIDE = 1024
"""Longest side of the picture that is sent along; the file itself has all pixels."""


def patch_mcp(server: GradioMCPServer) -> None:
    """Let a server's tools answer as this module says."""
    server._execute_tool_without_progress = _results
    server.postprocess_output_data = contents
    convert = server.convert_strings_to_filedata
    server.convert_strings_to_filedata = lambda value, positions: convert(
        {name: uploaded_file(each) for name, each in value.items()}, positions
    )


def uploaded_file(argument: Any) -> Any:
    """Return the address of a file that was uploaded here as that file, all else as it is.

    Gradio's upload tool for agents gives such addresses; the server would ask itself for them, and
    refuse, since it fetches nothing from its own machine.
    """
    _, mark, place = str(argument).partition("/gradio_api/file=")
    path = Path(unquote(place)).resolve() if mark else None
    if path and path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file():
        return handle_file(path)
    return argument


async def _results(job: Any) -> list[Any]:
    """Return the outputs of a finished call, one an item."""
    result = await run_sync(job.result)
    return list(result) if isinstance(result, tuple) else [result]


def contents(data: Sequence[Any], root_url: str) -> list[Any]:
    """Return outputs as MCP contents.

    Args:
        data: the outputs of an endpoint; a file is a dictionary with Gradio's mark.
        root_url: address of the app, which the addresses of files start with.
    """
    from mcp import types  # noqa: PLC0415 - comes with gradio[mcp] alone

    shown: list[Any] = []
    for output in add_root_url(list(data), root_url, None):
        if not is_file_obj_with_meta(output):
            text = json.dumps(output, ensure_ascii=False)
        else:
            text = output["url"]
            if not shown:
                picture = base64.b64encode(preview(output["path"])).decode()
                shown.append(types.ImageContent(type="image", data=picture, mimeType="image/jpeg"))
        shown.append(types.TextContent(type="text", text=text))
    return shown


def preview(path: str) -> bytes:
    """Return a picture file as a JPEG file whose sides are at most ``PREVIEW_SIDE``."""
    with Image.open(path) as picture:
        small = picture.convert("RGB")
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    buffer = BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()
