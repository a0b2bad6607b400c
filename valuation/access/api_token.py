"""What is an API token? How a machine shows who it is: shown once, kept as a hash, with an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from valuation.access.credential import digest_of, new_credential, short_id
from valuation.errors import WrongUse
from valuation.privacy.national_identity_number import contains_one
from valuation.review.actor import ROLES, Actor, Role
from valuation.review.audit import NewEvent

LONGEST_DAYS = 366
"""A token is renewed once a year at the latest: one that was forgotten ends by itself."""


@dataclass(frozen=True)
class ApiToken:
    """A token as it is kept. The token itself is nowhere."""

    token_id: str
    """Public: twelve digits of the hash."""
    digest: str
    name: str
    """The machine's, such as `tax-system`; the record calls it `token:tax-system`."""
    roles: frozenset[Role]
    districts: frozenset[str] | None
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute."""

    @property
    def actor(self) -> Actor:
        """Return who acts with it."""
        return Actor(f"token:{self.name}", self.roles, self.districts)

    def is_good(self, now: datetime) -> bool:
        """Return whether it opens anything."""
        return self.revoked_at is None and now < self.expires_at

    def state(self, now: datetime) -> str:
        """Return `good`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "good" if now < self.expires_at else "expired"


def new_token(
    name: str,
    roles: frozenset[str],
    *,
    now: datetime,
    by: str,
    days: int = 90,
    districts: frozenset[str] | None = None,
) -> tuple[str, ApiToken]:
    """Return a new token and what is kept of it.

    Parameters
    ----------
    name : str
        Of the machine: 1 to 60 characters of small letters, digits, hyphen and full stop.
    roles : frozenset of str
        At least one of `ROLES`.
    now : datetime
        With its time zone.
    by : str
        Who makes it.
    days : int
        How long it lasts, 1 to 366.
    districts : frozenset of str, optional
        Market areas it may see; all of them where none is named.

    Raises
    ------
    WrongUse
        For another name, role or length.
    """
    _check(name, roles, days, districts)
    token = new_credential("token")
    digest = digest_of(token)
    known = frozenset(role for role in ROLES if role in roles)
    return token, ApiToken(short_id(digest), digest, name, known, districts, now, by, now + timedelta(days=days))


def token_made(token: ApiToken) -> NewEvent:
    """Return what the record says of a new token: all but what opens."""
    return _event(token, "create_token", token.created_by, token.created_at)


def token_revoked(token: ApiToken, by: str, at: datetime) -> NewEvent:
    """Return what the record says of its end."""
    return _event(token, "revoke_token", by, at)


def _event(token: ApiToken, action: str, by: str, at: datetime) -> NewEvent:
    details = {
        "name": token.name,
        "roles": sorted(token.roles),
        "districts": None if token.districts is None else sorted(token.districts),
        "expires_at": f"{token.expires_at:%Y-%m-%dT%H:%M:%S.%fZ}",
    }
    return NewEvent(f"{at:%Y-%m-%dT%H:%M:%S.%fZ}", by, action, "token", token.token_id, details)


def name_is_taken(name: str) -> WrongUse:
    """Return what to answer when a good token has this name already: the record must tell one machine from another."""
    return WrongUse(
        f"a token named {name!r} is good already",
        expected="another name",
        remedy=f"revoke it first (valuation token list, valuation token revoke ID), or name this one {name}-2",
    )


def _check(name: str, roles: frozenset[str], days: int, districts: frozenset[str] | None) -> None:
    letters = set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    if not 1 <= len(name) <= 60 or not set(name) <= letters or contains_one(name):
        raise WrongUse(
            f"the name {name!r}" if not contains_one(name) else "a name with a national identity number in it",
            expected="1 to 60 small letters, digits, hyphens and full stops that name a machine, such as tax-system",
            remedy="name the machine, not a person",
        )
    unknown = sorted(roles - set(ROLES))
    if unknown or not roles:
        raise WrongUse(
            f"the role {', '.join(unknown)!r} is unknown" if unknown else "no role was named",
            expected=f"one or more of {', '.join(ROLES)}",
            remedy="name a role with --role; `reader` reads and changes nothing",
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise WrongUse(f"{days} days", expected=f"1 to {LONGEST_DAYS}", remedy="make a new token before this one ends")
    if districts is not None and not (districts and all(district.strip() for district in districts)):
        raise WrongUse(
            "a district without a name" if districts else "no district was named",
            expected="one or more, or none of this setting for all of them",
            remedy="name market areas as the roll does, --district once for each",
        )
