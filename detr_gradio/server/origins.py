"""Pages of other sites: which of them may call the app from a visitor's browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus

from gradio.route_utils import CustomCORSMiddleware
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# What a page of any site may send without asking first reaches the app all the same, such as
# uploads: the browser only keeps the answer from it. Browsers say where a request comes from.
_FROM, _ELSEWHERE = "sec-fetch-site", "cross-site"
_READING = ("GET", "HEAD", "OPTIONS")

_ANY_SITE = Middleware(
    CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
)


def own_pages_only(*, space: bool) -> Callable[[Starlette], AbstractAsyncContextManager[None]]:
    """Return a lifespan of the server in which only its own pages may call it.

    Gradio lets the pages of any site call an app that isn't on localhost, and with the visitor's
    cookies: whoever is logged in and opens a hostile page lends it the login. The app's own page
    needs none of that.

    Args:
        space: whether the app is a Space. It is public, and Gradio's JavaScript client is made for
            calling Spaces from other pages: any page may, without cookies.
    """

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None, None]:
        # Gradio adds its middleware by itself; at this point no request has come yet.
        others = [each for each in app.user_middleware if each.cls is not CustomCORSMiddleware]
        app.user_middleware = [_ANY_SITE if space else Middleware(_OwnPages), *others]
        app.middleware_stack = app.build_middleware_stack()
        yield

    return lifespan


class _OwnPages:
    """Refuses what pages of other sites send."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] not in _READING
            and Headers(scope=scope).get(_FROM) == _ELSEWHERE
        ):
            refusal = JSONResponse({"detail": "Forbidden"}, HTTPStatus.FORBIDDEN)
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)
