"""Are dwellings alike in every recorded fact, in one place, valued alike?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.flags.roll_evidence import facts_of as columns_of_facts
from valuation.release.gate import EXAMPLES, Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


def facts_of(evidence: Evidence) -> list[str]:
    """Return the columns in which like dwellings do not differ: place, and every fact that models may see."""
    return columns_of_facts(evidence.dictionary, evidence.roll.columns)


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Compare the dearest and the cheapest of each set of like dwellings."""
    sets = _sets(evidence)
    unsold, sold = sets[sets["n_sold"] == 0], sets[sets["n_sold"] > 0]
    return [
        _check(
            "difference among like dwellings, none of them sold",
            unsold,
            unsold["most"] - unsold["least"],
            params.twin_units,
            f"at most {params.twin_units:g} unit of currency",
        ),
        _check(
            "difference among like dwellings, some of them sold",
            sold,
            sold["most"] / sold["least"] - 1,
            params.max_sold_twin_difference,
            f"at most {params.max_sold_twin_difference:.1%}",
        ),
    ]


def _sets(evidence: Evidence) -> pd.DataFrame:
    """One row per set of two or more like dwellings: `n, n_sold, least, most, example`."""
    facts = facts_of(evidence)
    roll = evidence.roll[evidence.roll["appraised_value"].notna()]
    placed = (roll["x_m"].notna() & roll["y_m"].notna()).to_numpy(bool)
    building = evidence.column("building")
    if building is not None:
        placed = placed | roll[building].notna().to_numpy(bool)
    roll = roll[placed].assign(is_sold=roll["dwelling_id"].isin(evidence.sold))
    # Most dwellings are like no other: they are left out before the groups are made.
    alike = roll[roll.duplicated(facts, keep=False)]
    groups = alike.groupby(facts, dropna=False, sort=False, observed=True)
    return groups.agg(
        n=("dwelling_id", "size"),
        n_sold=("is_sold", "sum"),
        least=("appraised_value", "min"),
        most=("appraised_value", "max"),
        example=("dwelling_id", "first"),
    ).reset_index(drop=True)


def _check(measure: str, sets: pd.DataFrame, difference: pd.Series, most: float, limit: str) -> Check:
    if sets.empty:
        return not_judged(measure, limit, "the roll has no such dwellings")
    is_wrong = (difference > most).to_numpy(bool)
    return Check(
        measure,
        "refused" if is_wrong.any() else "passed",
        int(sets["n"].sum()),
        limit,
        found=float(np.max(difference)),
        remark=f"{len(sets):,} sets of like dwellings, {int(is_wrong.sum()):,} beyond the limit",
        examples=tuple(sets.loc[is_wrong, "example"].astype(str).head(EXAMPLES)),
    )


GATE = Gate(
    code="twins",
    title="Dwellings alike in every fact are valued alike",
    looks_at="roll",
    explanation="Two owners whose recorded facts are the same are owed the same value. Sets of dwellings with equal "
    "facts in one building or place are compared, dearest with cheapest. Where one of them was sold in "
    "the training period a small difference is allowed: no dwelling is shown its own price, so the sold "
    "one and its twin do not see quite the same sales; the sold/unsold gate watches that this goes "
    "neither way. When it refuses, a fact that is not in the dictionary decides, or the order of rows "
    "does.",
    judge=judge,
    settings=("twin_units", "max_sold_twin_difference"),
)
