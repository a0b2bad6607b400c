"""`valuation budget`: how many cases can the office settle, and what do they find?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from valuation.command_line.terminal import result
from valuation.command_line.terminal import say as talk
from valuation.languages.spoken import recorded, say, speaking

if TYPE_CHECKING:
    import pandas as pd

    from valuation.flags.budget import Setting, Yield


def budget(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    caseworkers: Annotated[float | None, typer.Option(help="People who settle cases; 1.5 is one and a half.")] = None,
    weeks: Annotated[float | None, typer.Option(help="Weeks they have.")] = None,
    cases_per_week: Annotated[float | None, typer.Option(help="Cases one of them settles in a week.")] = None,
    cases: Annotated[int | None, typer.Option(help="Number of cases, instead of people and weeks.")] = None,
    risk: Annotated[
        float | None, typer.Option(help="Send every dwelling with a stated chance over this: 0.3 is 30 %.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="nb, nn or en; by default the first of the jurisdiction.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Say from which stated chance of a large error on the office can look, and what that is expected to find."""
    from valuation.flags import budget as budgets
    from valuation.languages.language import language_asked

    n_cases = _n_cases(caseworkers, weeks, cases_per_week, cases, risk)
    roll, sales, made = _read(run)
    spoken = language_asked(language, made["languages"])
    if risk is not None:
        setting = budgets.setting_by_risk(roll, risk)
    else:
        assert n_cases is not None
        setting = budgets.setting_by_budget(roll, n_cases)
    found = budgets.yield_of(
        roll, sales, setting.limit, n_resamples=made["evaluate"]["n_bootstrap"], seed=made["train"]["seed"]
    )
    if as_json:
        result(json.dumps(_as_json(run, roll, setting, found), indent=2, ensure_ascii=False, allow_nan=False))
        return
    with speaking(spoken):
        for line in _told(roll, setting, found, is_synthetic=made["is_synthetic"]):
            talk(line)
        result(f"flags:\n  {budgets.SETTING}: {setting.limit:g}")
        talk(say("Next: put these two lines into params.yaml, or the jurisdiction's own, and run again"))


def _n_cases(
    caseworkers: float | None, weeks: float | None, cases_per_week: float | None, cases: int | None, risk: float | None
) -> int | None:
    """Return the cases that can be settled; None where the setting goes by risk."""
    from valuation.errors import WrongUse
    from valuation.flags.budget import n_of_staff

    staff = (caseworkers, weeks, cases_per_week)
    ways = [any(part is not None for part in staff), cases is not None, risk is not None]
    if sum(ways) != 1:
        raise WrongUse(
            "no budget and no risk is given" if not any(ways) else "more than one way to choose is given",
            expected="--caseworkers, --weeks and --cases-per-week; or --cases; or --risk",
            remedy="for example: valuation budget RUN --caseworkers 2 --weeks 6 --cases-per-week 60",
        )
    if not ways[0]:
        return cases
    if caseworkers is None or weeks is None or cases_per_week is None:
        names = zip(("--caseworkers", "--weeks", "--cases-per-week"), staff, strict=True)
        raise WrongUse(
            f"{', '.join(name for name, given in names if given is None)} is not given",
            expected="all three: people, weeks, and the cases one of them settles in a week",
        )
    return n_of_staff(caseworkers, weeks, cases_per_week)


def _read(run: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    """Return the roll, the valid holdout sales, and how the run was made."""
    from valuation.appraisal.receipt import check_signed, read_receipt
    from valuation.errors import InputRefused
    from valuation.report.run_folder import NotGiven, RunFolder

    receipt = read_receipt(run)
    for name in ("values.parquet", "holdout_values.parquet"):
        check_signed(run, name, receipt)
    folder = RunFolder(run)
    try:
        roll = folder.table("values.parquet", ("dwelling_id", "appraised_value", "error_risk", "flags"))
        needed = ("sale_id", "dwelling_id", "sale_price", "appraised_value", "error_risk", "flags", "is_valid_sale")
        sales = folder.table("holdout_values.parquet", needed)
        made = folder.json("bundle/params.json") | folder.json("bundle/manifest.json")
        place = "bundle/jurisdiction.json"
        made["languages"] = folder.json(place)["languages"] if folder.has(place) else ["en"]
    except NotGiven as error:
        raise InputRefused(
            f"{run}: {error.found}",
            expected="a finished run of this version of the program",
            remedy="give the command of the run again (`evaluate` writes the sales, `revalue` the roll)",
        ) from error
    if not all(isinstance(made.get(section), dict) for section in ("evaluate", "train")) or "is_synthetic" not in made:
        raise InputRefused(
            f"{run}: bundle/params.json or bundle/manifest.json does not say how the run was made",
            expected="the settings of `evaluate` and `train`, and whether the data is synthetic",
            remedy="give the command of the run again",
        )
    for name, table in (("values.parquet", roll), ("holdout_values.parquet", sales)):
        _check_chances(run, name, table)
    return roll, sales[sales["is_valid_sale"].to_numpy(dtype=bool)].reset_index(drop=True), made


def _check_chances(run: Path, name: str, table: pd.DataFrame) -> None:
    """Refuse a table without a row, or with a stated chance that is none."""
    import pandas as pd

    from valuation.errors import InputRefused

    chance = pd.to_numeric(table["error_risk"], errors="coerce")
    wrong = table["error_risk"].notna() & ~chance.between(0, 1)
    if table.empty or wrong.any():
        found = f"error_risk {table.loc[wrong, 'error_risk'].iloc[0]!r}" if wrong.any() else "no row"
        raise InputRefused(
            f"{run}: {name} holds {found}",
            expected="rows with chances from 0 to 1",
            remedy="give the command of the run again",
        )


def _told(roll: pd.DataFrame, setting: Setting, found: Yield, *, is_synthetic: bool) -> list[str]:
    from valuation.flags.budget import flags_on_roll

    n = setting.n_dwellings
    lines = [say("Synthetic data.")] if is_synthetic else []
    if setting.n_asked is not None:
        lines.append(
            say(
                "The office can settle {n:,} cases, {share:.1%} of {all:,} dwellings.",
                n=setting.n_asked,
                share=setting.n_asked / n,
                all=n,
            )
        )
    lines += [
        say("{n:,} cases ({share:.1%} of the roll) come up:", n=setting.n_cases, share=setting.n_cases / n),
        "  " + say("{n:,} whatever their chance: no value can be given, or drawn by lot", n=setting.n_first),
        "  "
        + say(
            "{n:,} more with a stated chance of over {limit:.2%} to be more than 20 % off",
            n=setting.n_over,
            limit=setting.limit,
        ),
        *_left_over(setting),
        *_found_in_words(found),
        _others_in_words(roll, setting),
        say("Flags on the roll (a dwelling with three flags is one case):"),
    ]
    for row in flags_on_roll(roll, setting.limit).itertuples():
        told = say(
            "{n:>8,} dwellings, {share:6.1%}; alone {alone:,}; {cases:,} among the cases",
            n=row.n_dwellings,
            share=row.share,
            alone=row.n_alone,
            cases=row.n_cases,
        )
        lines.append(f"  {row.code:<26} {told}")
    return lines


def _left_over(setting: Setting) -> list[str]:
    """Return what the cases and the time of the office leave over: too many cases, or time that tied chances leave."""
    if setting.n_not_settled:
        return [
            say(
                "That is {n:,} too many before any chance is looked at: mend the facts these dwellings lack, or give "
                "more time.",
                n=setting.n_not_settled,
            )
        ]
    if setting.n_asked is None or setting.next_limit is None or setting.n_next is None:
        return []
    return [
        say(
            "That leaves time for {n:,} more. They cannot be chosen by their chance: the next {tied:,} dwellings have "
            "the same one, and the next lower limit, {limit:.2%}, makes {cases:,} cases.",
            n=setting.n_asked - setting.n_cases,
            tied=setting.n_next - setting.n_cases,
            limit=setting.next_limit,
            cases=setting.n_next,
        )
    ]


def _others_in_words(roll: pd.DataFrame, setting: Setting) -> str:
    from valuation.flags.budget import n_doubted_otherwise

    n_doubted, n_waiting = n_doubted_otherwise(roll, setting.limit)
    return say(
        "Other rules, with the limits of this run, doubt {n:,} dwellings; {waiting:,} of them are not among the cases "
        "above. Sent to a person too, they make {cases:,} cases in all.",
        n=n_doubted,
        waiting=n_waiting,
        cases=setting.n_cases + n_waiting,
    )


def _found_in_words(found: Yield) -> list[str]:
    promised = say("{n:,.0f} of the values among the cases are foretold to be that far off", n=found.n_promised)
    if found.remark:
        return [
            say("{foretold}. What this catches is not known: {why}.", foretold=promised, why=recorded(found.remark))
        ]
    return [
        say(
            "Of 100 values that are more than 20 % off, {n:.0f} are expected to be among them ({lower:.0f} to "
            "{upper:.0f}); as many drawn by lot would find {lots:.0f}.",
            n=100 * found.share,
            lower=100 * found.lower,
            upper=100 * found.upper,
            lots=100 * found.n_looked_at / found.n_sales,
        ),
        "  "
        + say(
            "found on {sales:,} valid sales that no model has seen: {n:,} would have been cases, with {caught:,} of "
            "the {errors:,} large errors",
            sales=found.n_sales,
            n=found.n_looked_at,
            caught=found.n_caught,
            errors=found.n_errors,
        ),
        "  "
        + say(
            "the stated chances promise {n:.0f} of 100 on the roll; {foretold}",
            n=100 * found.share_promised,
            foretold=promised,
        ),
    ]


def _as_json(run: Path, roll: pd.DataFrame, setting: Setting, found: Yield) -> dict[str, Any]:
    import math

    from valuation.flags.budget import SETTING, flags_on_roll, flags_together, n_doubted_otherwise

    n_doubted, n_waiting = n_doubted_otherwise(roll, setting.limit)
    expected = {name: None if number != number else number for name, number in asdict(found).items()}
    assert all(number is None or isinstance(number, str) or math.isfinite(number) for number in expected.values())
    return {
        "run": str(run),
        "params": {"flags": {SETTING: setting.limit}},
        **asdict(setting),
        "n_cases": setting.n_cases,
        "n_not_settled": setting.n_not_settled,
        "expected": expected,
        "n_doubted_by_other_rules": n_doubted,
        "n_of_them_no_case": n_waiting,
        "flags": flags_on_roll(roll, setting.limit).to_dict("records"),
        "flags_together": flags_together(roll["flags"]).to_dict("records"),
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(budget)
