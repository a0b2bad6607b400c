"""Is a fact missing that is known for nearly all dwellings?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import LOCATION, Finding, FirstBreach, FlagEvidence, FlagRule

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Look for gaps in characteristics that are usually recorded and that values hang on, the location among them."""
    breaches = FirstBreach(len(evidence))
    everywhere = np.ones(len(evidence), dtype=bool)

    def look(name: str, missing: np.ndarray, applicable: np.ndarray = everywhere) -> None:
        share = evidence.seen.known_shares.get(name, 0.0)
        # What is seldom recorded (a year of renovation) is not missing where it is not.
        if share >= params.usually_known_share:
            breaches.add(name, missing & applicable, applicable, evidence.seen.weights.get(name, np.nan), share)

    for name, item in evidence.jurisdiction.characteristics.items():
        if item.required or (item.is_feature and evidence.seen.weighs(name, params.least_weight)):
            gaps = ~evidence.is_known(name)
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
        en="{what} is not recorded, though it is for {limit} of the sales{number}.",
        nb="{what} er ikke registrert, men er det for {limit} av salgene{number}.",
        nn="{what} er ikkje registrert, men er det for {limit} av sala{number}.",
    ),
    # A fact that is needed, and is no feature, has no weight to tell.
    number_words=Words(
        en="; knowing it can move a value by {figure}",
        nb="; å kjenne det kan flytte en verdi {figure}",
        nn="; å kjenne det kan flytte ein verdi {figure}",
    ),
    explanation="The value was made without a fact that is usually known and that values hang on. Find it in the "
    "archive or on site and have it recorded. A fact that hardly moves any value is not asked for: in the synthetic "
    "municipality sales without the number of storeys were off by over 20 % no more often than others on the folds "
    "of the training period (8 % against 10), sales without the year built twice as often (20 %).",
    find=find,
    number_kind="share",
    settings=("usually_known_share", "least_weight"),
)
