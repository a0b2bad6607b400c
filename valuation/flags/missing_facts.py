"""Is a fact missing that is known for nearly all dwellings?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import LOCATION, Finding, FirstBreach, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Look for gaps in characteristics that are usually recorded, the location among them."""
    breaches = FirstBreach(len(evidence))
    everywhere = np.ones(len(evidence), dtype=bool)

    def look(name: str, missing: np.ndarray, applicable: np.ndarray = everywhere) -> None:
        share = evidence.seen.known_shares.get(name, 0.0)
        # What is seldom recorded (a year of renovation) is not missing where it is not.
        if share >= params.usually_known_share:
            breaches.add(name, missing & applicable, applicable, np.nan, share)

    for name, item in evidence.jurisdiction.characteristics.items():
        if item.is_feature or item.required:
            gaps = evidence.text(name).isna().to_numpy() if item.is_categorical else np.isnan(evidence.number(name))
            # Before that day nobody could know it.
            look(
                name,
                gaps,
                everywhere if item.known_since is None else evidence.dates >= np.datetime64(item.known_since),
            )
    if evidence.jurisdiction.coordinates is not None:
        look(LOCATION, np.isnan(evidence.number("x_m")) | np.isnan(evidence.number("y_m")))
    return breaches.finding()


RULE = FlagRule(
    code="missing-characteristic",
    title=Words(en="A fact is missing", nb="En opplysning mangler", nn="Ei opplysning manglar"),
    severity="review",
    sentence=Words(
        en="{what} is not recorded; it is known for {limit} of the sales.",
        nb="{what} er ikke registrert; det er kjent for {limit} av salgene.",
        nn="{what} er ikkje registrert; det er kjent for {limit} av sala.",
    ),
    explanation="The value was made without a fact that is usually known. Find it in the archive or on site and have "
    "it recorded.",
    find=find,
    number_kind="share",
    settings=("usually_known_share",),
)
