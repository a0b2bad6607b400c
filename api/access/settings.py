"""Who may come in, from where, and how is it served? Settings of the environment, `VALUATION_*`, and what is unsafe."""

from __future__ import annotations

import ipaddress
import json
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from valuation.access.claim_mapping import ClaimMapping
from valuation.access.rate import Rate
from valuation.access.session import SessionLimits
from valuation.errors import SettingsRefused
from valuation.review.actor import ROLES, Role

PREFIX = "VALUATION_"
SHORTEST_SECRET = 32
_FEWEST_SIGNS = 10
_EXAMPLES = ("change", "secret", "example", "default", "password", "insert", "your-", "0123456789", "abcdef")
"""A secret that holds one of these was copied from a page, ours or another's."""


def _listed(given: Any) -> Any:
    """Return `a, b` as its parts: an address bar of JSON is nothing for a file of settings."""
    if not isinstance(given, str):
        return given
    return tuple(json.loads(given)) if given.startswith("[") else tuple(filter(None, map(str.strip, given.split(","))))


Listed = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]


def is_loopback(host: str) -> bool:
    """Return whether a name or address is this machine's own and nobody else's.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    bare = host.strip("[]").lower()
    if bare == "localhost":
        return True
    try:
        return ipaddress.ip_address(bare).is_loopback
    except ValueError:
        return False


class AccessSettings(BaseSettings):
    """Settings of access and of serving. The service adds its own (`api/settings.py`)."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    """Address the service listens on; anything but this machine needs a login that is not the demo's."""
    port: int = Field(8000, ge=1, le=65535)
    """Port the service listens on."""
    workers: int = Field(1, ge=1, le=64)
    """Processes that answer; each holds the model version in its memory."""
    public_url: str = ""
    """Address people type, such as `https://verdi.kommune.no`; from it follow https, cookies, and where the login
    sends people back to. By default the address the service listens on."""
    allowed_hosts: Listed = ()
    """Further names the service answers to, separated by commas; without a port."""
    trusted_proxies: Listed = ()
    """Addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` are believed; by default nobody's."""
    secret: SecretStr = SecretStr("")
    """At least 32 characters by chance, such as `python -c "import secrets; print(secrets.token_urlsafe(48))"`
    prints; keys the pseudonyms in the log. Needed outside the demo."""
    demo: bool = False
    """Whether the demo users may log in without a password: on this machine only."""

    oidc_issuer: str = ""
    """Issuer of the municipality's login, such as `https://login.kommune.no/realms/ansatte`; empty for none."""
    oidc_client_id: str = ""
    """This service's name with the issuer."""
    oidc_client_secret: SecretStr = SecretStr("")
    """Its secret with the issuer; empty for a public client, which PKCE protects alone."""
    oidc_scopes: Listed = ("openid", "profile")
    """What is asked of the issuer."""
    oidc_algorithms: Listed = ("RS256", "PS256", "ES256")
    """Signatures that are accepted; `none` and those with a shared key never are."""
    oidc_clock_skew_s: int = Field(60, ge=0, le=300)
    """Seconds by which the clocks of issuer and service may differ."""
    oidc_timeout_s: float = Field(5.0, gt=0, le=30)
    """Seconds the issuer has for an answer."""
    oidc_user_claim: str = "sub"
    """Claim that identifies a person for good; a national identity number is refused."""
    oidc_name_claim: str = "name"
    """Claim with the name a person is greeted by; kept with the session alone."""
    oidc_roles_claim: str = "roles"
    """Claim with the issuer's words for roles; full stops lead inward (`realm_access.roles`)."""
    oidc_roles: dict[str, Role] = {role: role for role in ROLES}
    """The issuer's word to the role here, as JSON: `{"EK-saksbehandler": "caseworker"}`."""
    oidc_districts_claim: str = ""
    """Claim with the districts a person works in; empty where everybody works in all of them."""
    oidc_districts: dict[str, str] = {}
    """The issuer's word to the market area, as JSON; empty where they are the same. `*` stands for all."""

    session_idle_minutes: int = Field(30, ge=1, le=600)
    """Minutes without a request after which a session ends."""
    session_hours: int = Field(10, ge=1, le=24)
    """Hours after which a session ends however busy it is."""

    rate_actor_per_minute: int = Field(24_000, ge=1)
    """Requests a minute of one person or machine, over all workers; a tenth of it at once. An integrator that values
    one by one may use the 300 a second that a worker is meant to give, and no more than that."""
    rate_address_per_minute: int = Field(36_000, ge=1)
    """Requests a minute from one address, over all workers; a tenth of it at once. An office may share one."""
    rate_attempts_per_minute: int = Field(20, ge=1)
    """Unknown tokens and cookies a minute from one address."""
    max_in_flight: int = Field(128, ge=1, le=10_000)
    """Requests a worker holds at once; those beyond it are told to come back."""
    max_connections: int = Field(2000, ge=1, le=100_000)
    """Connections a worker holds at once."""
    header_timeout_s: float = Field(10.0, gt=0, le=120)
    """Seconds within which the head of a request must have arrived."""
    max_header_bytes: int = Field(32_768, ge=4_096, le=1_000_000)
    """Longest head of a request."""
    graceful_stop_s: int = Field(25, ge=0, le=300)
    """Seconds that requests have to end when the service is stopped."""
    access_log: bool = True
    """Whether a line is logged for every request."""
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$")
    """What is logged: debug, info, warning or error."""
    image_sources: Listed = ()
    """Further origins pictures may come from, such as the map's tiles: `https://cache.kartverket.no`."""

    @property
    def address(self) -> str:
        """Return the address people type, without a slash at its end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def is_https(self) -> bool:
        """Return whether people come by https: cookies and HSTS hang on it."""
        return self.address.startswith("https://")

    @property
    def hosts(self) -> frozenset[str]:
        """Return the names the service answers to, without ports."""
        own = (urlsplit(self.address).hostname or "").lower()
        loopback = {"127.0.0.1", "localhost", "::1"} if is_loopback(self.host) and is_loopback(own) else set()
        return frozenset({own, *loopback, *(host.lower().strip("[]") for host in self.allowed_hosts)} - {""})

    @property
    def oidc_mapping(self) -> ClaimMapping:
        """Return how claims become an actor."""
        return ClaimMapping(
            self.oidc_user_claim,
            self.oidc_name_claim,
            self.oidc_roles_claim,
            self.oidc_roles,
            self.oidc_districts_claim,
            self.oidc_districts,
        )

    @property
    def session_limits(self) -> SessionLimits:
        """Return how long sessions last."""
        return SessionLimits(timedelta(minutes=self.session_idle_minutes), timedelta(hours=self.session_hours))

    def rate(self, a_minute: int) -> Rate:
        """Return a worker's share of a limit."""
        share = a_minute / self.workers
        return Rate(share, max(1, round(share / 10)))

    def unsafe(self) -> list[str]:
        """Return each reason why a service must not start so, with what was expected and what to do; none is well."""
        findings = (
            _demo_beyond_this_machine(self),
            _weak_secret(self),
            _address_that_is_none(self),
            _open_without_https(self),
            _half_a_login(self),
            _unsafe_algorithms(self),
            _issuer_without_https(self),
        )
        return [finding for finding in findings if finding]

    def need_safe(self) -> None:
        """Go on only with settings a service may start with.

        Raises
        ------
        SettingsRefused
            Says all that stands against it.
        """
        findings = self.unsafe()
        if findings:
            raise SettingsRefused(
                "\n".join(findings),
                remedy="docs/how-to/run-the-service.md tells how; `valuation config` shows what is set",
            )


def _demo_beyond_this_machine(settings: AccessSettings) -> str:
    named = [settings.host, urlsplit(settings.address).hostname or "", *settings.allowed_hosts]
    beyond = [name for name in named if not is_loopback(name)]
    if not settings.demo:
        return ""
    if beyond:
        return (
            f"the demo login is on (VALUATION_DEMO) and the service would be reached at {beyond[0]}. Anybody there "
            "could decide cases. Expected: 127.0.0.1 or localhost in VALUATION_HOST, VALUATION_PUBLIC_URL and "
            "VALUATION_ALLOWED_HOSTS. What to do: take VALUATION_DEMO away and set VALUATION_OIDC_ISSUER"
        )
    if settings.trusted_proxies:
        return "the demo login is on and a proxy is trusted (VALUATION_TRUSTED_PROXIES): it would bring in others"
    return ""


def _weak_secret(settings: AccessSettings) -> str:
    secret = settings.secret.get_secret_value()
    if settings.demo and not secret:
        return ""
    how = (
        'What to do: set VALUATION_SECRET to what `python -c "import secrets; print(secrets.token_urlsafe(48))"` prints'
    )
    if not secret:
        return f"VALUATION_SECRET is not set. Expected: {SHORTEST_SECRET} characters or more by chance. {how}"
    if len(secret) < SHORTEST_SECRET:
        return f"VALUATION_SECRET has {len(secret)} characters. Expected: {SHORTEST_SECRET} or more. {how}"
    if len(set(secret)) < _FEWEST_SIGNS or any(word in secret.lower() for word in _EXAMPLES):
        return f"VALUATION_SECRET is an example or one sign again and again. Expected: chance. {how}"
    return ""


def _address_that_is_none(settings: AccessSettings) -> str:
    if not settings.public_url:
        return ""
    parts = urlsplit(settings.public_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        return "VALUATION_PUBLIC_URL is not an address. Expected: https://NAME, with a port where it has one, no path"
    return ""


def _open_without_https(settings: AccessSettings) -> str:
    if is_loopback(urlsplit(settings.address).hostname or "") and is_loopback(settings.host):
        return ""
    if not settings.is_https:
        return (
            f"the service would be reached at {settings.address}, where anybody on the way can read along. Expected: "
            "VALUATION_PUBLIC_URL=https://NAME and a proxy that ends TLS (docs/how-to/run-the-service.md)"
        )
    return ""


def _half_a_login(settings: AccessSettings) -> str:
    if bool(settings.oidc_issuer) != bool(settings.oidc_client_id):
        missing = "VALUATION_OIDC_CLIENT_ID" if settings.oidc_issuer else "VALUATION_OIDC_ISSUER"
        return f"{missing} is not set, and the other half is. Expected: both, or neither where only machines come in"
    if settings.oidc_issuer and "openid" not in settings.oidc_scopes:
        return "VALUATION_OIDC_SCOPES lacks openid. Expected: openid, and what brings the roles"
    return ""


def _unsafe_algorithms(settings: AccessSettings) -> str:
    known = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
    unsafe = sorted(set(settings.oidc_algorithms) - known)
    if unsafe or not settings.oidc_algorithms:
        named = ", ".join(unsafe) or "nothing"
        return f"VALUATION_OIDC_ALGORITHMS names {named}. Expected: signatures with a public key, such as RS256, ES256"
    return ""


def _issuer_without_https(settings: AccessSettings) -> str:
    parts = urlsplit(settings.oidc_issuer)
    if not settings.oidc_issuer or parts.scheme == "https" or is_loopback(parts.hostname or ""):
        return ""
    return f"VALUATION_OIDC_ISSUER is {settings.oidc_issuer}. Expected: https, or an issuer on this machine"
