"""When does a worker give memory back? Soon after something large was answered, and not at every answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool

from api.beside import beside
from valuation.appraisal.memory import give_back, own_bytes

EVERY_S = 2.0
GROWN_BYTES = 8 << 20
"""So much more than when it was last given back is worth looking for what is free."""


@asynccontextmanager
async def giving_back(
    *, every_s: float = EVERY_S, held: Callable[[], int] = own_bytes, give: Callable[[], None] = give_back
) -> AsyncIterator[None]:
    """Give back what large answers have left in the heaps, for as long as the block runs.

    Parameters
    ----------
    every_s : float
        Seconds between two looks, of a few microseconds each.
    held : function
        Returns how many bytes the worker holds.
    give : function
        Gives back what is free of them.
    """
    async with beside(_look_often(every_s, held, give)):
        yield


async def _look_often(every_s: float, held: Callable[[], int], give: Callable[[], None]) -> None:
    at_last = held()
    while True:
        await asyncio.sleep(every_s)
        if held() > at_last + GROWN_BYTES:
            await run_in_threadpool(give)
            at_last = held()
