"""Is the probable price range too wide to be of use?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.dwellings.characteristics import Words
from valuation.flags.flag import Finding, FlagEvidence, FlagRule, Source
from valuation.uncertainty.coverage import relative_width

if TYPE_CHECKING:
    from valuation.pipeline.params import FlagParams


def find(evidence: FlagEvidence, params: FlagParams) -> Finding:
    """Judge the width over the value against a fixed limit and against what is usual for the type."""
    width = relative_width(*map(evidence.value, ("lower_value", "upper_value", "appraised_value")))
    # The usual width comes from the bundle, never from the rows at hand: alone or in the roll, the same flag.
    widths = evidence.seen.typical_widths
    usual = np.array([widths.get(kind, np.nan) for kind in evidence.dwelling_types], dtype=float)
    limit = np.fmin(params.max_relative_width, params.width_times_typical * usual)
    sources = (Source("figure", "lower_value"), Source("figure", "upper_value"), Source("figure", "appraised_value"))
    return Finding.of(width, limit, width > limit, sources=sources)


RULE = FlagRule(
    code="interval-too-wide",
    title=Words(en="Uncertain value", nb="Usikker verdi", nn="Usikker verdi"),
    severity="review",
    sentence=Words(
        en="The probable price range spans {number} of the value; for this type of dwelling {limit} is the most that "
        "goes without review.",
        nb="Det sannsynlige prisområdet utgjør {number} av verdien; for denne boligtypen er {limit} det meste som går "
        "uten kontroll.",
        nn="Det sannsynlege prisområdet utgjer {number} av verdien; for denne bustadtypen er {limit} det meste som går "
        "utan kontroll.",
    ),
    explanation="A wide range says that dwellings like this one sold at very different prices. Look for what the "
    "register does not show: condition, view, alterations. The limit is the lower of a fixed share of "
    "the value and a multiple of the usual width of the type.",
    find=find,
    judges_value=True,
    number_kind="share",
    settings=("max_relative_width", "width_times_typical"),
)
