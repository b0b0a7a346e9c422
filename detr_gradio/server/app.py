"""The app that is served: our own routes, and those of Gradio's that the page and programs need.

Nothing of Gradio's is reached but by ``GRADIO_ROUTES``: whatever else it serves (recording,
reloading, monitoring, deep links, fetching of addresses) answers 404, and so does what a new
version adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from ..limits import limits
from ..service import Service
from ..settings import Settings
from ..ui.early import early_links, early_script
from ..ui.i18n import DICTIONARY, TEXTS
from ..ui.scripts import bundle
from ..ui.theme import STYLES, head, theme
from .bodies import FRAME_BYTES, JSON_BYTES, BoundedBody, unfit
from .gradio_patches.bounded_queue import BoundedQueue
from .gradio_patches.lean_assets import Kept, WithoutStreamPlayer
from .gradio_patches.mounting import mounted
from .gradio_patches.wordless_errors import EventStream
from .guard import Guard
from .headers import security_headers
from .health import health_routes
from .logins import Logins
from .origins import OwnHosts, OwnPages
from .page import Page
from .pictures import pictures_route
from .shutdown import NoNewWork, Shutdown
from .streams import BoundedStream
from .turns import InTurns
from .uploads import file_routes

_PAGE = Path(__file__).parents[1] / "ui"
_SCRIPTS = (
    bundle("ui/page.js"),
    bundle("server/gradio_patches/connection.js").replace(
        "TEXTS", json.dumps(TEXTS["connection_gone"])
    ),
    bundle("server/gradio_patches/page_names.js"),
)


@dataclass(frozen=True)
class Served:
    """How a route of Gradio's is served.

    Attributes:
        body: bytes that the body of a POST may have; 0 for a route that is asked with GET.
        public: whether it is served before the login.
        work: whether it begins work, of which there is none once the server is to end.
        events: whether it tells what becomes of events, for as long as that takes.
    """

    body: int = 0
    public: bool = False
    work: bool = False
    events: bool = False


_STATIC = Served(public=True)
_READ = Served()
_TOLD = Served(events=True)
_SMALL = Served(JSON_BYTES)

GRADIO_ROUTES: Mapping[str, Served] = {
    # The page
    "/": _READ,
    "/config": _READ,
    "/theme.css": _STATIC,
    "/assets/{path:path}": _STATIC,
    "/static/{path:path}": _STATIC,
    "/favicon.ico": _STATIC,
    "/robots.txt": _STATIC,
    "/manifest.json": _STATIC,
    "/pwa_icon": _STATIC,
    "/gradio_api/heartbeat/{session_hash}": _TOLD,
    # Its events; those that need no place in the queue are run
    "/gradio_api/queue/join": Served(FRAME_BYTES, work=True),
    "/gradio_api/queue/data": _TOLD,
    "/gradio_api/run/{api_name}": Served(JSON_BYTES, work=True),
    "/gradio_api/stream/{event_id}": Served(FRAME_BYTES),
    "/gradio_api/stream/{event_id}/close": _SMALL,
    "/gradio_api/cancel": _SMALL,
    "/gradio_api/reset": _SMALL,
    # Programs
    "/gradio_api/info": _READ,
    "/gradio_api/call/{api_name}": Served(JSON_BYTES, work=True),
    "/gradio_api/call/v2/{api_name}": Served(JSON_BYTES, work=True),
    "/gradio_api/call/{api_name}/{event_id}": _TOLD,
    "/gradio_api/call/v2/{api_name}/{event_id}": _TOLD,
}
"""Paths of Gradio's that are served."""


def build_app(
    service: Service,
    demo: gr.Blocks,
    settings: Settings,
    shutdown: Shutdown,
    hosts: OwnHosts,
    *,
    space: bool = False,
) -> FastAPI:
    """Return the app of a page; its ``state.queue`` is the ``BoundedQueue``.

    Args:
        service: whose checkpoint is waited for.
        demo: the page.
        settings: who may enter, under which path, and so on.
        shutdown: of the server.
        hosts: the names that the server answers to.
        space: whether the app is a Space on Hugging Face.
    """
    logins = Logins(settings.users())
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.state.queue = BoundedQueue(demo, limits().queue_size, 4, service.at_once)
    gradio_app = mounted(
        app,
        demo,
        root_path=settings.root_path,
        auth_dependency=logins.user if logins.users else None,
        favicon_path=str(_PAGE / "icon.svg"),
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        pwa=False,
        ssr_mode=False,
        mcp_server=False,
        app_kwargs={"exception_handlers": {RequestValidationError: unfit}},
        footer_links=["api"],
        theme=theme(),
        css_paths=STYLES,
        head=head(),
        i18n=DICTIONARY,
    )
    app.router.routes.extend(
        [
            *health_routes(service, shutdown),
            *logins.routes(),
            *file_routes(logins),
            pictures_route(logins),
            *_gradio_routes(gradio_app, demo, logins, shutdown),
        ]
    )
    if settings.metrics:
        from .metrics import metrics_route  # noqa: PLC0415 - its package is optional

        app.router.routes.append(metrics_route(service, app.state.queue))
    if settings.mcp:
        from .mcp_tools import add_mcp  # noqa: PLC0415 - its package is optional

        add_mcp(app, service, settings.root_path)
    # The last one is the first that a request meets.
    if space:
        # A Space is public, and Gradio's JavaScript client is made for calling it from pages of
        # other sites: any page may, without cookies.
        app.add_middleware(
            CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
        )
    else:
        # Gradio adds headers of its own, which let pages of any site in, where there are none.
        app.add_middleware(CORSMiddleware)
        app.add_middleware(OwnPages, hosts=hosts)
    app.add_middleware(Guard, headers=security_headers(settings.frame_ancestors, space=space))
    app.add_middleware(InTurns)
    return app


def _gradio_routes(
    gradio_app: ASGIApp, demo: gr.Blocks, logins: Logins, shutdown: Shutdown
) -> list[BaseRoute]:
    routes: list[BaseRoute] = []
    for path, served in GRADIO_ROUTES.items():
        endpoint = gradio_app
        if path == "/":
            links = early_links(f"theme.css?v={demo.theme_hash}")
            endpoint = Page(endpoint, *_SCRIPTS, links=links, last=early_script())
        elif path == "/theme.css":
            endpoint = Kept(endpoint)
        elif path == "/assets/{path:path}":
            endpoint = WithoutStreamPlayer(endpoint)
        if served.events:
            endpoint = BoundedStream(EventStream(endpoint))
        if served.body:
            endpoint = BoundedBody(endpoint, served.body)
        if served.work:
            endpoint = NoNewWork(endpoint, shutdown)
        if not served.public:
            endpoint = logins.required(endpoint, page=path == "/")
        methods = ["POST"] if served.body else ["GET", "HEAD"]
        routes.append(Route(path, endpoint, methods=methods))
    return routes
