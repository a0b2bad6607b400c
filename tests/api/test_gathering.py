"""Does everybody get their own answer, whoever else asks, is refused, goes away, or asks too much?"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import pytest
from starlette.requests import Request

from api import gathering
from api.bodies import raw_body
from api.gathering import Gathering
from api.main import assemble
from api.problem import Problem
from api.service import Service
from tests.api.known_dwellings import as_sent
from valuation.errors import InputRefused


@pytest.fixture(scope="module")
def sent(small_run, small_bundle) -> list[dict[str, Any]]:
    """A few dwellings as a client sends them."""
    return as_sent(small_run, small_bundle, 6)


def asked(bundle, work) -> Any:
    """Return what `work`, given a gathering, comes to."""

    async def done() -> Any:
        table = Gathering(bundle, wait_s=0.01)
        try:
            return await work(table)
        finally:
            await table.close()

    return asyncio.run(done())


def test_one_that_the_domain_refuses_does_not_take_the_others_with_it(small_bundle, sent):
    # A text where a number belongs cannot come through the door; were there a way, the others must not suffer.
    wrong = sent[0] | {"dwelling_id": None}

    async def work(table):
        asking = (table.value([one], in_full=False) for one in (sent[1], wrong, sent[2]))
        return await asyncio.gather(*asking, return_exceptions=True)

    first, refused, third = asked(small_bundle, work)
    assert (first[0].value.dwelling_id, third[0].value.dwelling_id) == (sent[1]["dwelling_id"], sent[2]["dwelling_id"])
    assert isinstance(refused, InputRefused)


def test_one_who_goes_away_holds_nobody_up(small_bundle, sent):
    async def work(table):
        gone = asyncio.ensure_future(table.value([sent[0]], in_full=False))
        stays = asyncio.ensure_future(table.value([sent[1]], in_full=False))
        await asyncio.sleep(0)
        gone.cancel()
        return (await stays)[0].value.dwelling_id

    assert asked(small_bundle, work) == sent[1]["dwelling_id"]


def test_a_failure_of_ours_reaches_who_asked_and_ends_with_them(small_bundle, sent, monkeypatch):
    whole = gathering.tell

    def failing_once(*given, **how):
        monkeypatch.setattr(gathering, "tell", whole)
        raise RuntimeError("something nobody foresaw")

    monkeypatch.setattr(gathering, "tell", failing_once)

    async def work(table):
        with pytest.raises(RuntimeError):
            await table.value([sent[0]], in_full=False)
        return (await table.value([sent[0]], in_full=False))[0].value.dwelling_id

    assert asked(small_bundle, work) == sent[0]["dwelling_id"]


def test_more_than_can_wait_are_told_to_come_again(small_bundle, sent, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_WAITING", 3)

    async def work(table):
        with pytest.raises(Problem) as refused:
            await table.value(sent[:4], in_full=False)
        return refused.value.status, refused.value.headers, len(await table.value(sent[:3], in_full=False))

    assert asked(small_bundle, work) == (503, {"Retry-After": "2"}, 3)


def test_who_stops_after_the_first_part_leaves_nothing_to_be_valued(small_bundle, sent, monkeypatch):
    monkeypatch.setattr(gathering, "MOST_ROWS", 1)
    valued = []
    told = gathering.tell
    monkeypatch.setattr(gathering, "tell", lambda bundle, own, **how: valued.extend(own) or told(bundle, own, **how))

    async def work(table):
        async with aclosing(table.parts(sent[:5], in_full=False)) as parts:
            first = await anext(parts)
        after = await table.value([sent[5]], in_full=False)
        return [one.value.dwelling_id for one in (*first, *after)]

    assert asked(small_bundle, work) == [sent[0]["dwelling_id"], sent[5]["dwelling_id"]]
    # The second was ahead; the third was not asked for yet.
    assert [one["dwelling_id"] for one in valued if one not in (sent[0], sent[1])] == [sent[5]["dwelling_id"]]


def test_a_body_that_never_ends_is_given_up(settings, small_bundle):
    async def never() -> dict[str, Any]:
        await asyncio.sleep(60)
        return {}

    hurried = settings.model_copy(update={"body_timeout_s": 0.05})
    app = assemble(small_bundle.jurisdiction, hurried)
    app.state.service = Service.__new__(Service)
    app.state.service.settings = hurried
    request = Request({"type": "http", "method": "POST", "headers": [], "app": app}, never)
    with pytest.raises(Problem) as refused:
        asyncio.run(raw_body(request))
    assert (refused.value.status, refused.value.code) == (408, "body-too-slow")
