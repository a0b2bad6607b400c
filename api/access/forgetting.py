"""When are sessions and logins that are over forgotten? At the start of the service, and then once an hour."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from valuation.access.repository import AccessRepository
from valuation.errors import ValuationError

EVERY_S = 3_600.0
_log = logging.getLogger("valuation.api")


@asynccontextmanager
async def forgetting(access: AccessRepository, *, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Forget what is over, now and every so often, for as long as the block runs.

    They open nothing any more (`Session.is_good`); but they hold who was logged in when, which nobody needs afterwards.

    Parameters
    ----------
    access : AccessRepository
        Where sessions and logins are kept.
    every_s : float
        Seconds between two times.
    """
    task = asyncio.create_task(_forget_often(access, every_s))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _forget_often(access: AccessRepository, every_s: float) -> None:
    while True:
        try:
            await run_in_threadpool(access.sweep, datetime.now(UTC))
        except ValuationError as error:
            # A database that is down stops neither the start nor the next time.
            _log.warning("sessions that are over were not forgotten", extra={"error": type(error).__name__})
        await asyncio.sleep(every_s)
