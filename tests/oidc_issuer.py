"""A small OpenID Connect issuer that really runs: keys of its own, discovery, code flow with PKCE, on this machine.

It can be told to misbehave in one way at a time, as an attacker or a broken issuer would. People log in by naming
themselves; nothing of it is fit for more than tests and demonstrations.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import Route

Claims = dict[str, Any]


@dataclass
class Person:
    """Who logs in with the issuer."""

    sub: str = "kari-oid"
    name: str = "Kari Nordmann"
    roles: list[str] = field(default_factory=lambda: ["caseworker"])
    more: Claims = field(default_factory=dict)


@dataclass
class TestIssuer:
    """The issuer, and how it misbehaves."""

    __test__ = False

    client_id: str = "valuation"
    client_secret: str = "the-secret-of-the-client-with-the-issuer"
    url: str = ""
    person: Person = field(default_factory=Person)
    change_claims: Callable[[Claims], Claims] = lambda claims: claims
    change_metadata: Callable[[Claims], Claims] = lambda metadata: metadata
    sign: Callable[[TestIssuer, Claims], str] | None = None
    is_down: bool = False
    error: str = ""
    keys: list[RSAKey | ECKey] = field(default_factory=list)
    published: list[RSAKey | ECKey | OctKey] = field(default_factory=list)
    codes: dict[str, Claims] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on and publish it alone."""
        key = RSAKey.generate_key(2048, {"use": "sig", "kid": secrets.token_hex(4)}, private=True)
        self.keys, self.published = [key], [key]

    def answered(self, name: str, make: Callable[[], Claims]) -> JSONResponse:
        self.asked.append(name)
        return JSONResponse({"error": "down"}, 503) if self.is_down else JSONResponse(make())

    async def metadata(self, _: Request) -> JSONResponse:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "end_session_endpoint": f"{self.url}/logout",
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            "code_challenge_methods_supported": ["S256"],
        }
        return self.answered("metadata", lambda: self.change_metadata(told))

    async def jwks(self, _: Request) -> JSONResponse:
        return self.answered("jwks", lambda: KeySet(self.published).as_dict(private=False))

    async def authorize(self, request: Request) -> RedirectResponse:
        asked = dict(request.query_params)
        if self.error:
            return RedirectResponse(
                f"{asked['redirect_uri']}?{urlencode({'error': self.error, 'state': asked['state']})}"
            )
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}")

    async def token(self, request: Request) -> JSONResponse:
        self.asked.append("token")
        if self.is_down:
            return JSONResponse({"error": "down"}, 503)
        form = await request.form()
        asked = self.codes.pop(str(form.get("code")), None)
        if (
            asked is None
            or not self._is_client(request)
            or not self._is_verified(asked, str(form.get("code_verifier")))
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access_token = secrets.token_urlsafe(16)
        claims = self.change_claims(self._claims(asked, access_token))
        id_token = (self.sign or sign_with_rsa)(self, claims)
        return JSONResponse(
            {"access_token": access_token, "token_type": "Bearer", "expires_in": 60, "id_token": id_token}
        )

    def _is_client(self, request: Request) -> bool:
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        return request.headers.get("authorization") == f"Basic {expected}"

    def _is_verified(self, asked: Claims, verifier: str) -> bool:
        challenge = _base64(hashlib.sha256(verifier.encode()).digest())
        return asked.get("code_challenge_method") == "S256" and asked.get("code_challenge") == challenge

    def _claims(self, asked: Claims, access_token: str) -> Claims:
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        now = int(time.time())
        return {
            "iss": self.url,
            "sub": self.person.sub,
            "aud": self.client_id,
            "iat": now,
            "exp": now + 60,
            "nonce": asked.get("nonce"),
            "at_hash": _base64(half),
            "name": self.person.name,
            "roles": self.person.roles,
            **self.person.more,
        }

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/jwks", self.jwks),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
            ]
        )


def sign_with_rsa(issuer: TestIssuer, claims: Claims) -> str:
    return jwt.encode({"alg": "RS256", "kid": issuer.keys[0].kid}, claims, issuer.keys[0])


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _parts(head: Claims, claims: Claims) -> str:
    return ".".join(_base64(json.dumps(part).encode()) for part in (head, claims))


def sign_not_at_all(_: TestIssuer, claims: Claims) -> str:
    return f"{_parts({'alg': 'none', 'typ': 'JWT'}, claims)}."


def sign_with_the_public_key_as_a_shared_one(issuer: TestIssuer, claims: Claims) -> str:
    """The confusion of algorithms: who takes the token's word for it checks an HMAC with the published key."""
    signed = _parts({"alg": "HS256", "typ": "JWT", "kid": issuer.keys[0].kid}, claims)
    tag = hmac.new(issuer.keys[0].as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_base64(tag)}"


def sign_with_a_strangers_key(issuer: TestIssuer, claims: Claims) -> str:
    stranger = RSAKey.generate_key(2048, {"kid": issuer.keys[0].kid}, private=True)
    return jwt.encode({"alg": "RS256", "kid": issuer.keys[0].kid}, claims, stranger)


@contextmanager
def running(issuer: TestIssuer) -> Iterator[TestIssuer]:
    """Run the issuer on a free port of this machine."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        issuer.url = f"http://127.0.0.1:{held.getsockname()[1]}"
        held.listen(16)
        server = uvicorn.Server(
            uvicorn.Config(issuer.app, log_config=None, access_log=False, lifespan="off", ws="none")
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [held]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield issuer
        finally:
            server.should_exit = True
            thread.join()
