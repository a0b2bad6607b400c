"""Does a value jump where a line on the map runs between two neighbours?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from valuation.appraisal.appraise import appraise
from valuation.release.chance import holm, median_beyond, median_interval
from valuation.release.gate import EXAMPLES, Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

NEIGHBOURS = 12
"""Nearest dwellings among which one on the other side is looked for."""
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
    judged["jump"] = jumps(evidence, judged)
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
    roll = evidence.roll
    usable = (
        roll["x_m"].notna() & roll["y_m"].notna() & roll["appraised_value"].notna() & roll[name].notna()
    ).to_numpy()
    rows = np.flatnonzero(usable)
    empty = pd.DataFrame({"border": [], "here": [], "there": [], "dwelling_id": []})
    if len(rows) < 2:
        return empty
    places = roll.loc[rows, ["x_m", "y_m"]].to_numpy(float)
    area = roll.loc[rows, name].astype(str).to_numpy()
    k = min(NEIGHBOURS + 1, len(rows))
    distance, near = cKDTree(places).query(places, k=k, distance_upper_bound=params.border_m)
    here = np.repeat(np.arange(len(rows)), k)
    there, far = near.ravel(), distance.ravel()
    known = there < len(rows)
    here, there, far = here[known], there[known], far[known]
    across = area[here] < area[there]  # each pair once, from the area named first
    table = pd.DataFrame({"here": rows[here[across]], "there": rows[there[across]], "m": far[across]})
    table["border"] = [f"{a}|{b}" for a, b in zip(area[here[across]], area[there[across]], strict=True)]
    table = table.sort_values(["m", "here", "there"], ignore_index=True)
    table = table.drop_duplicates("here").drop_duplicates("there")
    table = table.groupby("border", sort=True).head(PAIRS).reset_index(drop=True)
    table["dwelling_id"] = roll["dwelling_id"].to_numpy()[table["here"]]
    return table[["border", "here", "there", "dwelling_id"]]


def jumps(evidence: Evidence, pairs: pd.DataFrame) -> NDArray[np.float64]:
    """Log change of value from the first area to the second: the mean of both dwellings, each in both places."""
    moved = [column for column in ("x_m", "y_m", *_names_of_place(evidence)) if column in evidence.roll]
    one, other = evidence.roll.iloc[pairs["here"]], evidence.roll.iloc[pairs["there"]]
    one, other = one.reset_index(drop=True), other.reset_index(drop=True)
    one_there, other_here = one.copy(), other.copy()
    one_there[moved], other_here[moved] = other[moved], one[moved]
    parts = pd.concat([one, one_there, other_here, other], ignore_index=True)
    facts = parts.drop(columns=["appraised_value", "lower_value", "upper_value", "flags"])
    values = appraise(evidence.version.bundle, facts).table["appraised_value"].to_numpy(float)
    logs = np.log(values).reshape(4, len(pairs))
    return (logs[1] - logs[0] + logs[3] - logs[2]) / 2


def _names_of_place(evidence: Evidence) -> list[str]:
    """Return the characteristics that name a place: area, street, building, and names grouped with the area."""
    dictionary = evidence.dictionary
    group = dictionary[str(dictionary.with_role("market_area"))].group
    return [
        name
        for name, item in dictionary.items()
        if item.role in ("market_area", "street", "building")
        or (item.is_categorical and item.group == group and item.role is None)
    ]


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
