"""Does more of what the dictionary promises to raise a value ever lower it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from valuation.appraisal.appraise import appraise
from valuation.dwellings.characteristics import Characteristic
from valuation.release.gate import EXAMPLES, Check, Evidence, Gate, not_judged

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

FACTORS = (1.0, 1.02, 1.1, 1.3)
"""What a measured figure is multiplied with, step by step."""
COUNTS = (0.0, 1.0, 2.0, 3.0)
"""What is added to a figure that counts or ranks."""


def judge(evidence: Evidence, params: GateParams) -> list[Check]:
    """Value a sample of the roll with each promised fact raised step by step, everything else as it is."""
    promised = {name: item for name, item in evidence.dictionary.items() if item.direction != "either"}
    if not promised:
        return [not_judged("value against the promised direction", "none", "the data dictionary promises no direction")]
    drawn = evidence.draw(evidence.version.roll, params)
    return [_check(evidence, drawn, name, item) for name, item in promised.items()]


def _check(evidence: Evidence, drawn: pd.DataFrame, name: str, item: Characteristic) -> Check:
    measure = f"{name}: more of it {'lowers' if item.direction == 'raises' else 'raises'} the value"
    known = drawn[drawn[name].notna()].reset_index(drop=True)
    if known.empty:
        return not_judged(measure, "none", f"no dwelling of the sample has a recorded {name}")
    steps = [_raised(known, name, item, step) for step in range(len(FACTORS))]
    # One call for all steps: one way to a value, and no room for a difference between calls.
    answers = appraise(evidence.version.bundle, pd.concat(steps, ignore_index=True)).table["appraised_value"]
    values = answers.to_numpy(float).reshape(len(steps), len(known))
    sign = 1.0 if item.direction == "raises" else -1.0
    change = sign * np.diff(values, axis=0)
    # A step out of the possible range has no value, and breaks no promise.
    against = np.nan_to_num(change, nan=0.0) < 0
    is_wrong: NDArray[np.bool_] = np.asarray(against.any(axis=0))
    worst = float(np.min(np.nan_to_num(change / values[:-1], nan=0.0)))
    return Check(
        measure,
        "refused" if is_wrong.any() else "passed",
        len(known),
        "none",
        found=float(is_wrong.sum()),
        remark=f"{int(np.isfinite(change).sum()):,} steps tried; worst against the promise {abs(min(worst, 0)):.2%}",
        examples=tuple(known["dwelling_id"][is_wrong].astype(str).head(EXAMPLES)),
    )


def _raised(known: pd.DataFrame, name: str, item: Characteristic, step: int) -> pd.DataFrame:
    figure = known[name].to_numpy(dtype=float, na_value=np.nan)
    raised = figure * FACTORS[step] if item.kind == "number" else figure + COUNTS[step]
    if item.possible is not None:
        raised = np.minimum(raised, item.possible[1])
    return known.assign(**{name: raised})


GATE = Gate(
    code="monotonicity",
    title="More of what raises a value never lowers it",
    looks_at="roll",
    explanation="The data dictionary promises for some facts that more of them never lowers (or never raises) a value. "
    "A seeded sample of the roll is valued with each such fact raised in three steps and all else as recorded, through "
    "the same `appraise` that values the roll. A single dwelling against the promise refuses. When it refuses, a "
    "feature made of the fact is not constrained: see how-to/add-a-characteristic.md.",
    judge=judge,
    settings=("sample_dwellings", "seed"),
)
