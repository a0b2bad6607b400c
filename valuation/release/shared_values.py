"""Do unlike dwellings share one and the same value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from valuation.release.gate import EXAMPLES, Check, Evidence, Gate
from valuation.release.twins import facts_of

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

LEAST = 10
"""Unlike dwellings with one value below which a small roll says nothing: ten of a hundred may be chance."""


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Count the unlike dwellings behind the most frequent value."""
    valued = evidence.roll[evidence.roll["appraised_value"].notna()]
    # Dwellings alike in every fact must share their value: they count once.
    unlike = valued.drop_duplicates([*facts_of(evidence), "appraised_value"])
    counts = unlike["appraised_value"].value_counts()
    most = int(counts.iloc[0]) if len(counts) else 0
    share = most / max(len(valued), 1)
    is_refused = share > params.max_shared_share and most >= LEAST
    names: pd.Series = unlike.loc[unlike["appraised_value"] == counts.index[0], "dwelling_id"] if most else pd.Series()
    return [
        Check(
            "share of dwellings with the most frequent value",
            "refused" if is_refused else "passed",
            len(valued),
            f"at most {params.max_shared_share:.2%} (and at least {LEAST} dwellings)",
            found=share,
            remark=f"{most:,} unlike dwellings have the most frequent value",
            examples=tuple(names.astype(str).head(EXAMPLES)) if is_refused else (),
        )
    ]


GATE = Gate(
    code="shared-values",
    title="Unlike dwellings do not share one value",
    looks_at="roll",
    explanation="One value on many unlike dwellings is a default that was filled in, a cap that was hit, or a model "
    "that sees no difference. Dwellings alike in every fact count once. When it refuses, look at what "
    "the dwellings named have in common.",
    judge=judge,
    settings=("max_shared_share",),
)
