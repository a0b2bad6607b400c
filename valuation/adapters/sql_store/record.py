"""How does an event get its place in the record, and how is the record read again?"""

from __future__ import annotations

import json
from collections.abc import Iterator

import sqlalchemy as sa

from valuation.adapters.sql_store.tables import EVENTS
from valuation.review.audit import NO_EVENT, AuditEvent, Head, NewEvent, chained
from valuation.review.document import canonical

_READ_AT_ONCE = 2_000


def head_of(connection: sa.Connection) -> Head:
    """Return where the record ends."""
    last = connection.execute(sa.select(EVENTS.c.number, EVENTS.c.sha256).order_by(EVENTS.c.number.desc()).limit(1))
    found = last.one_or_none()
    return NO_EVENT if found is None else Head(found.number, found.sha256)


def append(connection: sa.Connection, event: NewEvent) -> AuditEvent:
    """Add an event behind the last one, on a connection that alone writes."""
    placed = chained(event, head_of(connection))
    connection.execute(sa.insert(EVENTS), [row_of(placed)])
    return placed


def row_of(event: AuditEvent) -> dict[str, str | int]:
    """Return an event as a row of its table."""
    return {
        "number": event.number,
        "at": event.at,
        "actor": event.actor,
        "action": event.action,
        "subject_kind": event.subject_kind,
        "subject_id": event.subject_id,
        "details": canonical(event.details),
        "previous_sha256": event.previous_sha256,
        "sha256": event.sha256,
    }


def events(
    connection: sa.Connection, *, after: int = 0, subject_kind: str | None = None, subject_id: str | None = None
) -> Iterator[AuditEvent]:
    """Yield events by number, a few thousand at a time.

    A row whose details are no JSON any more is given with the text it holds: its hash says that it was changed.
    """
    asked = sa.select(EVENTS).where(EVENTS.c.number > after).order_by(EVENTS.c.number)
    if subject_kind is not None:
        asked = asked.where(EVENTS.c.subject_kind == subject_kind)
    if subject_id is not None:
        asked = asked.where(EVENTS.c.subject_id == subject_id)
    # Closed also where a reader stops on the way, as at the first bad event.
    with connection.execute(asked, execution_options={"yield_per": _READ_AT_ONCE}) as rows:
        for row in rows.mappings():
            yield AuditEvent(**{**row, "details": _content(row["details"])})


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _content(text: str) -> dict:
    try:
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        content = None
    return content if isinstance(content, dict) else {"": text}
