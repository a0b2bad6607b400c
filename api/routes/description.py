"""What does the service say of itself? Its OpenAPI description, for those who may use it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

router = APIRouter(tags=["description"])


@router.get("/openapi.json", summary="This description")
async def openapi(request: Request) -> dict[str, Any]:
    """Return the description that `docs/openapi.json` holds for the synthetic municipality."""
    return JSONResponse(request.app.openapi())  # type: ignore[return-value]
