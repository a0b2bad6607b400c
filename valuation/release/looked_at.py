"""Who has looked at the values? Each says so, and the flagged ones nobody has looked at are counted and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.looked_at import LOOKED_AT
from valuation.flags.flag import OPENS_A_CASE
from valuation.languages.spoken import say
from valuation.release.gate import EXAMPLES, Check, Evidence, Gate, has_flag, not_judged, of_count

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

UNSEEN = "flagged value nobody has looked at"
KINDS = {
    "stopped": "Without a value: for a person to settle",
    "flagged": "Flagged for a person",
    "drawn": "Drawn at random among the unflagged",
    "unflagged": "Not flagged for a person",
    "all": "The whole roll",
}
"""What asks for a look, and what it is called."""


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Look at every value: does it say whether a person has looked, and has one, where a flag asks for it?"""
    values = evidence.version.values
    ids = values["dwelling_id"]
    silent = of_count("value that does not say whether a person has looked", ~_says(values), ids, "none")
    return [silent, _unseen(values, params)]


def _unseen(values: pd.DataFrame, params: GateParams) -> Check:
    limit = "none" if params.is_review_required else "none is asked for (gates.is_review_required: false)"
    is_flagged = has_flag(values["flags"], OPENS_A_CASE)
    unseen = is_flagged & ~seen(values)
    n, n_unseen = int(is_flagged.sum()), int(unseen.sum())
    if not n:
        return not_judged(UNSEEN, limit, "no value is flagged for a person")
    if n_unseen and not params.is_review_required:
        # Counted and named, but never called passed: nobody has made sure of these.
        return Check(
            UNSEEN,
            "not judged",
            n,
            limit,
            found=float(n_unseen),
            remark="they go out as the machine valued them",
            examples=tuple(values.loc[unseen, "dwelling_id"].astype(str).head(EXAMPLES)),
        )
    return of_count(UNSEEN, unseen, values["dwelling_id"], limit, n=n)


def seen(values: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether a person has looked at each value; false where it does not say."""
    if LOOKED_AT not in values:
        return np.zeros(len(values), dtype=bool)
    return values[LOOKED_AT].eq(True).fillna(False).to_numpy(dtype=bool)


def _says(values: pd.DataFrame) -> NDArray[np.bool_]:
    if LOOKED_AT not in values:
        return np.zeros(len(values), dtype=bool)
    return values[LOOKED_AT].isin([True, False]).to_numpy(dtype=bool)


@dataclass(frozen=True)
class Looked:
    """How many values of a kind a person has looked at."""

    kind: str
    """Stable, for machines."""
    title: str
    dwellings: int
    looked_at: int


def who_looked(values: pd.DataFrame) -> tuple[Looked, ...]:
    """Count the values a person has looked at, by what asks for a look; each dwelling once, the whole roll last.

    Parameters
    ----------
    values : DataFrame
        `values.parquet` of a run.
    """
    flags = values["flags"].fillna("").astype(str)
    is_stopped = has_flag(flags, ["stop"])
    is_flagged = has_flag(flags, ["review"]) & ~is_stopped
    is_drawn = has_flag(flags, ["draw"]) & ~is_stopped & ~is_flagged
    kinds = {
        "stopped": is_stopped,
        "flagged": is_flagged,
        "drawn": is_drawn,
        "unflagged": ~(is_stopped | is_flagged | is_drawn),
        "all": np.ones(len(values), dtype=bool),
    }
    is_seen = seen(values)
    return tuple(
        Looked(kind, KINDS[kind], int(mask.sum()), int((mask & is_seen).sum())) for kind, mask in kinds.items()
    )


def in_words(looked: tuple[Looked, ...]) -> str:
    """Say in a sentence or two who has looked.

    Examples
    --------
    >>> print(in_words((Looked("flagged", "", 40, 30), Looked("all", "", 1000, 30))))
    A person has looked at 30 of 1,000 values, 30 of 40 flagged for one. The other 970 a machine valued alone.
    """
    by_kind = {one.kind: one for one in looked}
    whole = by_kind["all"]
    parts = {
        "flagged": lambda seen, n: say("{seen:,} of {n:,} flagged for one", seen=seen, n=n),
        "drawn": lambda seen, n: say("{seen:,} of {n:,} drawn at random", seen=seen, n=n),
        "stopped": lambda seen, n: say("{seen:,} of {n:,} without a value", seen=seen, n=n),
    }
    said = [
        tell(by_kind[kind].looked_at, by_kind[kind].dwellings)
        for kind, tell in parts.items()
        if kind in by_kind and by_kind[kind].dwellings
    ]
    told = say("A person has looked at {seen:,} of {n:,} values", seen=whole.looked_at, n=whole.dwellings)
    rest = say("The other {n:,} a machine valued alone.", n=whole.dwellings - whole.looked_at)
    return f"{', '.join((told, *said))}. {rest}"


GATE = Gate(
    code="looked-at",
    title="Every value says whether a person has looked at it",
    looks_at="roll",
    explanation="A value nobody has looked at is a machine's decision, and whoever is taxed by it has a right to know. "
    "Every value must say so. Values flagged for a person that nobody has looked at are counted and named; they stand "
    "in the way only where `is_review_required` says so. When it refuses, settle the dwellings named, then value the "
    "roll again with their decisions (`valuation revalue --decisions FILE`, then `valuation report`).",
    judge=judge,
    settings=("is_review_required",),
)
