"""What stands on the page of a comparison? First what a council asks, then the figures an analyst answers with."""

from __future__ import annotations

from typing import Any

import pandas as pd
from markupsafe import Markup

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
from valuation.report.blocks import Section
from valuation.report.cells import shown


def comparison_page(comparison: Comparison) -> str:
    """Return the HTML of a comparison: one file that opens without a server and asks the network for nothing."""
    from jinja2 import ChoiceLoader, PackageLoader

    from valuation.report.blocks import templates

    environment = templates()
    ours = PackageLoader("valuation.comparison", "templates")
    environment.loader = ChoiceLoader([ours, environment.loader or ours])
    return environment.get_template("comparison.html").render(**content(comparison))


def content(comparison: Comparison) -> dict[str, Any]:
    """Return all that the template places."""
    place = comparison.after.bundle.jurisdiction
    return {
        "title": f"{place.title.en}: two versions of the values compared",
        "is_synthetic": place.is_synthetic,
        "intro": _intro(comparison),
        "brief": brief(comparison),
        "statements": comparison.statements,
        "sections": [
            Section("brief", "In brief", "In brief"),
            Section("first", "What to know before reading a figure", "Know first"),
            Section("accuracy", "Which version is closer to the prices?", "Accuracy", judged(comparison)),
            Section("groups", "Closer for whom?", "By group", by_group(comparison)),
            Section("shifts", "Whose values would move?", "Value shifts", shifts(comparison)),
            Section("movers", f"The {N_MOVERS} largest movers, and why", "Largest movers", movers(comparison)),
            Section("roll", "What changed in the roll", "The roll", roll(comparison)),
            Section("tax", "What it would do to the tax", "Tax", tax(comparison)),
            Section("versions", "Accuracy and equity of all versions", "All versions", versions(comparison)),
            Section("made-of", "What was compared", "Made of", made_of(comparison)),
        ],
    }


def _intro(comparison: Comparison) -> Markup:
    before, after = comparison.before, comparison.after
    return Markup(
        "<b>A</b>, before: run {} (model version {}, values at {}). <b>B</b>, after: run {} (model version {}, "
        "values at {}). Differences are B less A; in brackets are 95 % intervals."
    ).format(
        before.run_id,
        before.model_version,
        before.valuation_date,
        after.run_id,
        after.model_version,
        after.valuation_date,
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
        return "No dwelling has a value in both versions: nothing can be said of changes."
    return (
        f"The {found['n_dwellings']:,} dwellings with a value in both are worth {money(found['total_b'], currency)} in "
        f"B and {money(found['total_a'], currency)} in A: {signed(found['total_change_pct'])} % in all, "
        f"{signed(found['median_change_pct'])} % for the one in the middle. {share(found['share_up_10'])} of them rise "
        f"by more than 10 %, {share(found['share_down_10'])} fall by more than 10 %."
    )


def _about_accuracy(paired: pd.DataFrame) -> list[str]:
    said = []
    for sample, where in (("all_sales", "every sale"), ("valid_sales", "valid sales alone")):
        if not ((paired["sample"] == sample) & (paired["statistic"] == "mdape")).any():
            continue
        found = _overall(paired, sample=sample, statistic="mdape")
        if found["remark"]:
            said.append(f"Accuracy on {where}: {found['remark']}.")
            continue
        verdict = f"{found['better']} is closer" if found["better"] else "no difference is shown"
        said.append(
            f"On {where} that neither version had seen (n = {found['n_sales']:,}), half of the values lie within "
            f"{shown(found['estimate_b'])} % of the price in B and within {shown(found['estimate_a'])} % in A: "
            f"{verdict} (difference {signed(found['difference'])} points, {signed(found['lower'])} to "
            f"{signed(found['upper'])})."
        )
    return said


def _about_causes(moved_by: dict[str, Any]) -> str:
    if not moved_by["n_dwellings"]:
        return "What moved the values cannot be told apart: no dwelling could be valued again step by step."
    named = ", ".join(f"{part} {signed(moved_by[part]['total_pct'])} %" for part in PARTS)
    return (
        f"Valued again step by step, {moved_by['n_dwellings']:,} dwellings drawn at random moved by "
        f"{signed(moved_by['change']['total_pct'])} % in all, of which {named}."
    )


def _about_tax(table: pd.DataFrame, rules: str, currency: str) -> str:
    if table.empty:
        return f"Tax: {rules}."
    found = _overall(table)
    return (
        f"By the rules of the place, with nothing but the values changed, the yearly tax would change by "
        f"{money(found['change'], currency)} ({signed(found['change_pct'])} %): {found['n_more']:,} dwellings would "
        f"pay more, {found['n_less']:,} less, {found['n_same']:,} the same."
    )
