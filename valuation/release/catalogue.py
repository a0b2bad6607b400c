"""Which gates are there, and what do they say about this version?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from valuation.release import (
    complete_roll,
    equity,
    kept_coverage,
    level,
    looked_at,
    monotonicity,
    rivals,
    same_values,
    shared_values,
    sold_and_unsold,
    twins,
    value_changes,
    zone_borders,
)
from valuation.release.gate import Check, Evidence, Gate

if TYPE_CHECKING:
    from valuation.pipeline.params import GateParams

GATES: tuple[Gate, ...] = (
    complete_roll.GATE,
    same_values.GATE,
    value_changes.GATE,
    shared_values.GATE,
    sold_and_unsold.GATE,
    twins.GATE,
    monotonicity.GATE,
    zone_borders.GATE,
    looked_at.GATE,
    level.WHOLE,
    level.GROUPED,
    equity.COD,
    equity.PRB,
    kept_coverage.WHOLE,
    kept_coverage.GROUPED,
    rivals.STANDARD_PRICES,
    rivals.CHAMPION,
    rivals.AREAS,
)
"""Every gate, those on the whole roll first."""


@dataclass(frozen=True)
class Judged:
    """What one gate answered."""

    gate: Gate
    checks: tuple[Check, ...]

    @property
    def refused(self) -> list[Check]:
        """The checks that stand in the way."""
        return [check for check in self.checks if check.is_refused]

    @property
    def status(self) -> str:
        """Return "refused", "passed", or "not judged" where no check could be made."""
        if self.refused:
            return "refused"
        return "passed" if any(check.status == "passed" for check in self.checks) else "not judged"


def judge_all(
    evidence: Evidence, params: GateParams, told: Callable[[str, int, int], None] = lambda *_: None
) -> list[Judged]:
    """Ask every gate.

    Parameters
    ----------
    evidence : Evidence
    params : GateParams
    told : callable
        Told ``("gates", done, total)``.
    """
    found = []
    for number, gate in enumerate(GATES, start=1):
        found.append(Judged(gate, tuple(gate.judge(evidence, params))))
        told("gates", number, len(GATES))
    return found
