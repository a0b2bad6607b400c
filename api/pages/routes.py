"""Which addresses do the pages have? All of them, for the one place where the service is put together."""

from __future__ import annotations

from fastapi import APIRouter

from api.pages import (
    about_page,
    analyses_page,
    case_list,
    case_page,
    complaint_page,
    drift_page,
    dwelling_search,
    help_page,
    import_page,
    letter_page,
    map_page,
    oversight_page,
    static_files,
    together_page,
    version_deeds,
    versions_page,
    what_if_page,
)

router = APIRouter(include_in_schema=False)
# The trial before the actions of a case, and lists of cases before one: their addresses would be taken for names.
for part in (
    static_files,
    case_list,
    what_if_page,
    together_page,
    import_page,
    map_page,
    letter_page,
    complaint_page,
    case_page,
    dwelling_search,
    oversight_page,
    versions_page,
    version_deeds,
    analyses_page,
    drift_page,
    about_page,
    help_page,
):
    router.include_router(part.router)
