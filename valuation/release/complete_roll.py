"""Has every dwelling of the roll a value, or a reason why it has none?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from valuation.release.gate import Check, Evidence, Gate, has_flag, of_count

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams


def judge(evidence: Evidence, _: GateParams) -> list[Check]:
    """Look at every value: there, above zero, whole, within its range, and for the dwellings of the roll alone."""
    values, roll = evidence.version.values, evidence.version.roll
    ids = values["dwelling_id"]
    value, lower, upper = (
        values[name].to_numpy(dtype=float, na_value=np.nan)
        for name in ("appraised_value", "lower_value", "upper_value")
    )
    is_listed = has_flag(values["flags"], ["stop"])
    has_value = ~np.isnan(value)
    around = (lower > 0) & (lower <= value) & (value <= upper) & np.isfinite(upper)
    known, valued = set(roll["dwelling_id"]), set(ids)
    missing = roll.loc[~roll["dwelling_id"].isin(valued), "dwelling_id"]
    return [
        of_count("no value and not listed as such", ~has_value & ~is_listed, ids, "none"),
        of_count("listed as not valued, with a value", has_value & is_listed, ids, "none"),
        of_count("value zero, negative or infinite", has_value & ~(np.isfinite(value) & (value > 0)), ids, "none"),
        of_count("value with a fraction of the currency", has_value & (value != np.rint(value)), ids, "none"),
        of_count("value outside its own range", has_value & ~around, ids, "none"),
        of_count("dwelling of the roll not in the values", np.ones(len(missing), bool), missing, "none", n=len(roll)),
        of_count("value of a dwelling not on the roll", ~ids.isin(known).to_numpy(bool), ids, "none"),
    ]


GATE = Gate(
    code="complete-roll",
    title="Every dwelling has a value, or a reason why not",
    looks_at="roll",
    explanation="A missing, zero or negative value that nobody listed becomes a tax of nothing. Every dwelling of "
    "the roll is looked at; one is enough to refuse. When it refuses, look at the dwellings named, "
    "correct their records or the rule that should have listed them, and value the roll again.",
    judge=judge,
)
