"""Who does the municipality's login say this is? OpenID Connect, authorization code with PKCE, against any issuer.

What is checked of an ID token: signature by a key the issuer publishes, with an algorithm from our list (never the one
the token asks for), issuer, audience and authorized party, times within the allowed skew, the nonce of this login, and
that the access token belongs to it. Keys are asked for again when a token names one we do not know.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from api.access.settings import AccessSettings, is_loopback
from valuation.access.credential import is_same
from valuation.access.session import LoginAttempt
from valuation.errors import AccessRefused, IssuerUnavailable

with warnings.catch_warnings():
    # Authlib wishes for httpx2, which nothing else here is built on yet; its own filter goes before any of ours.
    import authlib.deprecate  # noqa: F401

    warnings.simplefilter("ignore")
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken

METADATA_FOR_S = 3600.0
"""How long what the issuer told of itself is gone by."""
KEYS_AT_MOST_EVERY_S = 5.0
"""Tokens with keys nobody knows must not make us ask the issuer without end."""
_NEEDED = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class Issuer:
    """The municipality's login.

    Parameters
    ----------
    settings : AccessSettings
    redirect_uri : str
        Where the issuer sends people back to; it must be registered there.
    """

    def __init__(self, settings: AccessSettings, redirect_uri: str) -> None:
        self.settings, self.redirect_uri = settings, redirect_uri
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    async def login_url(self, attempt: LoginAttempt) -> str:
        """Return where a person is sent to log in.

        Raises
        ------
        IssuerUnavailable
            When the issuer does not tell of itself.
        """
        metadata = await self.metadata()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                metadata["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.code_verifier,
            )
        return url

    async def claims(self, answer: Mapping[str, str], attempt: LoginAttempt) -> Mapping[str, Any]:
        """Return what the issuer says of the person, from the answer to this attempt.

        Parameters
        ----------
        answer : mapping
            The query the person came back with.
        attempt : LoginAttempt
            The attempt of the same browser.

        Raises
        ------
        AccessRefused
            When the answer is not one to this attempt, or anything in the token is not as it must be. The sentence
            says what, for the log; people are told `login-failed`.
        IssuerUnavailable
        """
        metadata = await self.metadata()
        _need_answer(answer, attempt, metadata)
        told = await self._exchanged(answer["code"], attempt, metadata)
        return await self._checked(told, attempt)

    async def metadata(self) -> dict[str, Any]:
        """Return what the issuer tells of itself (OpenID Connect Discovery).

        Raises
        ------
        IssuerUnavailable
            When it does not answer, tells of another issuer, or leaves out what is needed.
        """
        now = time.monotonic()
        if self._metadata is not None and now - self._metadata[0] < METADATA_FOR_S:
            return self._metadata[1]
        told = await self._read(self.settings.oidc_issuer.rstrip("/") + "/.well-known/openid-configuration")
        _need_metadata(told, self.settings.oidc_issuer)
        self._metadata = (now, told)
        return told

    async def end_session_url(self) -> str:
        """Return where the issuer ends its own session; empty where it tells of no such place."""
        told = (await self.metadata()).get("end_session_endpoint", "")
        return told if isinstance(told, str) and _is_safe(told, self.settings.oidc_issuer) else ""

    async def _exchanged(self, code: str, attempt: LoginAttempt, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            async with self._client() as client:
                return await client.fetch_token(
                    metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=self.redirect_uri,
                    code_verifier=attempt.code_verifier,
                )
        except OAuthError as error:
            raise _refused(f"the issuer did not take the code: {str(error.error)[:60]}") from error
        except (httpx.HTTPError, ValueError) as error:
            raise _silent(self.settings.oidc_issuer, error) from error

    async def _checked(self, told: Mapping[str, Any], attempt: LoginAttempt) -> Mapping[str, Any]:
        id_token = told.get("id_token")
        if not isinstance(id_token, str) or len(id_token) > 100_000:
            raise _refused("the issuer sent no ID token")
        decoded = await self._decoded(id_token)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            {
                "iss": {"essential": True, "values": [self.settings.oidc_issuer]},
                "aud": {"essential": True, "values": [self.settings.oidc_client_id]},
            },
            {
                "nonce": attempt.nonce,
                "client_id": self.settings.oidc_client_id,
                "access_token": told.get("access_token"),
            },
        )
        try:
            claims.validate(now=int(time.time()), leeway=self.settings.oidc_clock_skew_s)
        except JoseError as error:
            raise _refused(f"a claim is not as it must be: {type(error).__name__} {error.description}"[:200]) from error
        _need_sole_audience(claims, self.settings.oidc_client_id)
        return claims

    async def _decoded(self, id_token: str) -> jwt.Token:
        registry = JWSRegistry(algorithms=list(self.settings.oidc_algorithms), strict_check_header=False)
        try:
            try:
                return jwt.decode(id_token, await self._key_set(), registry=registry)
            except InvalidKeyIdError:
                # The issuer may have changed its keys since: asked once more, then it is a stranger's.
                return jwt.decode(id_token, await self._key_set(anew=True), registry=registry)
        except (JoseError, ValueError) as error:
            raise _refused(f"the signature is not the issuer's: {type(error).__name__}") from error

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        now = time.monotonic()
        if self._keys is not None and now - self._keys[0] < (KEYS_AT_MOST_EVERY_S if anew else METADATA_FOR_S):
            return self._keys[1]
        told = await self._read((await self.metadata())["jwks_uri"])
        try:
            # Only keys to check with: a shared one among them would let anybody who knows it sign.
            public = [key for key in told["keys"] if key.get("kty") in ("RSA", "EC", "OKP")]
            keys = KeySet.import_key_set({"keys": public})
        except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise _silent(self.settings.oidc_issuer, error) from error
        self._keys = (now, keys)
        return keys

    async def _read(self, url: str) -> dict[str, Any]:
        try:
            async with httpx.AsyncClient(timeout=self.settings.oidc_timeout_s, follow_redirects=False) as client:
                answer = await client.get(url, headers={"Accept": "application/json"})
                answer.raise_for_status()
                told = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise _silent(self.settings.oidc_issuer, error) from error
        if not isinstance(told, dict):
            raise _silent(self.settings.oidc_issuer, TypeError("not an object"))
        return told

    def _client(self) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self.settings.oidc_client_id,
            self.settings.oidc_client_secret.get_secret_value() or None,
            scope=" ".join(self.settings.oidc_scopes),
            redirect_uri=self.redirect_uri,
            code_challenge_method="S256",
            timeout=self.settings.oidc_timeout_s,
            follow_redirects=False,
        )


def _need_answer(answer: Mapping[str, str], attempt: LoginAttempt, metadata: Mapping[str, Any]) -> None:
    if not is_same(answer.get("state", ""), attempt.state):
        raise _refused("the state is not that of this login")
    if "error" in answer:
        raise AccessRefused("the issuer says no", expected="a code", remedy="log in again", code="login-cancelled")
    # RFC 9207: whose answer is it? Where the issuer says that it says so, an answer that does not is another's.
    told = answer.get("iss")
    says_so = metadata.get("authorization_response_iss_parameter_supported") is True
    if (told is not None or says_so) and told != metadata["issuer"]:
        raise _refused("the answer is another issuer's")
    if not answer.get("code"):
        raise _refused("the answer holds no code")


def _need_metadata(told: Mapping[str, Any], issuer: str) -> None:
    missing = [name for name in _NEEDED if not isinstance(told.get(name), str)]
    if missing:
        raise _silent(issuer, KeyError(", ".join(missing)))
    if told["issuer"] != issuer:
        raise IssuerUnavailable(
            f"{issuer} says it is {str(told['issuer'])[:200]}",
            expected="the very same text, slash for slash",
            remedy="set VALUATION_OIDC_ISSUER to what the issuer calls itself",
        )
    unsafe = [name for name in _NEEDED[1:] if not _is_safe(told[name], issuer)]
    if unsafe:
        raise IssuerUnavailable(f"{issuer} names {', '.join(unsafe)} without https", expected="https")


def _is_safe(url: str, issuer: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(urlsplit(issuer).hostname or ""))


def _need_sole_audience(claims: Mapping[str, Any], client_id: str) -> None:
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        raise _refused("the token is meant for several services and does not say it was made for this one")


def _refused(why: str) -> AccessRefused:
    return AccessRefused(
        why, expected="an answer of the issuer to this login", remedy="log in again", code="login-failed"
    )


def _silent(issuer: str, error: Exception) -> IssuerUnavailable:
    return IssuerUnavailable(
        f"{issuer} does not answer as it must: {type(error).__name__}",
        expected="an OpenID Connect issuer",
        remedy="try again; `valuation doctor` asks it too",
    )
