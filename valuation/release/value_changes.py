"""Does any value jump without anybody being sent to look at it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.comparison.roll_change import roll_change
from valuation.release.gate import Check, Evidence, Gate, has_flag, not_judged, of_count

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Compare each value with the live version's and with the prior value, both less the general change."""
    limit = f"none by more than {params.max_unlisted_change:.0%} beyond the general change"
    checks = [_against_champion(evidence, params, limit)]
    if "prior_value" in evidence.version.values:
        values = evidence.version.values
        before = values["prior_value"].to_numpy(dtype=float, na_value=np.nan)
        # The general change that the flag knows: what it lists and what is refused here are then one scale.
        general = evidence.version.bundle.seen.prior_log_change
        nobody = np.zeros(len(values), dtype=bool)
        checks.append(_check("prior value", values, before, nobody, params, limit, general))
    return checks


def _against_champion(evidence: Evidence, params: GateParams, limit: str) -> Check:
    measure = "unlisted change from the live value"
    if evidence.champion is None:
        return not_judged(measure, limit, "no version is live yet")
    values = evidence.version.values
    before = evidence.champion.values.set_index("dwelling_id")["appraised_value"].reindex(values["dwelling_id"])
    corrected = set(roll_change(evidence.champion, evidence.version).ids("fact"))
    # A corrected fact is why a value may change: it stands in the list of corrections.
    is_corrected = values["dwelling_id"].isin(corrected).to_numpy(bool)
    return _check("live value", values, before.to_numpy(float), is_corrected, params, limit)


def _check(
    what: str,
    values: pd.DataFrame,
    before: NDArray[np.float64],
    is_corrected: NDArray[np.bool_],
    params: GateParams,
    limit: str,
    general: float | None = None,
) -> Check:
    after = values["appraised_value"].to_numpy(dtype=float, na_value=np.nan)
    both = (before > 0) & (after > 0)
    measure = f"unlisted change from the {what}"
    if not both.any():
        return not_judged(measure, limit, f"no dwelling has a {what}")
    change = np.full(len(values), np.nan)
    change[both] = np.log(after[both] / before[both])
    if general is None:
        general = float(np.nanmedian(change))
    is_large = np.abs(change - general) > np.log1p(params.max_unlisted_change)
    is_listed = is_corrected | has_flag(values["flags"], ["review", "stop"])
    return of_count(
        measure,
        is_large & ~is_listed,
        values["dwelling_id"],
        limit,
        n=int(both.sum()),
        remark=f"general change {np.expm1(general):+.1%}; {int((is_large & is_listed).sum()):,} large changes are "
        "listed: flagged for a person, or with a corrected fact",
    )


GATE = Gate(
    code="unlisted-changes",
    title="No value jumps without a person being sent to look",
    looks_at="roll",
    explanation="A value that moves far more than values in general is either right for a reason or wrong; both ways"
    " a person must have it on a list. Each value is compared with that of the live version, and with "
    "the prior value where the roll has one; a flag that opens a case, or a corrected fact, counts as "
    "listed. When it refuses, look at the dwellings named: correct the fact, or lower the limit of the "
    "flag.",
    judge=judge,
    settings=("max_unlisted_change",),
)
