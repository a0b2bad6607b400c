"""Do unlike dwellings share one and the same value?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagRule, Source, texts
from valuation.flags.roll_evidence import RollEvidence, facts_of

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams

LEAST = 10
"""Unlike dwellings with one value below which a small roll says nothing: ten of a hundred may be chance."""
NAMED = 5
"""Dwellings with the same value that are named as evidence."""


def find(evidence: RollEvidence, params: FlagParams) -> Finding:
    """Count the unlike dwellings that have the value of each dwelling."""
    dictionary = evidence.jurisdiction.characteristics
    facts = evidence.dwellings[facts_of(dictionary, evidence.dwellings.columns)]
    sharers = unlike_sharers(facts, evidence.appraised_value)
    limit = max(LEAST - 1, int(params.max_shared_share * evidence.is_valued.sum()))
    ids = texts(evidence.dwellings, "dwelling_id")

    def sources(place: int) -> tuple[Source, ...]:
        same = np.flatnonzero(evidence.appraised_value == evidence.appraised_value[place])
        return tuple(Source("dwelling", str(ids.iloc[row])) for row in same[same != place][:NAMED])

    return Finding.of(sharers, limit, sharers > limit, evidence.is_valued, sources=sources)


def unlike_sharers(facts: pd.DataFrame, value: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how many unlike dwellings have the value of each dwelling, itself among them; NaN without a value.

    Parameters
    ----------
    facts : DataFrame
        Dwellings alike in all of these columns must share their value: they count once.
    value : ndarray of float, shape (n_dwellings,)
    """
    code, amounts = pd.factorize(value, use_na_sentinel=True)
    count = np.bincount(code[code >= 0], minlength=len(amounts))
    # Most values occur once: only the others have facts to compare.
    rows = np.flatnonzero(np.append(count > 1, False)[code])
    unlike = rows[~facts.iloc[rows].assign(_value=value[rows]).duplicated().to_numpy()]
    count[count > 1] = 0
    count += np.bincount(code[unlike], minlength=len(amounts))
    return np.where(code >= 0, np.append(count, 0)[code].astype(float), np.nan)


RULE = FlagRule(
    code="shared-value",
    title=Words(en="A value shared by many", nb="En verdi mange deler", nn="Ein verdi mange deler"),
    severity="review",
    sentence=Words(
        en="{number} dwellings that differ from one another have exactly this value; up to {limit} can be chance.",
        nb="{number} boliger som er ulike hverandre, har nøyaktig denne verdien; opp til {limit} kan være tilfeldig.",
        nn="{number} bustader som er ulike kvarandre, har nøyaktig denne verdien; opp til {limit} kan vere tilfeldig.",
    ),
    explanation="One value on many unlike dwellings is a default that was filled in, a cap that was hit, or a model "
    "that sees no difference. Dwellings alike in every fact count once. Look at what the dwellings named have in "
    "common: often one and the same wrong fact.",
    find=find,
    level="roll",
    number_kind="count",
    settings=("max_shared_share",),
)
