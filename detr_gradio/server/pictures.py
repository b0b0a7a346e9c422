"""The route of the page's own pictures."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..ui.pictures import PLACE, find_picture
from .logins import Logins

FOR_EVER = "private, max-age=31536000, immutable"
"""Of what never changes under its address. Private, since others may have to log in."""


def pictures_route(logins: Logins) -> Route:
    """Return the route; it is for those who may see the page."""
    route = Route(f"/{PLACE}/{{name}}", _give, methods=["GET", "HEAD"])
    route.app = logins.required(route.app)
    return route


async def _give(request: Request) -> Response:
    picture = find_picture(request.path_params["name"])
    if picture is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    content, kind = picture
    return Response(content, media_type=kind, headers={"Cache-Control": FOR_EVER})
