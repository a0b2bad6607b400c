"""How does a person come in and out? The pages of the login, small ones until the caseworker's pages dress them."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread
from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.access.addresses import address_of
from api.access.caller import Caller
from api.access.cookies import Cookies
from api.access.demo import DEMO_USERS, comes_from_this_machine
from api.access.settings import AccessSettings
from api.access.words import CODES, refusal
from api.pages.frame import TEMPLATES, static_address
from api.problem import language_of
from api.schemas.access import Me
from valuation.access.credential import digest_of, looks_like
from valuation.access.rate import RateLimit
from valuation.access.repository import AccessRepository
from valuation.access.session import LOGIN_LASTS, Session, new_attempt, new_session
from valuation.errors import AccessRefused, IssuerUnavailable
from valuation.review.actor import Actor
from valuation.review.permissions import ROLE_WORDS

if TYPE_CHECKING:
    from api.access.oidc import Issuer

_log = logging.getLogger("valuation.access")

CALLBACK = "/login/callback"
_PAGES = Environment(loader=FileSystemLoader([Path(__file__).parent / "templates", TEMPLATES]), autoescape=True)
_PAGES.globals["static"] = static_address
_LONGEST_WAY_BACK = 2000


@dataclass(frozen=True)
class LoginParts:
    """What the login works with."""

    settings: AccessSettings
    access: AccessRepository
    cookies: Cookies
    issuer: Issuer | None
    logins: RateLimit
    """How often an address may begin one: each is a row until it is over."""


def own_place(asked: str) -> str:
    """Return where to go after the login: a place of this service, whatever was asked for.

    Examples
    --------
    >>> own_place("/cases?state=open"), own_place("//evil.example"), own_place("https://evil.example")
    ('/cases?state=open', '/', '/')
    """
    is_ours = asked.startswith("/") and not asked.startswith(("//", "/\\")) and "\\" not in asked
    return asked if is_ours and asked.isprintable() and len(asked) <= _LONGEST_WAY_BACK else "/"


class LoginRoutes:
    """The routes of the login.

    Parameters
    ----------
    parts : LoginParts
    """

    def __init__(self, parts: LoginParts) -> None:
        self.parts = parts

    @property
    def router(self) -> APIRouter:
        """Return them, none of them in the description of the API: they are for people."""
        router = APIRouter(tags=["login"], include_in_schema=False)
        router.add_api_route("/login", self.login, methods=["GET"])
        router.add_api_route("/login/issuer", self.to_the_issuer, methods=["GET"])
        router.add_api_route(CALLBACK, self.from_the_issuer, methods=["GET"])
        router.add_api_route("/login/demo", self.demo, methods=["POST"])
        router.add_api_route("/logout", self.logout, methods=["POST"])
        router.add_api_route("/logged-out", self.logged_out, methods=["GET"])
        return router

    async def login(self, request: Request, return_to: str = "/") -> Response:
        """Show how to come in."""
        return _login_page(request, self.parts, own_place(return_to))

    async def to_the_issuer(self, request: Request, return_to: str = "/") -> Response:
        """Send the person to the municipality's login."""
        issuer = self._issuer()
        wait = self.parts.logins.wait(address_of(request), time.monotonic())
        if wait:
            raise refusal(429, "too-many-requests", headers={"Retry-After": str(wait)})
        cookie, attempt = new_attempt(own_place(return_to), now=datetime.now(UTC))
        try:
            url = await issuer.login_url(attempt)
        except IssuerUnavailable as error:
            return _failed(request, self.parts, error)
        await to_thread.run_sync(self.parts.access.add_attempt, attempt)
        answer = RedirectResponse(url, 303)
        self.parts.cookies.put(answer, self.parts.cookies.login, cookie, int(LOGIN_LASTS.total_seconds()))
        return answer

    async def from_the_issuer(self, request: Request) -> Response:
        """Let in whom the municipality's login says it is."""
        issuer = self._issuer()
        try:
            return await _let_in(request, self.parts, issuer)
        except (AccessRefused, IssuerUnavailable) as error:
            return _failed(request, self.parts, error)

    async def demo(self, request: Request) -> Response:
        """Let in a demo user."""
        if not self.parts.settings.demo or not comes_from_this_machine(request):
            raise refusal(404, "no-login-here")
        async with request.form(max_files=0, max_fields=10) as form:
            user = DEMO_USERS.get(str(form.get("user", "")))
            return_to = own_place(str(form.get("return_to", "/")))
        if user is None:
            return _login_page(request, self.parts, return_to, status=422)
        return await _begun(request, self.parts, user.actor, user.name, return_to, is_demo=True)

    async def logout(self, request: Request) -> Response:
        """End the own session, on the server."""
        caller: Caller = request.state.caller
        answer = RedirectResponse("/logged-out", 303)
        if caller.session is not None:
            await to_thread.run_sync(self.parts.access.end_session, caller.session.digest)
            _log.info("session ended", extra={"credential": caller.credential_id})
        self.parts.cookies.take(answer, self.parts.cookies.session)
        # What the browser kept of our pages goes too: the next person at this machine must not page back.
        answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
        return answer

    async def logged_out(self, request: Request) -> Response:
        """Say that the session has ended, and where the issuer's own ends."""
        end = ""
        if self.parts.issuer is not None:
            with suppress(IssuerUnavailable):
                end = await self.parts.issuer.end_session_url()
        return _page(request, "logged_out.html", {"end_session_url": end})

    def _issuer(self) -> Issuer:
        if self.parts.issuer is None:
            raise refusal(404, "no-login-here")
        return self.parts.issuer


def me_router() -> APIRouter:
    """Return the route that tells people and machines who they are here."""
    router = APIRouter(prefix="/api/v1", tags=["access"])

    @router.get("/me", summary="Who am I, with which roles and districts?")
    async def me(request: Request) -> Me:
        """Tell of the caller; a browser gets the token its forms must send along."""
        return told_of(request.state.caller)

    return router


def told_of(caller: Caller) -> Me:
    """Return what somebody is told of themselves."""
    assert caller.actor is not None
    session: Session | None = caller.session
    return Me(
        user_id=caller.actor.user_id,
        display_name=session.display_name if session else caller.actor.user_id,
        roles=sorted(caller.actor.roles),
        districts=None if caller.actor.districts is None else sorted(caller.actor.districts),
        by="session" if session else "token",
        is_demo=session.is_demo if session else False,
        csrf_token=session.csrf_token if session else None,
        ends_at=session.expires_at if session else None,
    )


async def _let_in(request: Request, parts: LoginParts, issuer: Issuer) -> Response:
    cookie = request.cookies.get(parts.cookies.login, "")
    attempt = None
    if looks_like("login", cookie):
        attempt = await to_thread.run_sync(parts.access.take_attempt, digest_of(cookie))
    if attempt is None or not attempt.is_good(datetime.now(UTC)):
        raise AccessRefused("no such login is on its way", expected="a login begun here", code="login-too-late")
    answer = {name: value for name, value in request.query_params.items() if len(value) <= 4000}
    claims = await issuer.claims(answer, attempt)
    mapping = parts.settings.oidc_mapping
    return await _begun(request, parts, mapping.actor(claims), mapping.display_name(claims), attempt.return_to)


async def _begun(
    request: Request, parts: LoginParts, actor: Actor, name: str, return_to: str, *, is_demo: bool = False
) -> Response:
    """Begin a session, always a new one: a cookie that was there before, planted or old, is worth nothing after."""
    now = datetime.now(UTC)
    before = request.cookies.get(parts.cookies.session, "")
    if looks_like("session", before):
        await to_thread.run_sync(parts.access.end_session, digest_of(before))
    cookie, session = new_session(actor, name, now=now, limits=parts.settings.session_limits, is_demo=is_demo)
    await to_thread.run_sync(parts.access.add_session, session)
    _log.info("session begun", extra={"credential": session.session_id, "is_demo": is_demo})
    answer = RedirectResponse(return_to, 303)
    parts.cookies.put(answer, parts.cookies.session, cookie)
    parts.cookies.take(answer, parts.cookies.login)
    return answer


def _failed(request: Request, parts: LoginParts, error: AccessRefused | IssuerUnavailable) -> Response:
    code = error.code if isinstance(error, AccessRefused) else "issuer-unavailable"
    # What went wrong is for whoever runs the service; people are told what they can do.
    _log.warning("login refused", extra={"code": code, "why": error.found})
    status = 503 if code == "issuer-unavailable" else 403
    answer = _login_page(request, parts, "/", status=status, code=code)
    if status == 503:
        answer.headers["Retry-After"] = "30"
    parts.cookies.take(answer, parts.cookies.login)
    return answer


def _login_page(request: Request, parts: LoginParts, return_to: str, *, status: int = 200, code: str = "") -> Response:
    told: dict[str, Any] = {
        "return_to": return_to,
        "has_issuer": parts.issuer is not None,
        "demo_users": _demo_users(request) if parts.settings.demo and comes_from_this_machine(request) else [],
        "problem": CODES[code].in_language(language_of(request)) if code else "",
        "code": code,
    }
    return _page(request, "login.html", told, status)


def _demo_users(request: Request) -> list[tuple[str, str, str]]:
    """Return for each of them the identity, the name, and what they do here, in the reader's language."""
    language = language_of(request)
    return [
        (user.user_id, user.name, ", ".join(ROLE_WORDS[role].in_language(language) for role in sorted(user.roles)))
        for user in DEMO_USERS.values()
    ]


def _page(request: Request, name: str, told: Mapping[str, Any], status: int = 200) -> Response:
    language = language_of(request)
    words = {key: by_language[language] for key, by_language in _WORDS.items()}
    html = _PAGES.get_template(name).render(language=language, words=words, **told)
    return HTMLResponse(html, status, {"Content-Language": language, "Cache-Control": "no-store"})


_WORDS: dict[str, dict[str, str]] = {
    "title": {"en": "Sign in", "nb": "Logg inn", "nn": "Logg inn"},
    "with_issuer": {
        "en": "Sign in with the municipality's login",
        "nb": "Logg inn med kommunens innlogging",
        "nn": "Logg inn med innlogginga til kommunen",
    },
    "demo": {
        "en": "Demo users, on this machine only. The municipality is made up, and so are they.",
        "nb": "Demobrukere, bare på denne maskinen. Kommunen er oppdiktet, og det er de også.",
        "nn": "Demobrukarar, berre på denne maskina. Kommunen er oppdikta, og det er dei òg.",
    },
    "as": {"en": "Sign in as", "nb": "Logg inn som", "nn": "Logg inn som"},
    "none": {
        "en": "This service has no login for people. Machines come in with a token.",
        "nb": "Denne tjenesten har ingen innlogging for personer. Maskiner slipper inn med et token.",
        "nn": "Denne tenesta har inga innlogging for personar. Maskiner slepp inn med eit token.",
    },
    "out": {"en": "You are signed out", "nb": "Du er logget ut", "nn": "Du er logga ut"},
    "out_text": {
        "en": "Your session here has ended. What you have saved is kept.",
        "nb": "Økten din her er over. Det du har lagret, er tatt vare på.",
        "nn": "Økta di her er over. Det du har lagra, er teke vare på.",
    },
    "end_issuer": {
        "en": "Sign out of the municipality's login too",
        "nb": "Logg også ut av kommunens innlogging",
        "nn": "Logg òg ut av innlogginga til kommunen",
    },
    "again": {"en": "Sign in again", "nb": "Logg inn igjen", "nn": "Logg inn igjen"},
}
