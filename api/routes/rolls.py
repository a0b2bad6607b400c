"""Which rolls were released, and which is in force?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import TheService
from api.description import problems
from api.parameters import RollIdentity
from api.schemas.released import RollAnswer, RollsAnswer
from valuation.rolls.released_roll import ReleasedRoll

router = APIRouter(prefix="/rolls", tags=["rolls"])


def told(roll: ReleasedRoll) -> RollAnswer:
    """Return a roll for the wire: where its run lies is nobody's business."""
    return RollAnswer(**{name: value for name, value in asdict(roll).items() if name in RollAnswer.model_fields})


@router.get("", summary="List released rolls")
def list_rolls(service: TheService) -> RollsAnswer:
    """Return all released rolls, the newest first."""
    return RollsAnswer(rolls=[told(roll) for roll in service.rolls.rolls()])


@router.get("/{roll_id}", summary="One released roll", responses=problems(404))
def one_roll(roll_id: Annotated[str, Path(pattern=RollIdentity)], service: TheService) -> RollAnswer:
    """Return a released roll."""
    return told(service.rolls.roll(roll_id))
