"""Letters of the small run: opened once, with one kind of fault more than the simulation makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.valuation.letters.kinds import SENT
from valuation.appraisal.bundle import Bundle
from valuation.letters.record import LetterRecord
from valuation.letters.records import Asked, ValuedRoll


@pytest.fixture(scope="session")
def valued_roll(letter_run: Path, small_bundle: Bundle) -> ValuedRoll:
    """That run, opened for letters sent on a day."""
    return ValuedRoll(small_bundle, letter_run, Asked(sent=SENT))


@pytest.fixture(scope="session")
def ten_records(valued_roll: ValuedRoll, kinds: dict[str, str]) -> dict[str, LetterRecord]:
    """Their records."""
    return dict(zip(kinds, valued_roll.records(list(kinds.values())), strict=True))


@pytest.fixture(scope="session")
def many_records(valued_roll: ValuedRoll) -> list[LetterRecord]:
    """Every fourth record of the roll."""
    return valued_roll.records(valued_roll.dwelling_ids[::4])
