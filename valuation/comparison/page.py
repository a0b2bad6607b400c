"""What stands on the page of a comparison? First what a council asks, then the figures an analyst answers with."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from markupsafe import escape

from valuation.comparison.comparison import Comparison
from valuation.comparison.movers import N_MOVERS, PARTS
from valuation.comparison.page_sections import (
    by_group,
    judged,
    made_of,
    movers,
    roll,
    shifts,
    tax,
    versions,
)
from valuation.comparison.words import money, share, signed
from valuation.languages.language import LANGUAGES, day
from valuation.languages.spoken import recorded, say, speaking, spoken
from valuation.report.blocks import Section
from valuation.report.cells import shown
from valuation.report.own_pages import environment_of, in_every_language, rendered

PACKAGE = "valuation.comparison"


def comparison_pages(comparison: Comparison) -> dict[str, str]:
    """Return file name to HTML in every language of the place: files that open without a server and ask for nothing."""
    said = partial(content, comparison)
    return in_every_language(
        comparison.after.bundle.jurisdiction.languages,
        lambda language, languages: rendered(PACKAGE, "comparison.html", language, languages, said),
    )


def comparison_parts(comparison: Comparison) -> dict[str, dict[str, str]]:
    """Return by language the title, the sentence about A and B, and all sections as HTML to put into another page."""
    found = {}
    for language in LANGUAGES:
        with speaking(language):
            said = content(comparison)
            body: str = environment_of(PACKAGE).get_template("comparison_body.html").render(language=language, **said)
            found[language] = {"title": str(said["title"]), "intro": str(said["intro"]), "body": body}
    return found


def content(comparison: Comparison) -> dict[str, Any]:
    """Return all that the template places."""
    place = comparison.after.bundle.jurisdiction
    return {
        "title": say("{place}: two versions of the values compared", place=place.title.in_language(spoken())),
        "is_synthetic": place.is_synthetic,
        "intro": _intro(comparison),
        "brief": brief(comparison),
        "statements": [recorded(line) for line in comparison.statements],
        "sections": [
            Section("brief", say("In brief"), say("In brief")),
            Section("first", say("What to know before reading a figure"), say("Know first")),
            Section("accuracy", say("Which version is closer to the prices?"), say("Accuracy"), judged(comparison)),
            Section("groups", say("Closer for whom?"), say("By group"), by_group(comparison)),
            Section("shifts", say("Whose values would move?"), say("Value shifts"), shifts(comparison)),
            Section(
                "movers",
                say("The {n} largest movers, and why", n=N_MOVERS),
                say("Largest movers"),
                movers(comparison),
            ),
            Section("roll", say("What changed in the roll"), say("The roll"), roll(comparison)),
            Section("tax", say("What it would do to the tax"), say("Tax"), tax(comparison)),
            Section("versions", say("Accuracy and equity of all versions"), say("All versions"), versions(comparison)),
            Section("made-of", say("What was compared"), say("Made of"), made_of(comparison)),
        ],
    }


def _intro(comparison: Comparison) -> str:
    before, after = comparison.before, comparison.after
    # Both letters stand out: the sentence is HTML, so what is put into it is escaped.
    return say(
        "<b>A</b>, before: run {run_a} (model version {version_a}, values at {day_a}). <b>B</b>, after: run {run_b} "
        "(model version {version_b}, values at {day_b}). Differences are B less A; in brackets are 95 % intervals.",
        run_a=escape(before.run_id),
        version_a=escape(before.model_version),
        day_a=day(before.bundle.jurisdiction.valuation_date, spoken()),
        run_b=escape(after.run_id),
        version_b=escape(after.model_version),
        day_b=day(after.bundle.jurisdiction.valuation_date, spoken()),
    )


def brief(comparison: Comparison) -> list[str]:
    """Return the outcome in a few sentences."""
    currency = comparison.after.bundle.jurisdiction.currency
    return [
        _about_values(comparison.shift, currency),
        *_about_accuracy(comparison.paired),
        _about_causes(comparison.moved_by),
        _about_tax(comparison.tax.table, comparison.tax.rules, currency),
    ]


def _overall(table: pd.DataFrame, **more: str) -> dict[str, Any]:
    rows = table[table["stratum"] == "overall"]
    for name, wanted in more.items():
        rows = rows[rows[name] == wanted]
    return {str(name): cell for name, cell in rows.iloc[0].to_dict().items()}


def _about_values(shift: pd.DataFrame, currency: str) -> str:
    found = _overall(shift)
    if found["n_dwellings"] == 0:
        return say("No dwelling has a value in both versions: nothing can be said of changes.")
    return say(
        "The {n_dwellings:,} dwellings with a value in both are worth {total_b} in B and {total_a} in A: "
        "{total_change_pct} % in all, {median_change_pct} % for the one in the middle. {share_up_10} of them rise "
        "by more than 10 %, {share_down_10} fall by more than 10 %.",
        n_dwellings=found["n_dwellings"],
        total_b=money(found["total_b"], currency),
        total_a=money(found["total_a"], currency),
        total_change_pct=signed(found["total_change_pct"]),
        median_change_pct=signed(found["median_change_pct"]),
        share_up_10=share(found["share_up_10"]),
        share_down_10=share(found["share_down_10"]),
    )


def _about_accuracy(paired: pd.DataFrame) -> list[str]:
    said = []
    for sample in ("all_sales", "valid_sales"):
        if not ((paired["sample"] == sample) & (paired["statistic"] == "mdape")).any():
            continue
        found = _overall(paired, sample=sample, statistic="mdape")
        if found["remark"]:
            said.append(say(_ACCURACY_NOT_GIVEN[sample], remark=recorded(found["remark"])))
            continue
        said.append(
            say(
                _ACCURACY[sample],
                verdict=say(_VERDICT[found["better"]]),
                n_sales=found["n_sales"],
                estimate_b=shown(found["estimate_b"]),
                estimate_a=shown(found["estimate_a"]),
                difference=signed(found["difference"]),
                lower=signed(found["lower"]),
                upper=signed(found["upper"]),
            )
        )
    return said


_ACCURACY = {
    "all_sales": (
        "On every sale that neither version had seen (n = {n_sales:,}), half of the values lie within {estimate_b} % "
        "of the price in B and within {estimate_a} % in A: {verdict} (difference {difference} points, {lower} to "
        "{upper})."
    ),
    "valid_sales": (
        "On valid sales alone that neither version had seen (n = {n_sales:,}), half of the values lie within "
        "{estimate_b} % of the price in B and within {estimate_a} % in A: {verdict} (difference {difference} points, "
        "{lower} to {upper})."
    ),
}
_VERDICT = {"A": "A is closer", "B": "B is closer", "": "no difference is shown"}
_ACCURACY_NOT_GIVEN = {
    "all_sales": "Accuracy on every sale: {remark}.",
    "valid_sales": "Accuracy on valid sales alone: {remark}.",
}


def _about_causes(moved_by: dict[str, Any]) -> str:
    if not moved_by["n_dwellings"]:
        return say("What moved the values cannot be told apart: no dwelling could be valued again step by step.")
    named = ", ".join(f"{say(part)} {signed(moved_by[part]['total_pct'])} %" for part in PARTS)
    return say(
        "Valued again step by step, {n_dwellings:,} dwellings drawn at random moved by {total_pct} % in all, of "
        "which {named}.",
        n_dwellings=moved_by["n_dwellings"],
        total_pct=signed(moved_by["change"]["total_pct"]),
        named=named,
    )


def _about_tax(table: pd.DataFrame, rules: str, currency: str) -> str:
    if table.empty:
        return say("Tax: {rules}.", rules=recorded(rules))
    found = _overall(table)
    return say(
        "By the rules of the place, with nothing but the values changed, the yearly tax would change by {change} "
        "({change_pct} %): {n_more:,} dwellings would pay more, {n_less:,} less, {n_same:,} the same.",
        change=money(found["change"], currency),
        change_pct=signed(found["change_pct"]),
        n_more=found["n_more"],
        n_less=found["n_less"],
        n_same=found["n_same"],
    )
