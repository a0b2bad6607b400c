"""Does the value jump against a near-identical neighbour across a zone border?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.flags.border_neighbours import neighbours_across
from valuation.flags.flag import Finding, FlagRule, Source, texts
from valuation.flags.roll_evidence import RollEvidence

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams

LIKE_AREA = 1.10
"""Near-identical: neither is more than so many times as large,"""
LIKE_YEARS = 10
"""built within so many years of one another, and of one type and tenure."""


def find(evidence: RollEvidence, params: FlagParams) -> Finding:
    """Compare each dwelling with the nearest near-identical one across a border, both valued in both places."""
    n = len(evidence)
    if evidence.jurisdiction.coordinates is None or "x_m" not in evidence.dwellings:
        return Finding.not_applicable(n)
    pairs = _near_identical(evidence, params)
    limit = float(np.log1p(params.border_jump))
    values = np.log(evidence.appraised_value)
    apart = values[pairs["there"].to_numpy()] - values[pairs["here"].to_numpy()]
    # Most pairs lie close together. The others are valued in each other's place: then the place alone differs.
    far = np.abs(apart) > limit
    jump = np.where(far, 0.0, apart)
    if far.any():
        jump[far] = evidence.jumps(pairs[far].reset_index(drop=True))
    number, neighbour = np.full(n, np.nan), np.full(n, -1, dtype=np.intp)
    for own, other, sign in (("here", "there", 1.0), ("there", "here", -1.0)):
        # A dwelling is compared with its nearest such neighbour only: the pairs are sorted by distance.
        first = pairs.assign(jump=sign * jump).drop_duplicates(own)
        own_rows = first[own].to_numpy()
        number[own_rows], neighbour[own_rows] = first["jump"].to_numpy(), first[other].to_numpy()
    ids = texts(evidence.dwellings, "dwelling_id")

    def sources(place: int) -> tuple[Source, ...]:
        area, _ = evidence.strata_names
        return Source("dwelling", str(ids.iloc[neighbour[place]])), Source("characteristic", area)

    told = np.where(number < 0, -limit, limit)
    return Finding.of(np.expm1(number), np.expm1(told), np.abs(number) > limit, np.isfinite(number), sources=sources)


def _near_identical(evidence: RollEvidence, params: FlagParams) -> pd.DataFrame:
    """Pairs of near-identical neighbours, nearest first: `border, here, there, m`."""
    area, _ = evidence.strata_names
    pairs = neighbours_across(evidence.dwellings, area, evidence.is_valued, params.border_m)
    here, there = (pairs[side].to_numpy(dtype=np.intp) for side in ("here", "there"))
    alike = np.ones(len(pairs), dtype=bool)
    for role in ("dwelling_type", "tenure"):
        name = evidence.jurisdiction.characteristics.with_role(role)
        if name is not None and name in evidence.dwellings:
            level = texts(evidence.dwellings, name).fillna("").to_numpy(dtype=object)
            alike &= level[here] == level[there]
    size, built = evidence.role("living_area"), evidence.role("built_year")
    alike &= _within(np.log(size[here] / size[there]), np.log(LIKE_AREA))
    if np.isfinite(built).any():
        alike &= _within(built[here] - built[there], LIKE_YEARS)
    return pairs[alike].reset_index(drop=True)


def _within(difference: NDArray[np.float64], most: float) -> NDArray[np.bool_]:
    return np.abs(difference) <= most


RULE = FlagRule(
    code="border-jump",
    title=Words(en="A jump at a zone border", nb="Sprang ved en sonegrense", nn="Sprang ved ei sonegrense"),
    severity="review",
    sentence=Words(
        en="Across the zone border, in the place of a near-identical neighbour, the value would be {number} different; "
        "{limit} is the most that goes without review.",
        nb="På den andre siden av sonegrensen, der en nesten lik nabobolig ligger, ville verdien vært {number} "
        "annerledes; {limit} er det meste som går uten kontroll.",
        nn="På hi sida av sonegrensa, der ein nesten lik nabobustad ligg, ville verdien vore {number} annleis; "
        "{limit} er det meste som går utan kontroll.",
    ),
    explanation="Two like homes on two sides of a street must not have very different values because a line on the map "
    "runs between them. A dwelling is compared with the nearest one across the border that is of the same type and "
    "tenure and about the same size and age; where their values lie apart, both are valued in both places, all their "
    "own facts kept. A border can be real (a river, a main road): then say so. The gate `zone-borders` asks the same "
    "of whole borders.",
    find=find,
    level="roll",
    number_kind="share",
    settings=("border_m", "border_jump"),
)
