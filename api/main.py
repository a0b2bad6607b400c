"""Which service is this? The one place where its parts are put together and adapters are chosen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, Depends, FastAPI

from api.access.gate import add_login, close_gate
from api.access.login import me_router
from api.dependencies import current_actor
from api.description import describe, problems
from api.door import Door
from api.envelope import ServiceApp
from api.errors import handle_errors
from api.gathering import Gathering
from api.parameters import known_parameters
from api.routes import health, valuations
from api.service import Service
from api.settings import Settings
from valuation.access.repository import AccessRepository
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import Database
from valuation.appraisal.bundle import load_bundle
from valuation.appraisal.warm_up import warm_up
from valuation.jurisdictions.jurisdiction import Jurisdiction

TITLE = "Mass appraisal of dwellings"
DESCRIPTION = """\
What would a dwelling have sold for on the valuation date, how sure is that, why, and who has looked?

Money is in whole units of the jurisdiction's currency, dates are plain, times UTC with Z. A name that stands twice or
is not described is refused. Errors are problem details (RFC 9457): programs go by `errors[].code`, which never changes;
`Accept-Language` (nb, nn, en) chooses the words."""
PREFIX = "/api/v1"


def create_app(settings: Settings, *, access: AccessRepository | None = None) -> FastAPI:
    """Put the service together.

    Parameters
    ----------
    settings : Settings
        Where things are (`read_settings`).
    access : AccessRepository, optional
        Where tokens and sessions are kept; by default in the database.

    Raises
    ------
    BundleRefused
        When the model version is not as it was written: such a service does not start.
    SettingsRefused
        When it would not be safe, or nobody has said who may call one of its routes.
    """
    settings.need_safe()
    bundle = load_bundle(settings.bundle)
    warm_up(bundle)
    database = Database(settings.database_url)
    access = access or SqlAccess(database)
    app = assemble(bundle.jurisdiction, settings)
    add_login(app, settings, access)
    close_gate(app, settings, access)
    app.add_middleware(Door, max_body_bytes=settings.max_body_bytes)
    app.state.service = Service(
        settings=settings, bundle=bundle, gathering=Gathering(bundle, wait_s=settings.gather_ms / 1000)
    )
    return app


def assemble(jurisdiction: Jurisdiction, settings: Settings) -> FastAPI:
    """Return the service with its addresses and nothing behind them: what `docs/openapi.json` describes."""
    # Descriptions of the service are for people who may use it: no address shows them unasked.
    app = ServiceApp(
        title=TITLE,
        description=DESCRIPTION,
        version=version("valuation"),
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan,
    )
    app.access_settings = settings
    handle_errors(app)
    app.include_router(health.router)
    # Nobody gets in who is not known, and no parameter is dropped, whatever a route says of itself.
    inner = APIRouter(prefix=PREFIX, dependencies=[Depends(current_actor), Depends(known_parameters)])
    inner.include_router(valuations.router_for(jurisdiction, settings.max_dwellings))
    app.include_router(inner, responses=problems())
    app.include_router(me_router(), responses=problems())
    describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await app.state.service.gathering.close()
