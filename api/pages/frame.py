"""How does a page come about? Template, language, menu and form tokens, the same for every page."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from api.pages.sentences import sentences
from api.service import Service
from valuation.access.routes import line_of
from valuation.languages.language import LANGUAGES, NAMES
from valuation.review.actor import Actor

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
LANGUAGE_COOKIE = "language"

MENU = (
    ("/cases", "Cases"),
    ("/dwellings", "Search"),
    ("/oversight", "How it goes"),
    ("/model-versions", "Model versions"),
    ("/help", "Help"),
)
"""Address, and name as a key of the catalogue; who sees it is who may go there (`valuation/access/routes.py`)."""


@cache
def environment(language: str) -> Environment:
    """Return the templates in a language. An undefined name is an error, every text is escaped."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    say = sentences(language)
    # No plural forms: numbers are written so that one sentence does for all of them.
    made.install_gettext_callables(say, lambda one, many, n: say(one if n == 1 else many))  # type: ignore[attr-defined]
    made.globals["static"] = static_address
    return made


@cache
def static_address(name: str) -> str:
    """Return the address of a vendored or own file, which changes with its bytes: browsers may keep it for ever."""
    return f"/static/{name}?{hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def page_language(request: Request, service: Service) -> str:
    """Return the language of the reader: asked for in the address, chosen before, or the first of the jurisdiction."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    first = service.bundle.jurisdiction.languages[0]
    return asked if asked in LANGUAGES else first


def told_before(request: Request, language: str, told: Mapping[str, str]) -> str:
    """Return what was done before this page was shown; nothing where nothing was.

    Parameters
    ----------
    request : Request
        With the code of it in the address.
    language : str
    told : mapping of str to str
        The sentence of each code that may stand there, as a key of the catalogue.
    """
    words = told.get(request.query_params.get("told", ""))
    return "" if words is None else sentences(language)(words)


def page(
    request: Request,
    service: Service,
    template: str,
    content: Mapping[str, Any],
    *,
    actor: Actor | None,
    language: str,
    status: int = 200,
    told: str = "",
) -> HTMLResponse:
    """Return a whole page.

    Parameters
    ----------
    request : Request
    service : Service
    template : str
        Below `templates/`.
    content : mapping
        What the template shows.
    actor : Actor or None
        Who is signed in.
    language : str
        nb, nn or en.
    status : int
    told : str
        A sentence about what was just done.
    """
    said = sentences(language)
    frame = {
        "language": language,
        "languages": tuple(NAMES.items()),
        "jurisdiction": service.bundle.jurisdiction,
        "currency": service.bundle.jurisdiction.currency,
        "actor": actor,
        "menu": _menu(request, actor, said),
        "in_language": lambda code: _same_page_in(request, code),
        "csrf_token": _form_token(request),
        "form_token": secrets.token_urlsafe(16),
        "sign_out_at": "/logout",
        "shortcuts_off": request.cookies.get("shortcuts") == "off",
        "told": told,
    }
    html = environment(language).get_template(template).render(**frame, **content)
    answer = HTMLResponse(html, status, headers={"Cache-Control": "no-store", "Content-Language": language})
    if request.query_params.get("lang") in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=365 * 86400,
            samesite="lax",
            secure=request.url.scheme == "https",
            httponly=True,
        )
    return answer


def _form_token(request: Request) -> str:
    caller = getattr(request.state, "caller", None)
    session = None if caller is None else caller.session
    return "" if session is None else session.csrf_token


def _menu(request: Request, actor: Actor | None, say: Any) -> list[dict[str, Any]]:
    roles = frozenset() if actor is None else actor.roles
    here = request.url.path
    return [
        {"href": href, "label": say(name), "is_here": here == href or here.startswith(href + "/")}
        for href, name in MENU
        if (line := line_of("GET", href)) is not None and line.opens_to(roles)
    ]


def _same_page_in(request: Request, language: str) -> str:
    # A page that answers a form has no address of its own to go back to by a link.
    path = request.url.path if request.method == "GET" else "/cases"
    kept = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    return path + "?" + urlencode([*kept, ("lang", language)])
