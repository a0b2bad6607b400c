"""Is all that is told of a value the same whether it is asked for at once or bit by bit, alone or among others?"""

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.appraise import appraise
from valuation.appraisal.compared import adjustment_grids
from valuation.appraisal.explained import contribution_columns, explain
from valuation.appraisal.in_full import appraise_in_full
from valuation.explanation.tree_path import tree_paths


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "roll.parquet").head(300)


@pytest.fixture(scope="module")
def in_full(small_bundle, roll):
    return appraise_in_full(small_bundle, roll)


def test_everything_told_is_what_each_part_says_by_itself(small_bundle, roll, in_full):
    answers = appraise(small_bundle, roll)
    pd.testing.assert_frame_equal(in_full.answers.table, answers.table)
    assert in_full.grids == adjustment_grids(small_bundle, roll)
    said = (answers.table[name] for name in ("tree_value", "appraised_value"))
    # A fact that is not recorded is NaN, which equals nothing: told in words it does.
    assert repr(in_full.paths) == repr(tree_paths(small_bundle.models, answers.basis.features, *said))


def test_the_lines_in_money_are_the_columns_of_the_values_table(small_bundle, roll, in_full):
    columns = contribution_columns(small_bundle, explain(small_bundle, appraise(small_bundle, roll)))
    names = [name for name in columns if name.startswith("contribution_") and name != "contribution_rounding"]
    valued = [lines for lines in in_full.contributions if lines is not None]
    table = columns[columns["reference_value"].notna()]
    assert [list(lines.lines.values()) for lines in valued] == table[names].to_numpy().astype(int).tolist()
    assert [lines.reference_kind for lines in valued] == table["reference_kind"].tolist()
    groups = table[[name for name in columns if name.startswith("group_contribution_")]].to_numpy().astype(int)
    assert [list(lines.groups.values()) for lines in valued] == groups.tolist()


def test_reference_lines_and_rounding_end_at_the_value_for_every_dwelling(in_full):
    ends = [None if lines is None else lines.value for lines in in_full.contributions]
    assert ends == [answer.appraised_value for answer in in_full.answers]
    by_group = [
        lines.reference + sum(lines.groups.values()) + lines.rounding for lines in filter(None, in_full.contributions)
    ]
    assert by_group == [end for end in ends if end is not None]


def test_the_flags_told_are_those_of_the_value_with_their_figures(in_full):
    assert [tuple(flag.code for flag in flags) for flags in in_full.flags] == [v.flags for v in in_full.answers]
    table = in_full.answers.raised.table()
    told = [flag for flags in in_full.flags for flag in flags]
    assert len(told) == len(table) > 0
    assert [flag.characteristic for flag in told] == table["characteristic"].tolist()
    assert [[str(source) for source in flag.evidence] for flag in told] == table["evidence"].tolist()
    numbers = [np.nan if flag.number is None else flag.number for flag in told]
    np.testing.assert_array_equal(numbers, table["number"].where(np.isfinite(table["number"])))


def test_a_dwelling_is_told_the_same_alone_as_among_others(small_bundle, roll, in_full):
    places = [0, 7, 50, 299]
    alone = [appraise_in_full(small_bundle, roll.iloc[[place]])[0] for place in places]
    assert repr(alone) == repr([in_full[place] for place in places])


def test_one_by_one_they_are_those_of_the_whole(in_full):
    assert repr(list(in_full)) == repr([in_full[place] for place in range(len(in_full))])


def test_a_dwelling_without_a_value_has_flags_and_no_figures(small_bundle, roll):
    area = small_bundle.jurisdiction.characteristics.with_role("living_area")
    told = appraise_in_full(small_bundle, roll.head(3).assign(**{area: [np.nan, 80.0, np.nan]}))
    assert [one.contributions is None for one in told] == [True, False, True]
    assert [one.grid is None for one in told] == [True, False, True]
    assert [one.path.tree_value is None for one in told] == [True, False, True]
    assert "cannot-be-valued" in [flag.code for flag in told[0].flags]


def test_a_value_at_another_day_has_no_grid_and_its_lines_end_at_it(small_bundle, roll):
    valuation_date = np.datetime64(small_bundle.jurisdiction.valuation_date)
    told = appraise_in_full(small_bundle, roll.head(2), as_of=np.array([valuation_date, valuation_date - 100]))
    assert [one.grid is None for one in told] == [False, True]
    assert [one.contributions.value for one in told] == [one.value.appraised_value for one in told]


def test_nobody_asked_about_gets_nothing(small_bundle, roll):
    assert list(appraise_in_full(small_bundle, roll.head(0))) == []
