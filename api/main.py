"""Which service is this? The one place where its parts are put together and adapters are chosen."""

from __future__ import annotations

from fastapi import FastAPI

from api.door import Door
from api.errors import handle_errors
from api.routes import health
from api.service import Service
from api.settings import Settings
from valuation.appraisal.bundle import load_bundle

TITLE = "Mass appraisal of dwellings"


def create_app(settings: Settings) -> FastAPI:
    """Put the service together.

    Parameters
    ----------
    settings : Settings
        Where things are (`read_settings`).

    Raises
    ------
    BundleRefused
        When the model version is not as it was written: such a service does not start.
    """
    service = Service(settings=settings, bundle=load_bundle(settings.bundle))
    # Descriptions of the service are for people who may use it: no route shows them unasked.
    app = FastAPI(title=TITLE, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.service = service
    handle_errors(app)
    app.add_middleware(Door, max_body_bytes=settings.max_body_bytes)
    app.include_router(health.router)
    return app
