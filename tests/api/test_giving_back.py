"""Is memory given back when a worker has grown, and else left alone?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from api.giving_back import GROWN_BYTES, giving_back


def times_given(held: Sequence[int]) -> int:
    """Let a worker hold so much at one look after the other; return how often it gave back."""
    given: list[None] = []
    seen = iter(held)
    is_over = asyncio.Event()

    def look() -> int:
        found = next(seen, None)
        if found is None:
            is_over.set()
            return 0
        return found

    async def run() -> None:
        async with giving_back(every_s=0.001, held=look, give=lambda: given.append(None)):
            await asyncio.wait_for(is_over.wait(), 20)

    asyncio.run(run())
    return len(given)


def test_a_worker_that_does_not_grow_is_left_alone():
    assert times_given([100, 100 + GROWN_BYTES, 90]) == 0


def test_a_worker_that_grew_gives_back_once():
    # Looked at when it begins, when it grew, when it has given, and then again.
    assert times_given([100, 101 + GROWN_BYTES, 120, 120, 121]) == 1


def test_a_worker_that_grew_again_gives_back_again():
    assert times_given([100, 101 + GROWN_BYTES, 120, 121 + GROWN_BYTES, 120]) == 2
