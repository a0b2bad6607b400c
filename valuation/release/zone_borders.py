"""Does a value jump where a line on the map runs between two neighbours?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from valuation.appraisal.border_jumps import jumps
from valuation.flags.border_neighbours import neighbours_across
from valuation.release.chance import holm, median_beyond, median_interval
from valuation.release.gate import EXAMPLES, Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

PAIRS = 40
"""Most pairs valued at one border."""
LISTED = 5
"""Borders told of by themselves; the others are counted."""


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Value neighbours on two sides of a border each in the other's place, border by border."""
    measure = "jump at a border"
    limit = f"median of no border surely beyond ±{params.max_border_jump:.0%}"
    pairs = border_pairs(evidence, params)
    if pairs.empty:
        return [not_judged(measure, limit, f"no two areas have dwellings within {params.border_m:g} m of one another")]
    counts = pairs["border"].value_counts()
    judged = pairs[pairs["border"].map(counts) >= params.min_border_pairs].reset_index(drop=True)
    if judged.empty:
        why = f"{len(counts):,} borders, none with {params.min_border_pairs} pairs of neighbours"
        return [not_judged(measure, limit, why, len(pairs))]
    facts = evidence.roll.drop(columns=["appraised_value", "lower_value", "upper_value", "flags"])
    judged["jump"] = jumps(evidence.version.bundle, facts, judged)
    judged = judged[judged["jump"].notna()]
    return _checks(judged, params, limit, n_left_out=int((counts < params.min_border_pairs).sum()))


def _checks(judged: pd.DataFrame, params: GateParams, limit: str, n_left_out: int) -> list[Check]:
    most = float(np.log1p(params.max_border_jump))
    groups = list(judged.groupby("border", sort=True))
    refused = holm([median_beyond(part["jump"], most) for _, part in groups], params.error_budget)
    checks = []
    for (border, part), is_refused in zip(groups, refused, strict=True):
        lower, upper = median_interval(part["jump"])
        checks.append(
            Check(
                f"jump from {str(border).replace('|', ' to ')}",
                "refused" if is_refused else "passed",
                len(part),
                limit,
                found=float(np.expm1(part["jump"].median())),
                lower=float(np.expm1(lower)),
                upper=float(np.expm1(upper)),
                examples=tuple(part["dwelling_id"].astype(str).head(EXAMPLES)) if is_refused else (),
            )
        )
    # The steepest first; all that are refused, and some to show what is usual.
    checks.sort(key=lambda check: (not check.is_refused, -abs(check.found)))
    shown = [check for place, check in enumerate(checks) if check.is_refused or place < LISTED]
    typical = float(np.expm1(judged["jump"].abs().median()))
    whole = Check(
        "jump at a border, all borders",
        "passed",
        len(judged),
        "told, not judged",
        found=typical,
        remark=f"typical jump either way; {len(groups):,} borders judged, {n_left_out:,} with fewer than "
        f"{params.min_border_pairs} pairs not judged",
    )
    return [*shown, whole]


def border_pairs(evidence: Evidence, params: GateParams) -> pd.DataFrame:
    """Find neighbours on two sides of a border, each dwelling in one pair at most.

    Returns
    -------
    DataFrame
        `border` (the two areas in order, joined by a bar), `here` and `there` (rows of the roll), `dwelling_id`.
    """
    name = str(evidence.column("market_area"))
    table = neighbours_across(evidence.roll, name, evidence.roll["appraised_value"].notna().to_numpy(), params.border_m)
    table = table.drop_duplicates("here").drop_duplicates("there")
    table = table.groupby("border", sort=True).head(PAIRS).reset_index(drop=True)
    table["dwelling_id"] = evidence.roll["dwelling_id"].to_numpy()[table["here"].to_numpy(dtype=np.intp)]
    return table[["border", "here", "there", "dwelling_id"]]


GATE = Gate(
    code="zone-borders",
    title="No value jumps at a line on the map",
    looks_at="roll",
    explanation="Two like dwellings on two sides of a street must not have very different values because a border of"
    " market areas runs between them. Neighbours across a border are each valued in the other's place, "
    "all their own facts kept; the median change of a border, over its pairs, must not lie surely beyond"
    " the limit (sign test, one chance of a false refusal shared by all borders). A border can be real "
    "(a river, a fjord): then promote by hand with that reason, or look whether the sales near the "
    "border say the same.",
    judge=judge,
    settings=("border_m", "max_border_jump", "min_border_pairs", "error_budget"),
)
