"""Which recorded sales were free sales, and why were the others not?

*Fritt salg* in Norway, an arm's-length sale elsewhere. What the rules (`arms_length_rules.py`) and people
(`verdicts.py`) say of each sale is put together here; a verdict by a person wins over all rules and is kept.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from valuation.jurisdictions.jurisdiction import Jurisdiction
from valuation.pipeline.params import ScreenParams
from valuation.sales.arms_length_rules import RULES, Evidence, Finding, Mask, Rule
from valuation.sales.holdout import is_holdout
from valuation.sales.market_price import market_price_and_date
from valuation.sales.verdicts import VERDICT, verdicts_on


def screen_sales(
    sales: pd.DataFrame, jurisdiction: Jurisdiction, params: ScreenParams, verdicts: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Say of each sale whether it was a free sale, and why not.

    Parameters
    ----------
    sales : pandas.DataFrame
        `ingest/sales.parquet`.
    jurisdiction : Jurisdiction
    params : ScreenParams
    verdicts : pandas.DataFrame, optional
        `sale_id, is_valid, reason, who, date`: what a person decided.

    Returns
    -------
    screened : pandas.DataFrame
        The sales by `sale_id`, with `market_price`, `market_date`, `is_valid_sale`, `exclusion_codes`, `price_codes`
        (what rules on prices find, holdout included, where it has no effect) and `verdict`.
    excluded : pandas.DataFrame
        One row is a sale × rule that excludes it: `sale_id, dwelling_id, market_date, market_price, code, reason`.
    summary : pandas.DataFrame
        One row is a rule: `code, sentence, looks_at_price, n_found, n_excluded, n_only_reason`.
    """
    table = market_price_and_date(sales.sort_values("sale_id", ignore_index=True))
    in_holdout = is_holdout(table["market_date"], jurisdiction.holdout_from)
    n = len(table)
    found: list[tuple[Rule, Finding]] = []
    free = np.ones(n, dtype=bool)
    for looks_at_price in (False, True):
        evidence = Evidence(table, jurisdiction, params, in_holdout, free.copy())
        for rule in (rule for rule in RULES if rule.looks_at_price == looks_at_price):
            finding = rule.find(evidence)
            if finding is not None:
                found.append((rule, finding))
                free &= ~finding.excluded
    by_hand, verdict_rows = verdicts_on(table, verdicts)
    codes, price_codes = _codes(found, n, in_holdout)
    table["is_valid_sale"] = np.where(by_hand == "valid", True, np.where(by_hand == "invalid", False, codes == ""))
    table["is_valid_sale"] = table["is_valid_sale"].astype(bool)
    codes = np.where(by_hand == "valid", "", np.where(by_hand == "invalid", VERDICT, codes))
    table["exclusion_codes"] = pd.Series(codes, dtype="str")
    table["price_codes"] = pd.Series(price_codes, dtype="str")
    table["verdict"] = pd.Series(verdict_rows, dtype="str")
    excluded = _excluded(table, found, in_holdout, by_hand)
    return table, excluded, _summary(found, excluded, table)


def _codes(found: list[tuple[Rule, Finding]], n: int, in_holdout: Mask) -> tuple[np.ndarray, np.ndarray]:
    """Join the codes of each sale by `|`, in the order of the rules."""
    codes, price_codes = np.full(n, "", dtype=object), np.full(n, "", dtype=object)
    for rule, finding in found:
        counts = finding.excluded & ~(in_holdout & rule.looks_at_price)
        codes[counts] = [f"{text}|{rule.code}" if text else rule.code for text in codes[counts]]
        if rule.looks_at_price:
            at = finding.excluded
            price_codes[at] = [f"{text}|{rule.code}" if text else rule.code for text in price_codes[at]]
    return codes, price_codes


def _excluded(
    table: pd.DataFrame, found: list[tuple[Rule, Finding]], in_holdout: Mask, by_hand: np.ndarray
) -> pd.DataFrame:
    parts = []
    shown = ["sale_id", "dwelling_id", "market_date", "market_price"]
    for rule, finding in found:
        part = table.loc[finding.excluded, shown].assign(code=rule.code, reason=finding.reasons)
        counts = ~(in_holdout & rule.looks_at_price) & (by_hand == "")
        parts.append(part[counts[finding.excluded]])
    part = table.loc[by_hand == "invalid", shown]
    parts.append(part.assign(code=VERDICT, reason=table.loc[part.index, "verdict"]))
    return pd.concat(parts).sort_values(["sale_id", "code"], ignore_index=True, kind="stable")


def _summary(found: list[tuple[Rule, Finding]], excluded: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    counts = excluded.groupby("code").size()
    alone = table["exclusion_codes"].value_counts()
    rows = [
        {
            "code": rule.code,
            "sentence": rule.sentence,
            "looks_at_price": rule.looks_at_price,
            "n_found": int(finding.excluded.sum()),
            "n_excluded": int(counts.get(rule.code, 0)),
            "n_only_reason": int(alone.get(rule.code, 0)),
        }
        for rule, finding in found
    ]
    rows.append(
        {
            "code": VERDICT,
            "sentence": "A person has decided that it was not a free sale.",
            "looks_at_price": False,
            "n_found": int(table["verdict"].notna().sum()),
            "n_excluded": int(counts.get(VERDICT, 0)),
            "n_only_reason": int(alone.get(VERDICT, 0)),
        }
    )
    rows.append(
        {
            "code": "",
            "sentence": "All sales read; the valid ones.",
            "looks_at_price": False,
            "n_found": len(table),
            "n_excluded": int((~table["is_valid_sale"]).sum()),
            "n_only_reason": int(table["is_valid_sale"].sum()),
        }
    )
    return pd.DataFrame(rows)
