"""How are many asked at once valued as one table? What arrives within a moment is gathered and appraised together.

A value does not depend on its company (tested), and a table of sixteen costs little more than one of one. One thread
values; while it does, the next table gathers. Large requests are cut, so that a single dwelling does not wait for a
thousand.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from api.metrics import Metrics
from api.problem import Problem
from api.words import words_of
from valuation.appraisal.appraise import appraise
from valuation.appraisal.appraised_value import AppraisedValue
from valuation.appraisal.bundle import Bundle
from valuation.appraisal.explained import MoneyLines
from valuation.appraisal.in_full import FullAppraisal, appraise_in_full
from valuation.dwellings.facts import Facts, Floats, Texts
from valuation.errors import InputRefused
from valuation.explanation.adjustment_grid import AdjustmentGrid
from valuation.explanation.tree_path import TreePath
from valuation.flags.catalogue import RaisedFlag
from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.reasons.no_value import Found, reasons_for_no_value

MOST_ROWS = 250
"""Dwellings in one table: the longest that somebody with one dwelling waits for others."""
MOST_WAITING = 20_000
"""Dwellings that may wait; more are asked to come again."""
_PARTS_AHEAD = 2

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """The answer to one dwelling; what was not asked for is None."""

    value: AppraisedValue
    flags: tuple[RaisedFlag, ...]
    why_none: Found | None = None
    """Why there is no value, where there is none."""
    contributions: MoneyLines | None = None
    grid: AdjustmentGrid | None = None
    path: TreePath | None = None


@dataclass
class _Job:
    records: Sequence[Record]
    in_full: bool
    answer: asyncio.Future[list[Told]] = field(repr=False)


class Gathering:
    """Values dwellings for the routes of one worker.

    Parameters
    ----------
    bundle : Bundle
        The model version that is served.
    wait_s : float
        For how long an idle worker waits for company.
    metrics : Metrics, optional
        Told how many dwellings are valued together, and how many wait.
    """

    def __init__(self, bundle: Bundle, *, wait_s: float = 0.002, metrics: Metrics | None = None) -> None:
        self.bundle = bundle
        self._wait_s = wait_s
        self._metrics = metrics or Metrics()
        # One for each event loop: what waits in one is not woken from another. A server has one.
        self._tables: dict[asyncio.AbstractEventLoop, _Table] = {}

    async def value(self, records: Sequence[Record], *, in_full: bool) -> list[Told]:
        """Return the answer to each dwelling, in order.

        Parameters
        ----------
        records : sequence of mapping
            One dwelling each: the identity, the place, the prior value and every characteristic, None where not known.
        in_full : bool
            With contributions, grid and path; else value and flags alone.

        Raises
        ------
        InputRefused
            As `appraise`, for these dwellings and no others.
        Problem
            503 when too many wait.
        """
        return [told async for part in self.parts(records, in_full=in_full) for told in part]

    async def parts(self, records: Sequence[Record], *, in_full: bool) -> AsyncIterator[list[Told]]:
        """Yield the answers part by part, in order; the next part is valued while one is told.

        A thousand answers in full are tens of megabytes: whoever writes down each part lets go of it.

        Parameters
        ----------
        records, in_full
            As for `value`, which also says what is raised.
        """
        loop = asyncio.get_running_loop()
        table = self._tables.get(loop)
        if table is None:
            table = self._tables[loop] = _Table(self.bundle, self._wait_s, self._metrics)
        cut = [records[start : start + MOST_ROWS] for start in range(0, len(records), MOST_ROWS)]
        ahead: deque[asyncio.Future[list[Told]]] = deque()
        try:
            for number in range(len(cut)):
                to_ask = cut[number + len(ahead) : number + _PARTS_AHEAD]
                ahead.extend(table.added([_Job(part, in_full, loop.create_future()) for part in to_ask]))
                yield await ahead.popleft()
        finally:
            for part in ahead:
                part.cancel()

    async def close(self) -> None:
        """Stop: what is being valued is finished, what waits is not begun."""
        table = self._tables.pop(asyncio.get_running_loop(), None)
        if table is not None:
            await table.close()


class _Table:
    """What waits to be valued, and the thread that values it."""

    def __init__(self, bundle: Bundle, wait_s: float, metrics: Metrics) -> None:
        self._bundle, self._wait_s, self._metrics = bundle, wait_s, metrics
        self._waiting: deque[_Job] = deque()
        self._n_waiting = 0
        self._arrived = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="appraise")
        self._runner = asyncio.get_running_loop().create_task(self._run())

    def added(self, jobs: Sequence[_Job]) -> list[asyncio.Future[list[Told]]]:
        """Add jobs and return where their answers will be."""
        n_rows = sum(len(job.records) for job in jobs)
        if self._n_waiting + n_rows > MOST_WAITING:
            raise Problem(503, "too-many-requests", words_of("too-many-requests"), headers={"Retry-After": "2"})
        self._waiting.extend(jobs)
        self._n_waiting += n_rows
        self._arrived.set()
        return [job.answer for job in jobs]

    async def close(self) -> None:
        """Stop."""
        self._runner.cancel()
        for job in self._waiting:
            job.answer.cancel()
        await asyncio.to_thread(self._thread.shutdown)

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._arrived.wait()
            if self._wait_s and len(self._waiting) == 1:
                await asyncio.sleep(self._wait_s)
            jobs = self._next()
            if not jobs:
                continue
            try:
                answers = await loop.run_in_executor(self._thread, answers_to, self._bundle, jobs_of(jobs))
            except Exception as error:
                # Whoever asked gets it; those who come after must still be answered.
                answers = [error] * len(jobs)
            for job, answer in zip(jobs, answers, strict=True):
                _hand_over(job.answer, answer)

    def _next(self) -> list[_Job]:
        """Take jobs of one kind from the front, as many as one table holds; leave the others in their order."""
        taken: list[_Job] = []
        left: deque[_Job] = deque()
        n_rows = 0
        while self._waiting:
            job = self._waiting.popleft()
            if job.answer.done():
                self._n_waiting -= len(job.records)
                continue
            fits = not taken or (job.in_full == taken[0].in_full and n_rows + len(job.records) <= MOST_ROWS)
            if fits:
                taken.append(job)
                n_rows += len(job.records)
            else:
                left.append(job)
        self._waiting = left
        self._n_waiting -= n_rows
        self._metrics.waiting.set(self._n_waiting)
        if taken:
            self._metrics.tables.observe(n_rows)
        if not left:
            self._arrived.clear()
        return taken


def jobs_of(jobs: Sequence[_Job]) -> list[tuple[Sequence[Record], bool]]:
    """Return what the thread needs of the jobs: it touches nothing of the loop."""
    return [(job.records, job.in_full) for job in jobs]


def _hand_over(waiting: asyncio.Future[list[Told]], answer: list[Told] | Exception) -> None:
    if waiting.done():
        return
    if isinstance(answer, Exception):
        waiting.set_exception(answer)
    else:
        waiting.set_result(answer)


def answers_to(bundle: Bundle, asked: Sequence[tuple[Sequence[Record], bool]]) -> list[list[Told] | Exception]:
    """Value several requests of one kind as one table; return the answers of each, or what speaks against it."""
    records = [record for own, _ in asked for record in own]
    in_full = asked[0][1]
    try:
        told = iter(tell(bundle, records, in_full=in_full))
        return [[next(told) for _ in own] for own, _ in asked]
    except InputRefused as refused:
        if len(asked) == 1:
            return [refused]
    # One of them is refused: each alone, so that it does not take the others with it.
    return [answers_to(bundle, [one])[0] for one in asked]


def tell(bundle: Bundle, records: Sequence[Record], *, in_full: bool) -> list[Told]:
    """Value dwellings as one table."""
    facts = facts_of(records, bundle.jurisdiction)
    told = list(_in_full(bundle, facts) if in_full else _with_flags(bundle, facts))
    without = [place for place, one in enumerate(told) if one.value.appraised_value is None]
    if not without:
        return told
    reasons = reasons_for_no_value(bundle, facts_of([records[place] for place in without], bundle.jurisdiction))
    for place, why in zip(without, reasons, strict=True):
        told[place] = Told(**{**vars(told[place]), "why_none": why})
    return told


def _with_flags(bundle: Bundle, facts: Facts) -> Iterator[Told]:
    answers = appraise(bundle, facts)
    raised = answers.raised.of_each() if answers.raised is not None else []
    return (Told(value, flags) for value, flags in zip(answers, raised, strict=True))


def _in_full(bundle: Bundle, facts: Facts) -> Iterator[Told]:
    def told(one: FullAppraisal) -> Told:
        return Told(one.value, one.flags, None, one.contributions, one.grid, one.path)

    return map(told, appraise_in_full(bundle, facts))


def facts_of(records: Sequence[Record], jurisdiction: Jurisdiction) -> Facts:
    """Return dwellings as columns, as `appraise` takes them: texts and None for levels, numbers and NaN for all else.

    No table: of one dwelling it costs as much as its value.
    """
    place = ("x_m", "y_m") if jurisdiction.coordinates is not None else ()
    numbers = [name for name, item in jurisdiction.characteristics.items() if not item.is_categorical]
    texts = ["dwelling_id", *jurisdiction.characteristics.categories()]
    return Facts(
        len(records),
        {name: _numbers(records, name) for name in (*numbers, *place, "prior_value")},
        {name: _texts(records, name) for name in texts},
    )


def _numbers(records: Sequence[Record], name: str) -> Floats:
    # None becomes NaN.
    return np.array([record.get(name) for record in records], dtype=np.float64)


def _texts(records: Sequence[Record], name: str) -> Texts:
    made = np.empty(len(records), dtype=object)
    made[:] = [record.get(name) for record in records]
    return made
