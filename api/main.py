"""Which service is this? The one place where its parts are put together and adapters are chosen."""

from __future__ import annotations

import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from wsgiref.simple_server import WSGIServer

from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import start_http_server
from starlette.concurrency import run_in_threadpool

from api.access.forgetting import forgetting
from api.access.gate import add_login, close_gate
from api.access.login import me_router
from api.bundles import Bundles
from api.conditions import conditions_once
from api.dependencies import current_actor
from api.description import describe, problems
from api.door import Door
from api.envelope import ServiceApp
from api.errors import handle_errors
from api.gathering import Gathering
from api.giving_back import giving_back
from api.letters import Letters
from api.metrics import Metrics
from api.pages.problem_page import problem_page
from api.pages.routes import router as pages
from api.parameters import known_parameters
from api.routes import (
    description,
    dwellings,
    exports,
    features,
    flags,
    health,
    metrics,
    model_versions,
    revaluations,
    review_cases,
    rolls,
    valuations,
)
from api.service import Service
from api.settings import Settings
from api.switching import Switch, first_bundle, watching
from valuation.access.repository import AccessRepository
from valuation.adapters.analysis_jobs import AnalysisJobs
from valuation.adapters.process_jobs import ProcessJobs
from valuation.adapters.registries import registry_at
from valuation.adapters.sql_store.access import SqlAccess
from valuation.adapters.sql_store.database import Database
from valuation.adapters.sql_store.reviews import SqlReviews
from valuation.adapters.sql_store.rolls import SqlRolls
from valuation.adapters.weasyprint_letters import LetterPrinter
from valuation.appraisal.memory import share_memory
from valuation.errors import SettingsRefused
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import Params, read_params
from valuation.rolls.archive import Archive

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
    share_memory()
    registry = registry_at(settings.registry)
    bundle = first_bundle(settings.bundle, registry)
    database = Database(settings.database_url, connections=settings.database_connections)
    access = access or SqlAccess(database)
    params = Params() if settings.params is None else read_params(settings.params)
    archive = Archive(settings.archive)
    jobs = ProcessJobs(
        settings.archive / "revaluations",
        archive,
        bundle.folder,
        model_version=bundle.model_version,
        manifest_sha256=bundle.manifest["manifest_sha256"],
        chunk_rows=params.revalue.chunk_rows,
    )
    app = assemble(bundle.jurisdiction, settings)
    add_login(app, settings, access)
    close_gate(app, settings, access)
    counts = Metrics()
    counts.model.labels(bundle.model_version).set(1)
    app.metrics = counts
    app.add_middleware(Door, max_body_bytes=settings.max_body_bytes)
    app.state.problem_page = problem_page
    app.state.access = access
    bundles = Bundles(archive)
    bundles.add(bundle)
    app.state.switch = Switch(app)
    app.state.service = Service(
        settings=settings,
        bundle=bundle,
        gathering=Gathering(bundle, wait_s=settings.gather_ms / 1000, metrics=counts),
        letters=Letters(archive, LetterPrinter),
        rolls=SqlRolls(database),
        reviews=SqlReviews(database),
        registry=registry,
        jobs=jobs,
        params=params,
        metrics=counts,
        bundles=bundles,
        analyses=AnalysisJobs(settings.archive / "analyses"),
    )
    return app


def assemble(jurisdiction: Jurisdiction, settings: Settings) -> ServiceApp:
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
    # Nobody gets in who is not known, and nothing sent is dropped, whatever a route says of itself.
    inner = APIRouter(
        prefix=PREFIX, dependencies=[Depends(one) for one in (current_actor, known_parameters, conditions_once)]
    )
    inner.include_router(valuations.router_for(jurisdiction, settings.max_dwellings))
    for part in (description, dwellings, rolls, review_cases, flags, features, exports, model_versions, revaluations):
        inner.include_router(part.router)
    # Before the pages: routes are tried in this order, and these are asked most.
    app.include_router(inner, responses=problems())
    app.include_router(pages)
    app.include_router(metrics.router, responses=problems())
    app.include_router(me_router(), responses=problems())
    describe(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    service: Service = app.state.service
    await run_in_threadpool(service.warm_up)
    # What was not ended when the service stopped goes on.
    await run_in_threadpool(service.jobs.begin_unfinished)
    await run_in_threadpool(service.analyses.begin_unfinished)
    inner = _inner_metrics(service)
    async with (
        forgetting(app.state.access.sweep, service.forget_answers),
        watching(app, every_s=service.settings.registry_s),
        giving_back(),
    ):
        yield
    # Another version may be served by now than at the start.
    await app.state.service.gathering.close()
    if inner is not None:
        inner.shutdown()


def _inner_metrics(service: Service) -> WSGIServer | None:
    """Tell Prometheus on the inner port, or on the first of the next ones that no other worker has taken.

    Raises
    ------
    SettingsRefused
        When none of them is free.
    """
    settings = service.settings
    if settings.metrics_port is None:
        return None
    ports = range(settings.metrics_port, settings.metrics_port + settings.workers)
    for port in ports:
        try:
            return start_http_server(port, addr="127.0.0.1", registry=service.metrics.registry)[0]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise SettingsRefused(
        f"no inner port for metrics is free: {ports.start} to {ports.stop - 1}",
        expected="one for each worker",
        remedy="set VALUATION_METRICS_PORT to another one, or stop what listens there",
    )
