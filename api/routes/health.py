"""Is the service alive, is it ready, and which one is it? Asked by whoever keeps it running; needs no login."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from api.dependencies import TheService
from api.schemas.health import Alive, Ready, Version

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Is the process alive?")
async def live() -> Alive:
    """Answer as long as the process can."""
    return Alive(status="live")


@router.get("/health/ready", summary="Can it value?")
async def ready(service: TheService) -> Ready:
    """Answer 200 once the model version is loaded and the record can be reached, else 503."""
    return Ready(status="ready", model_version=service.bundle.model_version)


@router.get("/version", summary="Which service and which model version is this?")
async def which(service: TheService) -> Version:
    """Return the version of the code and of the model that is served."""
    return Version(
        version=version("valuation"),
        model_version=service.bundle.model_version,
        jurisdiction=service.bundle.jurisdiction.name,
        currency=service.bundle.jurisdiction.currency,
        valuation_date=service.bundle.jurisdiction.valuation_date,
        is_synthetic=service.bundle.jurisdiction.is_synthetic,
    )
