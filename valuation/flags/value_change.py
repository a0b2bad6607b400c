"""Has the value changed far more, or far less, than values in general since the last valuation?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Compare the log change from the prior value with the general change stored in the bundle."""
    general = evidence.seen.prior_log_change
    if evidence.prior_value is None or general is None:
        return Finding.not_applicable(len(evidence))
    prior = np.asarray(evidence.prior_value, dtype=float)
    prior = np.where(prior > 0, prior, np.nan)
    beyond = np.log(evidence.value("appraised_value") / prior) - general
    limit = np.sign(beyond) * params.prior_change
    sources = (Source("figure", "prior_value"), Source("figure", "appraised_value"))
    return Finding.of(np.expm1(beyond), np.expm1(limit), np.abs(beyond) > params.prior_change, sources=sources)


RULE = FlagRule(
    code="large-change",
    title=Words(en="Large change", nb="Stor endring", nn="Stor endring"),
    severity="review",
    sentence=Words(
        en="Since the last valuation the value has changed by {number} against values in general; the limit "
        "is {limit}.",
        nb="Sammenlignet med den alminnelige endringen siden forrige taksering er verdien endret {number}; grensen "
        "er {limit}.",
        nn="Samanlikna med den allmenne endringa sidan førre taksering er verdien endra {number}; grensa er {limit}.",
    ),
    explanation="Either the dwelling was altered, a fact was corrected, or one of the two values is wrong. Compare the "
    "facts then and now.",
    find=find,
    judges_value=True,
    number_kind="share",
    settings=("prior_change",),
)
