"""What tests of the store make again and again: a roll of five dwellings, its values, cases and events."""

from __future__ import annotations

from valuation.review.case import ReviewCase
from valuation.rolls.released_roll import ReleasedRoll, ReleasedValue, release_event, value_id
from valuation.rolls.repository import RollRepository

NOON = "2026-11-29T12:00:00.000000Z"
ROLL = ReleasedRoll(
    roll_id="2026-11-29-rolig-fjell",
    jurisdiction="town",
    currency="NOK",
    valuation_date="2026-01-01",
    model_version="a" * 12,
    manifest_sha256="b" * 64,
    data_hash="c" * 64,
    values_sha256="d" * 64,
    run_folder="2026-11-29-rolig-fjell-dddddddddddd",
    n_dwellings=5,
    released_at=NOON,
    released_by="per",
)
# One row is a dwelling: property, unit, address, area, type, x, y, value, flags.
DWELLINGS = (
    ("5001-1/2/0/0", "H0101", "Storgata 1", "TB", "flat", 10.0, 10.0, 4_000_000, ("error-likely",)),
    ("5001-1/2/0/0", "H0201", "Storgata 1", "TB", "flat", 10.0, 10.0, 4_100_000, ()),
    ("5001-1/23/0/0", "H0101", "Storgata 12B", "TB", "house", 20.0, 10.0, 6_000_000, ("drawn-at-random",)),
    ("5001-101/2/0/4", "U0101", "Åsvegen 1", "ÅS", "house", 30.0, 40.0, None, ("cannot-be-valued", "missing-fact")),
    ("5001-101/3/0/0", "H0101", "50%_vegen 7", None, None, None, None, 5_000_000, ()),
)


def released(roll: ReleasedRoll = ROLL) -> list[ReleasedValue]:
    return [a_value(roll, *row) for row in DWELLINGS]


def a_value(roll, property_id, unit, address, area, kind, x_m, y_m, value, flags) -> ReleasedValue:
    dwelling_id = f"{property_id}-{unit}"
    return ReleasedValue(
        value_id=value_id(roll.roll_id, dwelling_id),
        roll_id=roll.roll_id,
        dwelling_id=dwelling_id,
        address=address,
        property_id=property_id,
        market_area=area,
        dwelling_type=kind,
        x_m=x_m,
        y_m=y_m,
        appraised_value=value,
        lower_value=None if value is None else value - 500_000,
        upper_value=None if value is None else value + 700_000,
        coverage=0.9,
        accuracy_class="C",
        prior_value=3_333_333,
        error_risk=0.1 + 0.2,
        expected_error=1 / 3,
        expected_tax_error=None,
        flags=flags,
        looked_at=False,
        record={"dwelling_id": dwelling_id, "area_m2": 96.5, "has_lift": None, "type": kind, "note": "«æ»\n'; --"},
        explanation_sha256="e" * 64,
    )


def a_case(value: ReleasedValue) -> ReviewCase:
    return ReviewCase(
        case_id=f"case-{value.value_id}",
        roll_id=value.roll_id,
        dwelling_id=value.dwelling_id,
        value_id=value.value_id,
        opened_at=NOON,
        opened_because=value.flags,
    )


def release(rolls: RollRepository, roll: ReleasedRoll = ROLL) -> ReleasedRoll:
    values = released(roll)
    return rolls.release(roll, iter(values), (a_case(value) for value in values if value.flags), release_event(roll))
