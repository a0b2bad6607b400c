"""A column in another unit than its file says is called that, not a thousand impossible values."""

import pytest


def test_square_feet_become_square_metres(town):
    town.file["characteristics"]["area_m2"]["from"]["unit"] = "ft2"
    town.roll = [{**row, "area": "1000"} for row in town.roll]
    town.ingest()
    assert town.written_roll["area_m2"].iloc[0] == pytest.approx(92.90304)


def test_feet_as_metres_are_refused_as_such(town):
    town.roll = [{**row, "area": str(900 + i)} for i, row in enumerate(town.roll)]
    text = town.refusal()
    assert "look like square feet" in text
    assert "ft2" in text


def test_metres_that_are_called_feet_are_refused(town):
    town.file["characteristics"]["area_m2"]["from"]["unit"] = "ft2"
    assert "converted twice" in town.refusal()


def test_a_thousands_sign_taken_for_a_decimal_sign_is_refused(town):
    town.file["characteristics"]["built_year"]["possible"] = None
    town.file["tables"]["roll"]["decimal"] = "."
    town.file["tables"]["roll"]["thousands"] = ""
    town.roll = [{**row, "area": "60", "built": "1.950"} for row in town.roll]
    assert "30 × not_a_whole_number in 'built'" in town.refusal()
