"""Which cases does a query mean, in which order, and how many stand where? In SQL, every wish a bound value.

A case without the amount that is sorted by counts as above all others; what is left equal is in the rising order of
`case_id`. A page begins behind the last case of the page before, so that no case is shown twice or left out because
another one changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from valuation.adapters.sql_store.cursor import Key, cursor_after, keys_of
from valuation.adapters.sql_store.rolls_search import meant_by
from valuation.adapters.sql_store.tables import CASE_FLAGS, CASES, EVENTS, VALUES
from valuation.review.repository import DECIDING, CaseQuery, Facets
from valuation.rolls.search import parsed

_DAY_US = 86_400_000_000
_START = datetime(1970, 1, 1, tzinfo=UTC)
_AMOUNTS: dict[str, tuple[type, ...]] = {"opened_at": (str,), "market_area": (str,)}
"""What the amount is that a query sorts by, where it is no number."""


@dataclass(frozen=True)
class Order:
    """The order of a query, and the case it goes on behind."""

    query: CaseQuery
    as_of_us: int
    """Moment at which ages are counted, in microseconds since 1970: that of the first page."""
    after: tuple[Key, ...] | None

    @classmethod
    def of(cls, query: CaseQuery, cursor: str | None) -> Order:
        """Return the order from the first case on, or from behind the last one of a page."""
        if cursor is None:
            return cls(query, _asked_moment(query), None)
        *after, as_of_us = keys_of(cursor, replace(query, as_of=None), _kinds(query))
        return cls(query, int(as_of_us or 0), tuple(after))

    def cursor_after(self, row: Any) -> str:
        """Return the cursor behind a row of `ids_of`."""
        keys = [bool(row.is_missing), row.amount, row.case_id, self.as_of_us]
        return cursor_after(replace(self.query, as_of=None), keys)

    @property
    def amount(self) -> sa.ColumnElement[Any]:
        """Return what is sorted by."""
        if self.query.sort == "expected_harm":
            return self._harm
        return CASES.c[self.query.sort]

    @property
    def _harm(self) -> sa.ColumnElement[Any]:
        """As `valuation/review/queue.py` reckons it: chance of a large error × stake × days begun."""
        begun = (sa.literal(self.as_of_us, sa.BigInteger()) - CASES.c.opened_us) // _DAY_US + 1
        age_days = sa.case((begun < 1, 1), else_=begun)
        stake = sa.func.coalesce(CASES.c.expected_tax_error, sa.cast(CASES.c.appraised_value, sa.Double()))
        return CASES.c.error_risk * stake * age_days


def _kinds(query: CaseQuery) -> tuple[tuple[type, ...], ...]:
    return ((bool,), (*_AMOUNTS.get(query.sort, (int, float)), type(None)), (str,), (int,))


def _asked_moment(query: CaseQuery) -> int:
    return 0 if query.as_of is None else microseconds(query.as_of)


def microseconds(moment: str) -> int:
    """Return a moment (UTC with Z) in microseconds since 1970.

    Examples
    --------
    >>> microseconds("1970-01-02T00:00:00.000001Z")
    86400000001
    """
    return (datetime.fromisoformat(moment) - _START) // timedelta(microseconds=1)


def ids_of(query: CaseQuery, order: Order) -> sa.Select[Any]:
    """Return the question for `case_id, is_missing, amount` of the cases, in order."""
    is_missing = order.amount.is_(None)
    asked = sa.select(CASES.c.case_id, is_missing.label("is_missing"), order.amount.label("amount"))
    asked = asked.where(*filters_of(query, _meant(query)))
    directions = (
        (is_missing.desc(), order.amount.desc()) if query.is_descending else (is_missing.asc(), order.amount.asc())
    )
    if order.after is not None:
        asked = asked.where(_is_behind(order))
    return asked.order_by(*directions, CASES.c.case_id)


def places_of(query: CaseQuery) -> sa.Select[Any]:
    """Return the question for `case_id, value_id, market_area, x_m, y_m` of all cases of a query."""
    asked = sa.select(CASES.c.case_id, CASES.c.value_id, CASES.c.market_area, VALUES.c.x_m, VALUES.c.y_m)
    asked = asked.join_from(CASES, VALUES, VALUES.c.value_id == CASES.c.value_id, isouter=True)
    return asked.where(*filters_of(query, _meant(query))).order_by(CASES.c.case_id)


def last_decided(actor: str, roll_id: str) -> sa.Select[Any]:
    """Return the question for the documents of cases that somebody ever decided, the last decided first."""
    decided = sa.select(EVENTS.c.subject_id, sa.func.max(EVENTS.c.number).label("last"))
    decided = decided.where(EVENTS.c.actor == actor, EVENTS.c.action.in_(DECIDING), EVENTS.c.subject_kind == "case")
    last = decided.group_by(EVENTS.c.subject_id).subquery()
    asked = sa.select(CASES.c.document).join_from(last, CASES, CASES.c.case_id == last.c.subject_id)
    return asked.where(CASES.c.roll_id == roll_id).order_by(last.c.last.desc())


def _is_behind(order: Order) -> sa.ColumnElement[bool]:
    was_missing, last, last_id, *_ = order.after or ()
    has_amount = order.amount.is_not(None)
    is_later = CASES.c.case_id > last_id
    if was_missing:
        behind = sa.and_(sa.not_(has_amount), is_later)
        return sa.or_(behind, has_amount) if order.query.is_descending else behind
    further = order.amount < last if order.query.is_descending else order.amount > last
    behind = sa.and_(has_amount, sa.or_(further, sa.and_(order.amount == last, is_later)))
    return behind if order.query.is_descending else sa.or_(behind, sa.not_(has_amount))


def filters_of(query: CaseQuery, meant: sa.CTE | None, *, without: str = "") -> list[sa.ColumnElement[bool]]:
    """Return what a case must fulfil.

    Parameters
    ----------
    query : CaseQuery
    meant : CTE or None
        The dwellings that what was typed may mean.
    without : str
        A filter to leave out, by its name: a facet is counted without its own.
    """
    filters: list[sa.ColumnElement[bool]] = []
    for name, column in _LISTS.items():
        wished = getattr(query, name)
        if wished and name != without:
            filters.append(column.in_(wished))
    if query.flags and without != "flags":
        flagged = sa.select(CASE_FLAGS.c.case_id).where(CASE_FLAGS.c.code.in_(query.flags))
        filters.append(CASES.c.case_id.in_(flagged))
    for name in _SINGLES:
        wished = getattr(query, name)
        if wished is not None:
            filters.append(CASES.c[name] == wished)
    if query.bounds is not None:
        x_from, y_from, x_to, y_to = query.bounds
        inside = sa.select(VALUES.c.value_id)
        inside = inside.where(VALUES.c.x_m.between(x_from, x_to), VALUES.c.y_m.between(y_from, y_to))
        filters.append(CASES.c.value_id.in_(inside if query.roll_id is None else inside.where(_is_of(query.roll_id))))
    if query.districts is not None:
        filters.append(CASES.c.market_area.in_(sorted(query.districts)))
    return filters if meant is None else [*filters, _is_meant(query, meant)]


def _is_of(roll_id: str) -> sa.ColumnElement[bool]:
    # Named, so that the index of places is used: it begins with the roll.
    return VALUES.c.roll_id == roll_id


_LISTS = {"states": CASES.c.state, "market_areas": CASES.c.market_area, "dwelling_types": CASES.c.dwelling_type}
_SINGLES = ("roll_id", "dwelling_id", "reserved_by", "returned_to", "is_blind")


def _meant(query: CaseQuery) -> sa.CTE | None:
    """Return the dwellings that what was typed may mean; None where nothing was typed."""
    if query.text is None or not query.text.strip():
        return None
    return meant_by(parsed(query.text), query.roll_id).cte("meant")


def _is_meant(query: CaseQuery, meant: sa.CTE) -> sa.ColumnElement[bool]:
    identity = parsed(query.text or "").identity
    place = sa.tuple_(CASES.c.roll_id, CASES.c.dwelling_id)
    is_named = sa.or_(CASES.c.case_id == identity, CASES.c.dwelling_id == identity)
    return sa.or_(is_named, place.in_(sa.select(meant.c.roll_id, meant.c.dwelling_id)))


def facets_of(connection: sa.Connection, query: CaseQuery) -> Facets:
    """Count the cases of a query by state, flag, area and type, each without its own filter.

    One question: what was typed is looked up once for all of them.
    """
    meant = _meant(query)
    asked = [
        sa.select(sa.literal(name).label("facet"), column.label("what"), sa.func.count().label("n"))
        .where(*filters_of(query, meant, without=name), column.is_not(None))
        .group_by(column)
        for name, column in _LISTS.items()
    ]
    asked.append(
        sa.select(sa.literal("flags"), CASE_FLAGS.c.code, sa.func.count())
        .join_from(CASE_FLAGS, CASES)
        .where(*filters_of(query, meant, without="flags"))
        .group_by(CASE_FLAGS.c.code)
    )
    counted: dict[str, dict[Any, int]] = {name: {} for name in (*_LISTS, "flags")}
    for facet, what, n in connection.execute(sa.union_all(*asked).order_by("facet", "what")):
        counted[facet][what] = n
    return Facets(**counted)
