"""Is a large error more likely than an office can let pass?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Compare the chance of an error over 20 % with the limit."""
    risk = evidence.value("error_risk")
    return Finding.of(risk, params.error_likely, risk > params.error_likely, sources=(Source("figure", "error_risk"),))


RULE = FlagRule(
    code="error-likely",
    title=Words(en="An error is likely", nb="Feil er sannsynlig", nn="Feil er sannsynleg"),
    severity="review",
    sentence=Words(
        en="The chance that the value is more than 20% off the price is {number}; {limit} is the most that goes "
        "without review.",
        nb="Sjansen for at verdien bommer med mer enn 20\xa0% på prisen, er {number}; {limit} er det meste som går "
        "uten kontroll.",
        nn="Sjansen for at verdien bommar med meir enn 20\xa0% på prisen, er {number}; {limit} er det meste som går "
        "utan kontroll.",
    ),
    explanation="The chance is learned from how far values of sales like this one missed their price. It is what ranks "
    "the queue. Look at what else is told about the dwelling; where nothing is, its kind alone is hard to value. The "
    "limit follows from how many dwellings an office can look at: `valuation budget` proposes it.",
    find=find,
    judges_value=True,
    number_kind="share",
    settings=("error_likely",),
)
