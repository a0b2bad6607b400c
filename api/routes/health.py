"""Is the service alive, is it ready, and which one is it? Asked by whoever keeps it running; needs no login."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from api.dependencies import TheService
from api.description import problems
from api.problem import Problem
from api.schemas.health import Alive, Ready, Version
from api.words import words_of

LONGEST_S = 2.0
"""Seconds the record may take to answer before the service says that it is not ready."""
AGAIN = {"Retry-After": "2"}

router = APIRouter(tags=["health"])


@router.get("/health/live", summary="Is the process alive?")
async def live() -> Alive:
    """Answer as long as the process can."""
    return Alive(status="live")


@router.get("/health/ready", summary="Can it value?", responses=problems(503))
async def ready(service: TheService) -> Ready:
    """Answer 200 once the model version is loaded and the record can be reached, else 503."""
    if not service.is_warm:
        raise Problem(503, "not-ready", words_of("not-ready"), headers=AGAIN)
    try:
        async with asyncio.timeout(LONGEST_S):
            await run_in_threadpool(service.reviews.head)
    except TimeoutError:
        raise Problem(503, "store-unavailable", words_of("store-unavailable"), headers=AGAIN) from None
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
