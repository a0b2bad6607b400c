"""What a rule says of one dwelling, as tests write it."""

from __future__ import annotations

from typing import Any

from valuation.flags.catalogue import rule
from valuation.pipeline.params import FlagParams

PARAMS = FlagParams.model_validate({})
RAISED, PASSED, NOT_APPLICABLE = (True, True), (False, True), (False, False)


def outcome(code: str, evidence: Any, place: int = 0) -> tuple[bool, bool]:
    """Whether the rule is raised for the dwelling at a place, and whether it had anything to judge by."""
    found = rule(code).find(evidence, PARAMS)
    return bool(found.is_raised[place]), bool(found.is_applicable[place])
