"""`valuation letter`: what an owner is told of one value, or the letters of the whole roll."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.one_dwelling import bundle_of, language_of
from valuation.command_line.terminal import ProgressDrawer, result, say
from valuation.errors import WrongUse

if TYPE_CHECKING:
    from valuation.letters.mailing import Way
    from valuation.letters.records import ValuedRoll


def letter(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    dwelling: Annotated[
        str | None, typer.Argument(help="Identity of a dwelling on the roll; or give --all.", metavar="DWELLING")
    ] = None,
    whole_roll: Annotated[
        bool, typer.Option("--all", help="Write the letters of the whole roll; a stopped call goes on.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder to write to; by default `letters` in the run. --all needs it.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="nb, nn or en; by default the first of the jurisdiction.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="html, or pdf (PDF/UA-1; needs the extra `letters`).")] = "html",
    sent: Annotated[
        str | None,
        typer.Option("--sent", help="Day of sending, such as 2027-03-01: from it the last day to complain is counted."),
    ] = None,
    decisions: Annotated[
        Path | None,
        typer.Option("--decisions", help="What caseworkers decided (CSV or Parquet); without it all are proposals."),
    ] = None,
    wrong_facts: Annotated[
        bool,
        typer.Option("--wrong-facts", help="Also say which fact would have to be wrong: half a second a dwelling."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Write the letter of a dwelling, or of every dwelling of the roll: value, range, reasons, and how to complain."""
    _check_asked(dwelling, whole_roll, out, form)
    day = _day(sent)
    with _way(form, many=whole_roll) as way:
        roll = _opened(run, day, decisions, wrong_facts)
        spoken = way(language_of(language, roll.bundle))
        if roll.place.is_synthetic:
            say("synthetic data: invented dwellings, and no letter to send")
        if whole_roll:
            assert out is not None
            written = _all(roll, spoken, out)
        else:
            written = _one(roll, str(dwelling), spoken, out or run / "letters")
    result(json.dumps(written, indent=2, ensure_ascii=False) if as_json else str(written["file"]))


def _check_asked(dwelling: str | None, whole_roll: bool, out: Path | None, form: str) -> None:
    from valuation.letters.mailing import FORMATS

    if whole_roll == (dwelling is not None):
        raise WrongUse(
            "a dwelling and --all together" if whole_roll else "neither a dwelling nor --all",
            expected="the identity of one dwelling, or --all for the whole roll",
            remedy="valuation letter RUN DWELLING, or valuation letter RUN --all --out DIR",
        )
    if whole_roll and out is None:
        raise WrongUse("--all without --out", expected="a folder for the letters", remedy="add --out DIR")
    if form not in FORMATS:
        raise WrongUse(f"--format {form!r}", expected=", ".join(FORMATS), remedy="choose one of them")


def _day(sent: str | None) -> date | None:
    if sent is None:
        return None
    try:
        return date.fromisoformat(sent)
    except ValueError:
        raise WrongUse(f"--sent {sent!r}", expected="a day such as 2027-03-01", remedy="write it so") from None


@contextmanager
def _way(form: str, *, many: bool) -> Iterator[Callable[[str], Way]]:
    """Give what makes a way of writing of a language; refuses at once where no PDF can be made."""
    from valuation.letters.mailing import Way

    if form == "html":
        yield lambda language: Way(language, "html", str.encode)
        return
    from valuation.adapters.weasyprint_letters import LetterPress, LetterPrinter

    printer = LetterPrinter()
    if not many:
        yield lambda language: Way(language, "pdf", printer.pdf, printer.version)
        return
    with LetterPress() as press:
        yield lambda language: Way(language, "pdf", printer.pdf, printer.version, press.pdfs)


def _opened(run: Path, day: date | None, decisions: Path | None, wrong_facts: bool) -> ValuedRoll:
    from valuation.appraisal.looked_at import read_decisions
    from valuation.letters.records import Asked, ValuedRoll

    read = None if decisions is None else read_decisions(decisions)
    bundle = bundle_of(run)
    if day is not None and day < bundle.jurisdiction.valuation_date:
        raise WrongUse(
            f"--sent {day.isoformat()} lies before the day of the values",
            expected=f"{bundle.jurisdiction.valuation_date.isoformat()} or later",
            remedy="give the day on which the letters are sent",
        )
    return ValuedRoll(bundle, run, Asked(day, read, with_wrong_facts=wrong_facts))


def _one(roll: ValuedRoll, dwelling: str, way: Way, out: Path) -> dict[str, Any]:
    from valuation.appraisal.digest import sha256_of
    from valuation.command_line.places import check_can_write
    from valuation.letters.mailing import write_letter

    (record,) = roll.records([dwelling], language=way.language)
    check_can_write(out)
    path = write_letter(record, way, out)
    if record.reason is not None:
        say("the dwelling has no value: the letter says why")
    return {
        "dwelling_id": dwelling,
        "file": str(path),
        "sha256": sha256_of(path),
        "language": way.language,
        "is_valued": record.valued is not None,
        "is_decided": record.is_decided,
        "last_day": None if record.last_day is None else record.last_day.isoformat(),
    }


def _all(roll: ValuedRoll, way: Way, out: Path) -> dict[str, Any]:
    from valuation.command_line.places import check_can_write
    from valuation.errors import Interrupted
    from valuation.letters.mailing import MANIFEST, Mailing
    from valuation.pipeline.run import locked

    check_can_write(out)
    drawer = ProgressDrawer()
    try:
        with locked(out):
            manifest = Mailing(roll, way, out).write(drawer)
    except KeyboardInterrupt as stop:
        raise Interrupted(
            f"stopped; the letters that are finished stand in {out}", remedy="give the same command to go on"
        ) from stop
    finally:
        drawer.close()
    say(f"{manifest['n_letters']:,} letters, {manifest['n_without_value']:,} of them say why there is no value")
    return {name: value for name, value in manifest.items() if name != "letters"} | {"file": str(out / MANIFEST)}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="letter")(letter)
