"""Which cookies are set, and how may a browser use them? Neither script nor another site may, nor plain http."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response


@dataclass(frozen=True)
class Cookies:
    """Names and rules of the cookies.

    With https they carry the prefix `__Host-`: the browser takes them from this very host alone, by https, for all of
    it, so that no neighbouring site of the municipality can plant one.
    """

    is_https: bool

    @property
    def session(self) -> str:
        """Return the name of the cookie of a session."""
        return self._named("valuation_session")

    @property
    def login(self) -> str:
        """Return the name of the cookie of a login on its way."""
        return self._named("valuation_login")

    def put(self, response: Response, name: str, value: str, max_age_s: int | None = None) -> None:
        """Set a cookie; without an age it ends with the browser."""
        response.set_cookie(
            name, value, max_age=max_age_s, path="/", secure=self.is_https, httponly=True, samesite="lax"
        )

    def take(self, response: Response, name: str) -> None:
        """Take a cookie away."""
        response.delete_cookie(name, path="/", secure=self.is_https, httponly=True, samesite="lax")

    def _named(self, name: str) -> str:
        return f"__Host-{name}" if self.is_https else name
