"""When is forgotten what is over: sessions, logins, old answers? When the service starts, and then once an hour."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool

from api.beside import beside
from valuation.errors import ValuationError

EVERY_S = 3_600.0
Sweep = Callable[[datetime], int]
"""Forgets what is over at a moment, and returns how much."""
_log = logging.getLogger("valuation.api")


@asynccontextmanager
async def forgetting(*sweeps: Sweep, every_s: float = EVERY_S) -> AsyncIterator[None]:
    """Forget what is over, now and every so often, for as long as the block runs.

    Sessions that are over open nothing any more (`Session.is_good`), and nobody sends a request of last week again; but
    they hold who did what when, which nobody needs afterwards.

    Parameters
    ----------
    *sweeps : function of a moment
        One for each place in which something comes to its end.
    every_s : float
        Seconds between two times.
    """
    async with beside(_forget_often(sweeps, every_s)):
        yield


async def _forget_often(sweeps: tuple[Sweep, ...], every_s: float) -> None:
    while True:
        for sweep in sweeps:
            try:
                await run_in_threadpool(sweep, datetime.now(UTC))
            except ValuationError as error:
                # A database that is down stops neither the start, nor the others, nor the next time.
                _log.warning("what is over was not forgotten", extra={"error": type(error).__name__})
        await asyncio.sleep(every_s)
