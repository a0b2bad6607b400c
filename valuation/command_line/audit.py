"""`valuation audit`: is the record whole, where does it end, and what stands in it?"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO
from uuid import uuid4

import typer

from valuation.command_line import store
from valuation.command_line.terminal import ProgressDrawer, result, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from valuation.review.audit import AuditEvent
    from valuation.rolls.whole_record import WholeVerdict

audit_app = typer.Typer(help="Check, publish and export the record of all that was decided.", no_args_is_help=True)
_MOST_TOLD = 20


@audit_app.command()
def verify(
    head: Annotated[
        str | None,
        typer.Option("--head", help="Head that was published outside, as `valuation audit head` printed it."),
    ] = None,
    database: store.DatabaseUrl = None,
    as_json: store.AsJson = False,
) -> None:
    """Walk along all events, then hold every case, roll and value against them; exit code 3 when something is wrong."""
    from valuation.adapters.sql_store.snapshot import SqlRecordStore
    from valuation.errors import RecordRefused
    from valuation.review.audit import Head
    from valuation.rolls.whole_record import check_whole

    expected = None if head is None else Head.from_text(head)
    drawer = ProgressDrawer()
    try:
        with SqlRecordStore(store.database_at(database)).snapshot() as snapshot:
            verdict = check_whole(snapshot, expected, drawer)
    finally:
        drawer.close()
    result(_as_json(verdict) if as_json else _in_words(verdict))
    if not verdict.chain.was_held_against_a_head:
        say("no head was given: that the last events were cut off, or all of them written anew, is not seen this way")
        say("What to do: give --head with the line that was published last")
    if not verdict.is_whole:
        first = verdict.findings[0]
        raise RecordRefused(
            f"{first.subject}: {first.what}",
            expected="a record to which events were only ever added, and all that they are about as they say",
            remedy="change nothing; find out who had access, and restore the last backup whose head was published",
        )


def _in_words(verdict: WholeVerdict) -> str:
    if verdict.is_whole:
        return f"whole: {verdict.chain.n_events:,} events up to {verdict.chain.head}"
    more = len(verdict.findings) - _MOST_TOLD
    lines = [f"{one.subject}: {one.what}" for one in verdict.findings[:_MOST_TOLD]]
    return "\n".join(["not whole", *lines, *([f"... and {more:,} more"] if more > 0 else [])])


def _as_json(verdict: WholeVerdict) -> str:
    chain = verdict.chain
    content = {
        "is_whole": verdict.is_whole,
        "n_events": chain.n_events,
        "head": str(chain.head),
        "broken_at": chain.broken_at,
        "was_held_against_a_head": chain.was_held_against_a_head,
        "n_cases": verdict.n_cases,
        "n_rolls": verdict.n_rolls,
        "n_values": verdict.n_values,
        "findings": [asdict(finding) for finding in verdict.findings],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


@audit_app.command()
def head(database: store.DatabaseUrl = None) -> None:
    """Print where the record ends: the line to publish outside, where nobody of the office can change it."""
    from valuation.adapters.sql_store.reviews import SqlReviews

    result(str(SqlReviews(store.database_at(database)).head()))


@audit_app.command()
def export(
    out: Annotated[Path | None, typer.Option("--out", help="Write to this file, whole or not at all.")] = None,
    after: Annotated[int, typer.Option("--after", help="Only events behind this number.", min=0)] = 0,
    database: store.DatabaseUrl = None,
) -> None:
    """Write the events as JSON, one a line: each with its hash, which covers the rest of the line."""
    from valuation.adapters.sql_store.reviews import SqlReviews

    events = SqlReviews(store.database_at(database)).events(after=after)
    with _target(out) as target:
        n = _write(events, target)
    say(f"{n:,} events were exported")
    if out is not None:
        result(str(out))


def _write(events: Iterable[AuditEvent], target: TextIO) -> int:
    n = 0
    for event in events:
        n += 1
        # The canonical form as it was hashed, with the hash as its last key.
        target.write(f'{event.canonical()[:-1]},"sha256":"{event.sha256}"}}\n')
    return n


@contextmanager
def _target(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    aside = out.with_name(f".{out.name}.{uuid4().hex}.aside")
    try:
        with aside.open("x", encoding="utf-8") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(aside, out)
    except OSError as error:
        error.filename = str(out)
        raise
    finally:
        aside.unlink(missing_ok=True)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(audit_app, name="audit")
