"""Do the three models give very different values?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Take the larger log difference of the boosted value from the baseline and from the tree."""
    value = evidence.value("appraised_value")
    others = [evidence.value(name) for name in ("baseline_value", "tree_value")]
    with np.errstate(divide="ignore", invalid="ignore"):
        differences = [np.abs(np.log(value / other)) for other in others]
    difference = np.fmax(differences[0], differences[1])
    tree_is_farther = ~(differences[0] >= differences[1])

    def sources(place: int) -> tuple[Source, ...]:
        other = "tree_value" if tree_is_farther[place] else "baseline_value"
        return Source("figure", "appraised_value"), Source("figure", other)

    # As a share, which people read: a log difference of 0.35 is 42 percent.
    limit = params.model_disagreement
    return Finding.of(np.expm1(difference), np.expm1(limit), difference > limit, sources=sources)


RULE = FlagRule(
    code="models-disagree",
    title=Words(en="The methods disagree", nb="Metodene er uenige", nn="Metodane er usamde"),
    severity="review",
    sentence=Words(
        en="A simpler method gives a value {number} apart; {limit} is the most that goes without review.",
        nb="En enklere metode gir en verdi som avviker med {number}; {limit} er det meste som går uten kontroll.",
        nn="Ein enklare metode gjev ein verdi som avvik med {number}; {limit} er det meste som går utan kontroll.",
    ),
    explanation="The value is set by the boosted model; the decision tree and the price per square metre of the area "
    "are two simpler methods. When one of them is far off, something about this dwelling weighs heavily in one "
    "method alone: see the contributions.",
    find=find,
    judges_value=True,
    number_kind="share",
    settings=("model_disagreement",),
)
