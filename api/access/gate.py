"""How is the gate put before the service? Once all its routes are known, so that none of them is outside.

From outside inward: headers and log of every answer (`api/envelope.py`), the door (`api/door.py`), the entrance, the
guard, the route.
"""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import FastAPI

from api.access.caller import Callers
from api.access.cookies import Cookies
from api.access.csrf import Origins
from api.access.entrance import Entrance, Room
from api.access.guard import Guard, GuardParts
from api.access.login import CALLBACK, LoginParts, LoginRoutes
from api.access.route_map import RouteMap
from api.access.settings import AccessSettings
from valuation.access.rate import RateLimit
from valuation.access.repository import AccessRepository
from valuation.access.routes import TABLE, Route

_LOGINS_FOR_EACH_ATTEMPT = 6
"""An office behind one address logs in at eight; a guesser does not stop."""


def add_login(app: FastAPI, settings: AccessSettings, access: AccessRepository) -> None:
    """Add the pages of login and logout."""
    app.include_router(LoginRoutes(_login_parts(settings, access)).router)


def close_gate(
    app: FastAPI, settings: AccessSettings, access: AccessRepository, table: Iterable[Route] = TABLE
) -> None:
    """Put the gate before all routes the service has now.

    Raises
    ------
    SettingsRefused
        When the settings are unsafe, or when nobody has said who may call one of the routes.
    """
    settings.need_safe()
    callers = Callers(access, settings.session_limits, Cookies(settings.is_https))
    parts = GuardParts(
        RouteMap(app, table),
        callers,
        Origins(settings.address, settings.hosts),
        RateLimit(settings.rate(settings.rate_actor_per_minute)),
        RateLimit(settings.rate(settings.rate_attempts_per_minute * 10)),
    )
    room = Room(
        settings.hosts,
        settings.max_in_flight,
        settings.max_header_bytes,
        RateLimit(settings.rate(settings.rate_address_per_minute)),
    )
    app.add_middleware(Guard, parts=parts)
    app.add_middleware(Entrance, room=room)


def _login_parts(settings: AccessSettings, access: AccessRepository) -> LoginParts:
    issuer = None
    if settings.oidc_issuer:
        from api.access.oidc import Issuer  # not above: tokens and keys are read by whoever has an issuer

        issuer = Issuer(settings, settings.address + CALLBACK)
    logins = RateLimit(settings.rate(settings.rate_attempts_per_minute * _LOGINS_FOR_EACH_ATTEMPT))
    return LoginParts(settings, access, Cookies(settings.is_https), issuer, logins)
