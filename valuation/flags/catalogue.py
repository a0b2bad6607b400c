"""Which rules are there, and what do they say about these dwellings?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.errors import WrongUse
from valuation.flags import (
    distance,
    interval_width,
    missing_facts,
    model_agreement,
    near_sales,
    not_valued,
    own_sale,
    plausibility,
    seen_levels,
    seen_range,
    value_change,
    years,
)
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, label_of

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams

__all__ = ["RULES", "FlagEvidence", "explain_flags", "find_all", "raise_flags", "rule"]

RULES: tuple[FlagRule, ...] = (
    not_valued.RULE,
    missing_facts.RULE,
    plausibility.RULE,
    years.RULE,
    seen_levels.RULE,
    seen_range.RULE,
    distance.RULE,
    near_sales.RULE,
    interval_width.RULE,
    model_agreement.RULE,
    own_sale.RULE,
    value_change.RULE,
)
"""Every rule, in the order its code is listed: what stops a value first, then facts, then the value itself."""

SEPARATOR = "|"


def rule(code: str) -> FlagRule:
    """Return the rule with this code.

    Raises
    ------
    WrongUse
        When there is none.
    """
    found = next((item for item in RULES if item.code == code), None)
    if found is None:
        raise WrongUse(f"no flag has the code {code!r}", expected=", ".join(item.code for item in RULES))
    return found


def find_all(evidence: FlagEvidence, params: FlagParams) -> dict[str, Finding]:
    """Return what every rule finds, by code."""
    return {item.code: item.find(evidence, params) for item in RULES}


def raise_flags(evidence: FlagEvidence, params: FlagParams) -> tuple[NDArray[np.object_], NDArray[np.bool_]]:
    """Decide the flags of every dwelling.

    Parameters
    ----------
    evidence : FlagEvidence
    params : FlagParams

    Returns
    -------
    codes : ndarray of str, shape (n_dwellings,)
        Codes joined by ``|``, in the order of `RULES`; empty where nothing was found.
    can_be_valued : ndarray of bool, shape (n_dwellings,)
    """
    found = find_all(evidence, params)
    # Few combinations occur: each is put into words once, not once per dwelling.
    pattern = np.zeros(len(evidence), dtype=np.int64)
    for place, item in enumerate(RULES):
        pattern |= found[item.code].is_raised.astype(np.int64) << place
    combinations, which = np.unique(pattern, return_inverse=True)
    texts = np.array([_joined(int(combination)) for combination in combinations], dtype=object)
    stopped = [found[item.code].is_raised for item in RULES if item.severity == "stop"]
    codes = texts[which] if len(texts) else np.empty(0, dtype=object)
    return codes, ~np.logical_or.reduce(stopped)


def _joined(pattern: int) -> str:
    return SEPARATOR.join(item.code for place, item in enumerate(RULES) if pattern >> place & 1)


def explain_flags(evidence: FlagEvidence, params: FlagParams, language: str = "en") -> pd.DataFrame:
    """Put every flag of every dwelling into its sentence.

    Returns
    -------
    DataFrame
        One row is a flag of a dwelling: `row` (position in the evidence), `code, severity, title, sentence, number,
        limit, characteristic` (name in the data dictionary, or empty).
    """
    rows = []
    for code, finding in find_all(evidence, params).items():
        item = rule(code)
        for place in np.flatnonzero(finding.is_raised):
            name = "" if finding.what is None else str(finding.what[place])
            number, limit = float(finding.number[place]), float(finding.limit[place])
            what = label_of(name, evidence.jurisdiction, language) or "–"
            rows.append(
                {
                    "row": int(place),
                    "code": code,
                    "severity": item.severity,
                    "title": item.title.in_language(language),
                    "sentence": item.say(language, number, limit, what),
                    "number": number,
                    "limit": limit,
                    "characteristic": name,
                }
            )
    columns = ["row", "code", "severity", "title", "sentence", "number", "limit", "characteristic"]
    return pd.DataFrame(rows, columns=columns).sort_values("row", kind="stable", ignore_index=True)
