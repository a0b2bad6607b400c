"""Every value of the roll taken apart: to the krone, alone as among others, and compared with its like."""

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.appraisal.explained import contribution_columns, explain
from valuation.appraisal.revaluation import revalue_roll
from valuation.errors import InputRefused


@pytest.fixture(scope="module")
def values(small_run):
    return pd.read_parquet(small_run / "values.parquet").set_index("dwelling_id")


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "roll.parquet")


def lines_of(values):
    return values.filter(regex="^contribution_")


def groups_of(values):
    return values.filter(regex="^group_contribution_")


def test_reference_and_lines_are_each_value_of_the_roll_to_the_krone(values):
    valued = values[values["appraised_value"].notna()]
    assert len(valued) > 1000
    assert (valued["reference_value"] + lines_of(valued).sum(axis=1) == valued["appraised_value"]).all()


def test_reference_groups_and_rounding_are_each_value_of_the_roll_to_the_krone(values):
    valued = values[values["appraised_value"].notna()]
    sums = valued["reference_value"] + groups_of(valued).sum(axis=1) + valued["contribution_rounding"]
    assert (sums == valued["appraised_value"]).all()


def test_contributions_are_whole_units_of_money(values):
    amounts = pd.concat([lines_of(values), groups_of(values), values[["reference_value"]]], axis=1).to_numpy()
    known = amounts[np.isfinite(amounts)]
    assert (known == np.rint(known)).all()


def test_rounding_is_no_more_than_half_a_unit_a_line(values):
    assert values["contribution_rounding"].abs().max() <= (lines_of(values).shape[1] + 1) / 2


def test_at_the_valuation_date_the_time_index_adds_nothing(values):
    assert (values["contribution_time_index"].dropna() == 0).all()


def test_every_line_of_the_dictionary_and_of_the_place_is_there(values, small_bundle):
    assert list(lines_of(values)) == [
        f"contribution_{name}" for name in (*small_bundle.typical.lines, "time_index")
    ] + ["contribution_rounding"]


def test_the_reference_is_that_of_the_kind_it_names(values, small_bundle):
    valued = values[values["appraised_value"].notna()]
    of_kind = dict(zip(small_bundle.typical.kinds, np.rint(np.exp(small_bundle.typical.log_value)), strict=True))
    assert (valued["reference_kind"].map(of_kind) == valued["reference_value"]).all()
    is_own = valued["reference_kind"] == valued["dwelling_type"]
    assert (is_own | (valued["reference_kind"] == "all")).all()
    assert is_own.mean() > 0.8


def test_a_dwelling_without_a_value_has_no_contributions(small_bundle, roll):
    known = roll.head(2).assign(living_area_m2=[np.nan, 80.0])
    answers = appraise(small_bundle, known)
    columns = contribution_columns(small_bundle, explain(small_bundle, answers))
    assert columns.iloc[0].isna().all()
    assert columns.iloc[1].notna().all()


def test_a_dwelling_is_explained_alone_as_in_the_roll(small_bundle, roll, values):
    one = roll[roll["dwelling_id"] == values["appraised_value"].dropna().index[500]]
    columns = contribution_columns(small_bundle, explain(small_bundle, appraise(small_bundle, one)))
    stored = values.loc[one["dwelling_id"], columns.columns].reset_index(drop=True)
    pd.testing.assert_frame_equal(columns, stored)


def test_on_another_day_the_time_index_has_a_line_of_its_own(small_bundle, roll):
    answers = appraise(small_bundle, roll.head(20), as_of=pd.Timestamp("2023-03-01"))
    columns = contribution_columns(small_bundle, explain(small_bundle, answers))
    assert (columns["contribution_time_index"].abs() > 1000).all()
    sums = columns["reference_value"] + lines_of(columns).sum(axis=1)
    assert (sums == answers.table["appraised_value"]).all()


def test_a_roll_of_which_no_dwelling_has_a_value_is_explained_by_nothing(small_bundle, roll):
    answers = appraise(small_bundle, roll.head(3).assign(living_area_m2=np.nan))
    assert contribution_columns(small_bundle, explain(small_bundle, answers)).isna().all(axis=None)


def test_answers_that_do_not_say_what_they_were_made_from_are_refused(small_bundle, roll):
    with pytest.raises(InputRefused, match="do not say"):
        explain(small_bundle, appraise(small_bundle, roll.head(0)))


def test_contributions_hang_on_neither_the_part_size_nor_the_threads(small_bundle, small_run, values, tmp_path):
    again = revalue_roll(
        small_bundle, small_run / "roll.parquet", tmp_path / "values.parquet", chunk_rows=97, n_threads=1
    ).set_index("dwelling_id")
    columns = ["reference_kind", "reference_value", *lines_of(values), *groups_of(values)]
    pd.testing.assert_frame_equal(again[columns], values[columns])
