"""Who may enter, where names and passwords are asked for.

Gradio's own login takes 410 guesses a second, answers sooner for names that it does not know, and
lets everybody who is in use the session of everybody else.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from collections import OrderedDict
from functools import partial
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ..ui.i18n import language_of, text
from .addresses import sender_of
from .bodies import JSON_BYTES, MAX_SESSION, OWNS, BoundedBody

FREE_GUESSES = 3
"""Wrong passwords of an address for a name, before the next one has to wait."""

MAX_WAIT = 60.0
"""Seconds from one guess to the next one, at most."""

_PAGE = Template((Path(__file__).parent / "login.html").read_text(encoding="utf-8"))
_KEPT = 10_000  # logins, and addresses with wrong passwords

logger = logging.getLogger(__name__)


class Logins:
    """Names, passwords and who is in.

    Args:
        users: (name, password) pairs; None where everybody may enter.
    """

    def __init__(self, users: list[tuple[str, str]] | None):
        self.users = dict(users or ())
        # Two apps of one machine share its cookies.
        self._cookie = f"detr-login-{secrets.token_hex(4)}"
        self._tokens: OrderedDict[str, str] = OrderedDict()
        self._wrong: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self.sessions: OrderedDict[str, str] = OrderedDict()

    def user(self, request: Request) -> str | None:
        """Return the name of who sends a request; None for somebody who isn't in."""
        return self._tokens.get(request.cookies.get(self._cookie, ""))

    def routes(self) -> list[Route]:
        """Return ``/login`` and ``/logout``; none where everybody may enter."""
        if not self.users:
            return []
        return [
            Route("/login", BoundedBody(_endpoint(self._login), JSON_BYTES), methods=["POST"]),
            Route("/logout", self._logout, methods=["POST"]),
        ]

    def required(self, app: ASGIApp, *, page: bool = False) -> ASGIApp:
        """Return a route that only who is in may ask, before anything of the request is read.

        Args:
            app: the route.
            page: whether it is the page, in place of which others see the form.
        """
        return _Required(app, self, page) if self.users else app

    def own(self, session: str, user: str) -> bool:
        """Return whether a session is a user's; it is of who first names it."""
        if not session:
            return True
        if len(session) > MAX_SESSION:
            return False
        owner = self.sessions.setdefault(session, user)
        self.sessions.move_to_end(session)
        if len(self.sessions) > _KEPT:
            self.sessions.popitem(last=False)
        return owner == user

    async def _login(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10, max_part_size=1_000)
        name, password = (str(form.get(each, ""))[:200] for each in ("username", "password"))
        guesser = sender_of(request), name.strip()
        count, before = self._wrong.get(guesser, (0, 0.0))
        wait = min(2.0 ** (count - FREE_GUESSES), MAX_WAIT) if count >= FREE_GUESSES else 0.0
        remaining = before + wait - time.monotonic()
        if remaining > 0:
            headers = {"Retry-After": str(round(remaining + 0.5))}
            return self._refused(request, "login_wait", HTTPStatus.TOO_MANY_REQUESTS, headers)
        if not self._right(name.strip(), password):
            self._wrong[guesser] = count + 1, time.monotonic()
            self._wrong.move_to_end(guesser)
            if len(self._wrong) > _KEPT:
                self._wrong.popitem(last=False)
            fields = {"address": guesser[0], "attempts": count + 1}
            logger.warning("login refused", extra={"fields": fields})
            return self._refused(request, "login_wrong", HTTPStatus.BAD_REQUEST)
        self._wrong.pop(guesser, None)
        return self._let_in(request, name.strip())

    def _right(self, name: str, password: str) -> bool:
        """Compare in the same time for names that there are and others."""
        known = self.users.get(name)
        right = known if known is not None else secrets.token_hex()
        digests = (hashlib.sha256(each.encode()).digest() for each in (password, right))
        return hmac.compare_digest(*digests) and known is not None

    def _let_in(self, request: Request, name: str) -> Response:
        token = secrets.token_urlsafe(32)
        self._tokens[token] = name
        if len(self._tokens) > _KEPT:
            self._tokens.popitem(last=False)
        response: Response = (
            RedirectResponse("./", HTTPStatus.SEE_OTHER)
            if _by_browser(request)
            else JSONResponse({"success": True})
        )
        response.set_cookie(
            self._cookie, token, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
        return response

    async def _logout(self, request: Request) -> Response:
        self._tokens.pop(request.cookies.get(self._cookie, ""), None)
        return RedirectResponse("./", HTTPStatus.SEE_OTHER)

    def _refused(
        self, request: Request, key: str, status: HTTPStatus, headers: dict[str, str] | None = None
    ) -> Response:
        language = language_of(request.headers.get("accept-language"))
        if _by_browser(request):
            return login_page(request, text(key, language), status, headers)
        return JSONResponse({"detail": text(key, language)}, status, headers)


def login_page(
    request: Request,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    """Return the form that asks for name and password.

    Args:
        request: whose language it is written in.
        problem: what is wrong with what was sent.
        status: of the answer.
        headers: of the answer.
    """
    language = language_of(request.headers.get("accept-language"))
    words = {key: escape(text(key, language)) for key in ("login", "login_name", "login_password")}
    page = _PAGE.substitute(words, language=language, problem=escape(problem))
    return HTMLResponse(page, status, headers)


def _by_browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def _endpoint(answer) -> ASGIApp:
    async def endpoint(scope: Scope, receive: Receive, send: Send) -> None:
        response = await answer(Request(scope, receive))
        await response(scope, receive, send)

    return endpoint


class _Required:
    """A route behind the login, in which a session is its first user's."""

    def __init__(self, app: ASGIApp, logins: Logins, page: bool):
        self.app = app
        self.logins = logins
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        user = self.logins.user(request)
        if user is None:
            if not self.page:
                raise HTTPException(HTTPStatus.UNAUTHORIZED)
            await login_page(request)(scope, receive, send)
            return
        session = scope.get("path_params", {}).get("session_hash")
        session = session or request.query_params.get("session_hash")
        if not self.logins.own(session or "", user):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        scope[OWNS] = partial(self.logins.own, user=user)
        await self.app(scope, receive, send)
