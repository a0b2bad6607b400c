"""Which files stand beside the pages? Style, script and vendored parts, each with an address made of its bytes."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from api.pages.frame import STATIC

router = APIRouter(include_in_schema=False)
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
NAMES = frozenset(
    path.relative_to(STATIC).as_posix() for path in STATIC.rglob("*") if path.is_file() and path.suffix in _KINDS
)
"""Files that are served, listed once when the service starts: no name from outside ever becomes a path."""


@router.get("/static/{name:path}")
def static_file(name: str) -> Response:
    """Return a file of the pages; browsers may keep it, since other bytes have another address."""
    if name not in NAMES:
        raise HTTPException(404)
    place = STATIC / name
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(place, media_type=_KINDS[place.suffix], headers=kept)
