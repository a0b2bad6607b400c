"""How is the service doing? For Prometheus with a token; an inner port needs none (`VALUATION_METRICS_PORT`)."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response

from api.dependencies import TheService, current_actor
from api.metrics import CONTENT_TYPE

router = APIRouter(tags=["health"], dependencies=[Depends(current_actor)])


@router.get(
    "/metrics", summary="Counts and times", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
async def metrics(service: TheService) -> Response:
    """Return what this worker has counted since it started."""
    return Response(service.metrics.text(), headers={"Content-Type": CONTENT_TYPE})
