"""Pages of other sites: none may send the app anything from a visitor's browser.

Gradio lets the pages of any site call an app that isn't on localhost, and with the visitor's
cookies: whoever is logged in and opens a hostile page lends it the login. And what a page may send
without asking first, such as an upload, reaches a server all the same: the browser only keeps the
answer from the page.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ..messages import message
from ..ui.i18n import language_of

_READING = ("GET", "HEAD", "OPTIONS")
_OURS = ("same-origin", "none")  # none: typed by a person

# Names that nobody can register, so that no hostile page can have one: RFC 6761, 6762, 8375 and
# ICANN's resolution on "internal".
_PRIVATE = (".localhost", ".local", ".home.arpa", ".internal")

# Load balancers and Prometheus call it by whatever name they know; there is nothing to be had.
_FOR_ANYBODY = ("/health/", "/metrics")


class OwnHosts:
    """The names that a server answers to.

    A page of a hostile site can have its own name lead to this machine, and then is of the same
    origin for the browser. It can't do so with a bare address, a name without a dot, or one that is
    reserved for private networks.

    Args:
        names: more of them, such as ``detr.example.org``; ``*`` for any name.
    """

    def __init__(self, names: Iterable[str] = ()):
        self.names = {name.lower() for name in names}
        self.names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    def __contains__(self, host: str) -> bool:
        """Return whether a ``Host`` header, with a port or without, has one of the names."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").rstrip(".")
        except ValueError:
            return False
        if not name:
            return False
        known = name in self.names or "*" in self.names
        return known or "." not in name or name.endswith(_PRIVATE) or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class OwnPages:
    """Refuses what pages of other sites send, and whoever calls the server by a foreign name.

    Args:
        app: what is guarded.
        hosts: the names that the server answers to.
    """

    def __init__(self, app: ASGIApp, hosts: OwnHosts):
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or scope["path"].startswith(_FOR_ANYBODY):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if host not in self.hosts:
            said = message("host_unknown", language_of(headers.get("accept-language")))
            status = HTTPStatus.MISDIRECTED_REQUEST
        elif scope["method"] not in _READING and not _from_own_page(headers, host):
            said, status = "Forbidden", HTTPStatus.FORBIDDEN
        else:
            await self.app(scope, receive, send)
            return
        await JSONResponse({"detail": said}, status)(scope, receive, send)


def _from_own_page(headers: Headers, host: str) -> bool:
    """Return whether a page of the app sends this, or a program."""
    if site := headers.get("sec-fetch-site"):
        return site in _OURS
    # Browsers leave that out for http where it isn't localhost, and for programs there is neither.
    origin = headers.get("origin")
    if origin is None:
        return True
    # A proxy may call the server by a name of its own and say here what the visitor called.
    called = {host.lower(), headers.get("x-forwarded-host", host).split(",")[0].strip().lower()}
    return urlsplit(origin).netloc.lower() in called
