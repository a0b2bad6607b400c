"""`valuation what-if`: the value of a dwelling with some facts altered, or which fact would have to be wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.one_dwelling import bundle_of, dwelling_of, language_of, why_no_value
from valuation.command_line.terminal import result, say
from valuation.errors import WrongUse

if TYPE_CHECKING:
    import pandas as pd

    from valuation.appraisal.bundle import Bundle
    from valuation.reasons.what_if import WhatIf
    from valuation.reasons.wrong_fact import WrongFact, WrongFacts


def what_if(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    dwelling: Annotated[str, typer.Argument(help="Identity of a dwelling on the roll.", metavar="DWELLING")],
    altered: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A fact as it would be: `living_area_m2=69`, `has_lift=yes`; nothing after `=`: not recorded. Several "
            "may be given; with none it is said which single fact would have to be wrong for the value to be 10 % off.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="nb, nn or en; by default the first of the jurisdiction.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """Value a dwelling with some facts altered, and say what makes the difference."""
    changes = _changes(altered or [])
    bundle = bundle_of(run)
    spoken = language_of(language, bundle)
    row = dwelling_of(run, dwelling, bundle, spoken)
    content, sentences = (
        _with_changes(bundle, row, changes, spoken) if changes else _wrong_facts(run, bundle, row, spoken)
    )
    if as_json:
        whole = {"dwelling_id": dwelling, "language": spoken, **content, "sentences": sentences}
        whole |= {
            "currency": bundle.jurisdiction.currency,
            "valuation_date": bundle.jurisdiction.valuation_date.isoformat(),
            "is_synthetic": bundle.jurisdiction.is_synthetic,
            "model_version": bundle.model_version,
        }
        result(json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False))
        return
    if bundle.jurisdiction.is_synthetic:
        say("synthetic data: an invented dwelling")
    result("\n".join(sentences))


def _changes(altered: list[str]) -> dict[str, str]:
    changes: dict[str, str] = {}
    for item in altered:
        name, sign, value = item.partition("=")
        name = name.strip()
        if not sign or not name or name in changes:
            raise WrongUse(
                f"--set {item!r}" + (f": {name} is given twice" if name in changes else ""),
                expected="NAME=VALUE, each fact once",
                remedy="write it like --set living_area_m2=69",
            )
        changes[name] = value.strip()
    return changes


def _with_changes(
    bundle: Bundle, row: pd.DataFrame, changes: dict[str, str], language: str
) -> tuple[dict[str, Any], list[str]]:
    from valuation.reasons.what_if import what_if as ask
    from valuation.reasons.what_if import what_if_sentences

    answer = ask(bundle, row, changes, language=language)
    return _as_dict(answer, bundle, language), what_if_sentences(answer, bundle.jurisdiction, language)


def _as_dict(answer: WhatIf, bundle: Bundle, language: str) -> dict[str, Any]:
    from valuation.reasons.what_if import line_label

    return {
        "altered": [{"name": item.name, **item.told(bundle.jurisdiction, language)} for item in answer.facts],
        **{
            form: {
                name: getattr(value, name)
                for name in ("appraised_value", "lower_value", "upper_value", "coverage", "flags")
            }
            | {"no_value_code": why.reason.code if why is not None else None}
            for form, value, why in zip(
                ("before", "after"), (answer.before, answer.after), answer.why_none, strict=True
            )
        },
        "difference": answer.difference,
        "causes": [
            {"line": item.line, "label": line_label(item.line, bundle.jurisdiction, language), "amount": item.amount}
            for item in answer.causes
        ],
    }


def _wrong_facts(run: Path, bundle: Bundle, row: pd.DataFrame, language: str) -> tuple[dict[str, Any], list[str]]:
    import pandas as pd

    from valuation.reasons.wrong_fact import FactSpread, what_would_have_to_be_wrong, wrong_fact_sentences

    columns = [name for name in bundle.jurisdiction.characteristics if name in row]
    roll = pd.read_parquet(run / "roll.parquet", columns=columns)
    found = what_would_have_to_be_wrong(bundle, row, FactSpread.of(roll, bundle.jurisdiction))
    if found is None:
        raise why_no_value(bundle, row, language)
    return _wrong_as_dict(found, bundle, language), wrong_fact_sentences(found, bundle.jurisdiction, language)


def _wrong_as_dict(found: WrongFacts, bundle: Bundle, language: str) -> dict[str, Any]:
    def one(wrong: WrongFact | None) -> dict[str, Any] | None:
        if wrong is None:
            return None
        told = wrong.fact.told(bundle.jurisdiction, language)
        return {"name": wrong.fact.name, **told, "value": wrong.value, "size": round(wrong.size, 6)}

    return {
        "appraised_value": found.appraised_value,
        "share": found.share,
        "higher": one(found.up),
        "lower": one(found.down),
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="what-if")(what_if)
