"""Who would pay more, and who less? Both values through the jurisdiction's own rules of tax, by area and type."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from valuation.comparison.value_shift import STRATA
from valuation.comparison.versions import Version
from valuation.jurisdictions.jurisdiction import Law
from valuation.tax.property_tax import has_tax_rules, property_taxes

NOT_GIVEN = "no tax rules: not given"


@dataclass(frozen=True)
class TaxEffect:
    """What the change of version does to the tax."""

    table: pd.DataFrame
    """One row per group: `stratum, level, n_dwellings, tax_a, tax_b` (sums), `change, change_pct, median_change` (of a
    dwelling), `n_more, n_less, n_same` (dwellings), `largest_rise, largest_fall`. Empty without rules."""
    rules: str
    """The rules in words, or `NOT_GIVEN`."""
    statements: tuple[str, ...]
    """What must be known beside the figures."""
    taxes: pd.DataFrame
    """`dwelling_id, tax_a, tax_b`, one row per row of the changes; NaN without a value or without rules."""


def tax_effect(before: Version, after: Version, changes: pd.DataFrame) -> TaxEffect:
    """Tax both values of every dwelling that has both, by the rules of the second version.

    Parameters
    ----------
    before, after : Version
    changes : DataFrame
        As made by `value_changes`.
    """
    rules_a, law = before.bundle.jurisdiction.law, after.bundle.jurisdiction.law
    taxes = changes[["dwelling_id"]].assign(tax_a=np.nan, tax_b=np.nan)
    if not has_tax_rules(law):
        return TaxEffect(pd.DataFrame(), NOT_GIVEN, (), taxes)
    for letter in "ab":
        taxes[f"tax_{letter}"] = property_taxes(changes[f"value_{letter}"].to_numpy(), law)
    statements = ["The same rules for both values: the effect is that of the values alone, at an unchanged rate."]
    if _figures(rules_a) != _figures(law):
        statements.append(
            f"The rules differ between the versions. A: {_in_words(rules_a)}. B: {_in_words(law)}. Those of B are used."
        )
    taxed = changes.assign(tax_a=taxes["tax_a"], tax_b=taxes["tax_b"])
    both = taxed[taxed["state"] == "both"]
    left = changes[changes["state"] != "both"]
    if len(left):
        statements.append(f"{len(left):,} dwellings without a value in both versions are not counted.")
    rows = [_row("overall", "all", both)]
    for stratum in STRATA:
        rows += [_row(stratum, str(level), part) for level, part in both.groupby(stratum, sort=True)]
    return TaxEffect(pd.DataFrame(rows), _in_words(law), tuple(statements), taxes)


def _figures(law: Law | None) -> tuple[object, ...]:
    return () if law is None else (law.reduction, law.deduction, law.rate_permille, law.rounding)


def _in_words(law: Law | None) -> str:
    if law is None or not has_tax_rules(law):
        return NOT_GIVEN
    rounding = {"half_up": "half a unit up", "down": "down to whole units", "half_even": "half a unit to even"}
    return (
        f"tax = ({law.reduction} × value − {law.deduction:,}) × {law.rate_permille} permille, never below zero, "
        f"rounded {rounding[law.rounding]}"
    )


def _row(stratum: str, level: str, part: pd.DataFrame) -> dict[str, object]:
    before, change = float(part["tax_a"].sum()), (part["tax_b"] - part["tax_a"]).to_numpy()
    after = float(part["tax_b"].sum())
    return {
        "stratum": stratum,
        "level": level,
        "n_dwellings": len(part),
        "tax_a": before,
        "tax_b": after,
        "change": after - before,
        "change_pct": 100 * (after / before - 1) if before > 0 else np.nan,
        "median_change": float(np.median(change)) if change.size else np.nan,
        "n_more": int((change > 0).sum()),
        "n_less": int((change < 0).sum()),
        "n_same": int((change == 0).sum()),
        "largest_rise": float(max(change.max(initial=0.0), 0.0)),
        "largest_fall": float(min(change.min(initial=0.0), 0.0)),
    }
