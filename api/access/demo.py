"""Who are the demo users? Made-up people of a made-up municipality, for this machine alone."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from api.access.settings import is_loopback
from valuation.review.actor import Actor, Role


@dataclass(frozen=True)
class DemoUser:
    """One of them."""

    user_id: str
    name: str
    roles: frozenset[Role]

    @property
    def actor(self) -> Actor:
        """Return who acts."""
        return Actor(self.user_id, self.roles)


DEMO_USERS: dict[str, DemoUser] = {
    user.user_id: user
    for user in (
        DemoUser("kari", "Kari", frozenset({"caseworker"})),
        DemoUser("ola", "Ola", frozenset({"caseworker"})),
        DemoUser("nina", "Nina", frozenset({"second_reader"})),
        DemoUser("per", "Per", frozenset({"analyst"})),
        DemoUser("astrid", "Astrid", frozenset({"administrator"})),
        DemoUser("rune", "Rune", frozenset({"auditor"})),
    )
}

_BROUGHT_BY_A_PROXY = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")


def comes_from_this_machine(connection: HTTPConnection) -> bool:
    """Return whether a request was made on this machine, and not brought here by a proxy that runs on it.

    The service listens on this machine alone where the demo is on; this is asked besides, at every demo login.
    """
    host = connection.client.host if connection.client else ""
    is_brought = any(name in connection.headers for name in _BROUGHT_BY_A_PROXY)
    return is_loopback(host) and not is_brought
