"""`valuation reproduce`: a released value is made again from what was kept; the same or not?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from valuation.command_line import store
from valuation.command_line.terminal import result, say

if TYPE_CHECKING:
    from valuation.rolls.archive import Archive
    from valuation.rolls.repository import RollRepository
    from valuation.rolls.reproduction import Reproduction


def reproduce(
    value_id: Annotated[
        str | None, typer.Argument(metavar="[VALUE_ID]", help="Identity of a released value, as the letter has it.")
    ] = None,
    n_drawn: Annotated[int, typer.Option("--random", help="Draw so many values instead.", min=1, max=10_000)] = 50,
    n_rolls: Annotated[int, typer.Option("--rolls", help="Draw from so many of the newest rolls.", min=1)] = 2,
    seed: Annotated[int | None, typer.Option("--seed", help="Draw the same values again.")] = None,
    database: store.DatabaseUrl = None,
    archive: store.ArchiveFolder = None,
    as_json: store.AsJson = False,
) -> None:
    """Make a released value again from its record and the archived model version; exit code 4 when it is not the same.

    Without VALUE_ID, values are drawn at random.
    """
    from valuation.adapters.sql_store.rolls import SqlRolls

    rolls, kept = SqlRolls(store.database_at(database)), store.archive_at(archive)
    if value_id is None:
        made = _drawn(rolls, kept, n_drawn, n_rolls, seed)
    else:
        from valuation.rolls.reproduction import reproduce as make_again

        value = rolls.value(value_id)
        made = [make_again(value, rolls.roll(value.roll_id), kept)]
    content = [asdict(one) | {"is_same": one.is_same} for one in made]
    if as_json:
        result(json.dumps(content[0] if value_id is not None else content, indent=2, ensure_ascii=False))
    else:
        result("\n".join(line for one in made for line in _in_words(one, is_alone=value_id is not None)))
    _judge(made)


def _drawn(rolls: RollRepository, archive: Archive, n: int, n_rolls: int, seed: int | None) -> list[Reproduction]:
    from valuation.rolls.drawn_values import drawn_values
    from valuation.rolls.reproduction import reproduce as make_again

    made: list[Reproduction] = []
    for roll, values in drawn_values(rolls, archive, n, n_rolls=n_rolls, seed=seed):
        bundle = archive.bundle_of(roll)
        made += [make_again(value, roll, archive, bundle) for value in values]
        say(f"{roll.roll_id}: {len(values)} values drawn")
    if not made:
        from valuation.errors import RollNotFound

        raise RollNotFound("no roll was released", remedy="release a finished run: valuation release RUN")
    return made


def _in_words(made: Reproduction, *, is_alone: bool) -> list[str]:
    money = "no value" if made.appraised_value is None else f"{made.appraised_value}"
    lines = [f"{made.value_id} {made.dwelling_id}: {money}, {'same' if made.is_same else 'NOT the same'}"]
    lines += [f"  {one.what}: stored {one.stored}, made again {one.made_again}" for one in made.differences]
    if is_alone:
        lines += [f"  {code}: shows only among the others of the roll, not made again" for code in made.not_made_again]
        lines += [f"  {name}: {text}" for name, text in made.hashes.items()]
    return lines


def _judge(made: list[Reproduction]) -> None:
    from valuation.errors import GateNotPassed

    wrong = [one for one in made if not one.is_same]
    if wrong:
        raise GateNotPassed(
            f"{len(wrong)} of {len(made)} values are not what they were released as: first {wrong[0].value_id}, "
            f"{wrong[0].differences[0].what}",
            expected="the same value, range, flags and explanation to the last bit",
            remedy="valuation audit verify says whether the store was changed; else compare machine and libraries",
        )
    say(f"{len(made)} of {len(made)} values are the same, with range, flags and explanation")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reproduce)
