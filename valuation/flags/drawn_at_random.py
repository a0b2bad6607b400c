"""Was the dwelling drawn at random, so that errors nobody suspects are found?"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagRule, Source, texts
from valuation.flags.roll_evidence import RollEvidence

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams

CODE = "drawn-at-random"


def find(evidence: RollEvidence, params: FlagParams) -> Finding:
    """Draw among the dwellings that have a value and that no other flag sends to a person."""
    n = len(evidence)
    can_be_drawn = evidence.is_valued & ~evidence.opens_case
    chosen = np.flatnonzero(can_be_drawn)
    areas, types = evidence.market_areas, evidence.dwelling_types
    strata = pd.DataFrame({"area": areas.iloc[chosen].fillna(""), "type": types.iloc[chosen].fillna("")})
    drawn = np.zeros(n, dtype=bool)
    key = f"{params.draw_seed}|{evidence.identity}"
    ids = texts(evidence.dwellings, "dwelling_id").to_numpy(dtype=object)[chosen]
    drawn[chosen[draw(ids, strata, params.drawn_share, key)]] = True
    sources = tuple(Source("characteristic", name) for name in evidence.strata_names)
    number = np.where(can_be_drawn, float(drawn.sum()), np.nan)
    return Finding.of(number, float(len(chosen)), drawn, can_be_drawn, sources=sources)


def draw(ids: NDArray[np.object_], strata: pd.DataFrame, share: float, key: str) -> NDArray[np.intp]:
    """Draw a share of the dwellings, spread evenly over the strata, each with the same chance.

    Systematic sampling: strata one after the other, in each the dwellings in an order that the key decides, then every
    1 / share-th from a start that the key decides. A stratum of three dwellings is neither left out for being small nor
    given one for being there.

    Parameters
    ----------
    ids : ndarray of str, shape (n_dwellings,)
        Each once.
    strata : DataFrame, shape (n_dwellings, n_columns)
    share : float
        0 to 1.
    key : str
        The same key draws the same dwellings, whatever their order.

    Returns
    -------
    ndarray of int
        Positions of those drawn, ascending.

    References
    ----------
    Cochran, Sampling Techniques (1977), chapter 8.
    """
    if share <= 0 or not len(ids):
        return np.empty(0, dtype=np.intp)
    digest = hashlib.sha256(key.encode()).digest()
    shuffle = pd.util.hash_array(ids, hash_key=digest.hex()[:16], categorize=False)
    # The identity last: two hashes may be equal, and the order of rows must not decide then.
    ordered = strata.reset_index(drop=True).assign(shuffle=shuffle, id=ids)
    order = ordered.sort_values([*strata.columns, "shuffle", "id"]).index.to_numpy()
    start = int.from_bytes(digest[16:24], "big") / 2**64
    places = np.floor((start + np.arange(int(len(ids) * share) + 1)) / share).astype(np.intp)
    return np.sort(order[places[places < len(ids)]])


RULE = FlagRule(
    code=CODE,
    title=Words(en="Drawn at random", nb="Trukket ut tilfeldig", nn="Trekt ut tilfeldig"),
    severity="draw",
    sentence=Words(
        en="Drawn by lot as one of {number} among the {limit} dwellings that nothing was said about. Nothing speaks "
        "against this value.",
        nb="Trukket ut ved loddtrekning, som en av {number} blant de {limit} boligene det ikke var noe å si om. "
        "Ingenting taler mot denne verdien.",
        nn="Trekt ut ved loddtrekning, som ein av {number} blant dei {limit} bustadene det ikkje var noko å seie om. "
        "Ingenting talar mot denne verdien.",
    ),
    explanation="It opens a case but is no doubt: a person looks at a small share of the values that no rule says "
    "anything about, since only so it is known how many errors the rules miss. Settle it as any other case, and do not "
    "look harder for an error than elsewhere. Every dwelling without another flag has the same chance; the draw is "
    "spread over market areas and types, and follows from the roll and a seed, so it can be repeated and nobody "
    "chooses. Another roll or another seed draws others.",
    find=find,
    level="roll",
    number_kind="count",
    settings=("drawn_share", "draw_seed"),
)
