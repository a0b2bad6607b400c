"""A service with a gate and a few routes of its own, without a model version: what lets in is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from api.access.gate import add_login, close_gate
from api.access.login import me_router
from api.access.settings import AccessSettings
from api.door import Door
from api.envelope import ServiceApp
from api.errors import handle_errors
from tests.fakes import MemoryAccess
from tests.oidc_issuer import TestIssuer, running
from valuation.access.api_token import new_token
from valuation.access.routes import LOGIN, everybody, only

SECRET = "Nn2xq0Rk1-7LrVb9wTfYs3ZpGhJuKeMd5AcXo8Ei"
TABLE = (
    *LOGIN,
    everybody("GET", "/health/live", "whether it answers"),
    everybody("GET", "/boom", "fails"),
    only(frozenset({"reader"}), "GET", "/values/{value_id}", "one value"),
    only(frozenset({"caseworker"}), "GET", "/cases", "a page"),
    only(frozenset({"caseworker"}), "POST", "/cases", "changes something"),
)


def put_together(settings: AccessSettings, access: MemoryAccess, table=TABLE) -> FastAPI:
    app = ServiceApp(docs_url=None, redoc_url=None, openapi_url=None)
    app.access_settings = settings
    handle_errors(app)

    @app.get("/health/live")
    async def live() -> str:
        return "live"

    @app.get("/boom")
    async def boom() -> str:
        raise RuntimeError("Storgata 1, 01010750160")

    @app.get("/values/{value_id}")
    async def value(value_id: str, request: Request) -> dict:
        return {"value_id": value_id, "by": request.state.actor.user_id}

    @app.get("/cases")
    async def cases() -> str:
        return "cases"

    @app.post("/cases")
    async def change(request: Request) -> dict:
        return {"body": (await request.body()).decode(), "by": request.state.actor.user_id}

    app.include_router(me_router())
    add_login(app, settings, access)
    close_gate(app, settings, access, table)
    app.add_middleware(Door, max_body_bytes=100_000)
    return app


@pytest.fixture
def access() -> MemoryAccess:
    return MemoryAccess()


@pytest.fixture
def token(access: MemoryAccess) -> Callable[..., dict[str, str]]:
    """Headers of a machine with the given roles."""

    def made(*roles: str, name: str = "machine", **given) -> dict[str, str]:
        secret, kept = new_token(name, frozenset(roles), **({"now": datetime.now(UTC), "by": "test"} | given))
        access.add_token(kept)
        return {"Authorization": f"Bearer {secret}"}

    return made


@pytest.fixture
def demo_settings() -> AccessSettings:
    return AccessSettings(demo=True, secret=SECRET)


@pytest.fixture
def demo(demo_settings: AccessSettings, access: MemoryAccess) -> Iterator[TestClient]:
    """A browser on this machine, before a service with demo users."""
    app = put_together(demo_settings, access)
    with TestClient(app, base_url=demo_settings.address, client=("127.0.0.1", 50000), follow_redirects=False) as asking:
        yield asking


@pytest.fixture(scope="session")
def running_issuer() -> Iterator[TestIssuer]:
    with running(TestIssuer()) as issuer:
        yield issuer


@pytest.fixture
def issuer(running_issuer: TestIssuer) -> TestIssuer:
    """The issuer, behaving well."""
    fresh = TestIssuer(url=running_issuer.url)
    for name in ("person", "change_claims", "change_metadata", "sign", "is_down", "error", "keys", "published"):
        setattr(running_issuer, name, getattr(fresh, name))
    running_issuer.asked.clear()
    running_issuer.codes.clear()
    return running_issuer


@pytest.fixture
def oidc_settings(issuer: TestIssuer) -> AccessSettings:
    return AccessSettings(
        secret=SECRET,
        oidc_issuer=issuer.url,
        oidc_client_id=issuer.client_id,
        oidc_client_secret=issuer.client_secret,
        oidc_clock_skew_s=30,
    )


@pytest.fixture
def browser(oidc_settings: AccessSettings, access: MemoryAccess) -> Iterator[TestClient]:
    """A browser before a service with the municipality's login."""
    app = put_together(oidc_settings, access)
    with TestClient(app, base_url=oidc_settings.address, follow_redirects=False) as asking:
        yield asking
