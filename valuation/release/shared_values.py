"""Do unlike dwellings share one and the same value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuation.flags.shared_value import LEAST, unlike_sharers
from valuation.release.gate import EXAMPLES, Check, Evidence, Gate
from valuation.release.twins import facts_of

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Count the unlike dwellings behind the most frequent value."""
    valued = evidence.roll[evidence.roll["appraised_value"].notna()].reset_index(drop=True)
    # Dwellings alike in every fact must share their value: they count once.
    sharers = unlike_sharers(valued[facts_of(evidence)], valued["appraised_value"].to_numpy(float))
    most = int(max(sharers, default=0))
    share = most / max(len(valued), 1)
    is_refused = share > params.max_shared_share and most >= LEAST
    names = valued.loc[sharers == most, "dwelling_id"]
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
