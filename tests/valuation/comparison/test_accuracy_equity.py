"""Do all versions stand on the picture once, where their figures are, with the live one marked?"""

from __future__ import annotations

import re

import pytest

from valuation.comparison.accuracy_equity import MAX_VERSIONS, JudgedVersion, accuracy_equity
from valuation.comparison.pictures import accuracy_equity_picture

FIGURES = {"cod": 10.0, "cod_lower": 9.0, "cod_upper": 11.0, "prb": -0.05, "prb_lower": -0.08, "prb_upper": 0.01}
A = JudgedVersion("run a", "aaa", FIGURES, 100, role="A")
B = JudgedVersion("run b", "bbb", FIGURES | {"cod": 8.0}, 100, role="B")


def tracked(name, **more):
    return JudgedVersion(f"run {name}", name, FIGURES, 50, **more)


def test_the_distance_of_an_interval_around_zero_begins_at_zero():
    row = accuracy_equity([A, B], None).table.iloc[0]
    assert (row["distance"], row["distance_lower"], row["distance_upper"]) == (0.05, 0.0, 0.08)


def test_a_run_tracked_twice_stands_once_and_a_compared_one_not_again():
    found = accuracy_equity([A, B], [tracked("ccc"), tracked("bbb", is_champion=True), tracked("ccc"), tracked("ddd")])
    assert found.table["model_version"].tolist() == ["aaa", "bbb", "ccc", "ddd"]
    assert found.table["is_champion"].tolist() == [False, True, False, False]
    assert found.statements == ("2 other versions are tracked, each shown with the figures of its own holdout.",)


@pytest.mark.parametrize(
    ("others", "words"),
    [(None, "Runs are not tracked here"), ([], "No other run of this jurisdiction is tracked")],
)
def test_without_other_runs_only_the_two_are_shown_and_a_sentence_says_so(others, words):
    found = accuracy_equity([A, B], others)
    assert found.table["role"].tolist() == ["A", "B"]
    assert found.statements[0].startswith(words)


def test_more_versions_than_can_be_told_apart_are_left_out_and_counted():
    found = accuracy_equity([A, B], [tracked(f"v{place}") for place in range(40)])
    assert len(found.table) == MAX_VERSIONS
    assert "The 12 oldest of them are left out of picture and table." in found.statements


def test_every_version_with_figures_is_a_mark_and_the_live_one_bears_a_ring():
    none = JudgedVersion("old", "eee", {}, None)
    table = accuracy_equity([A, B], [tracked("ccc", is_champion=True), none]).table
    picture = accuracy_equity_picture(table)
    assert len(re.findall(r"<circle[^>]* r='4'", picture)) == 1
    assert len(re.findall(r"<circle[^>]* r='9'", picture)) == 1
    assert len(re.findall("<rect|<polygon", picture)) == 2


def test_versions_without_a_figure_make_a_picture_that_says_so():
    nothing = JudgedVersion("a", "aaa", {}, None, role="A")
    assert "no figures" in accuracy_equity_picture(accuracy_equity([nothing], None).table)


def test_figures_are_taken_from_valid_sales():
    metrics = {"valid_sales": {"boosted": {"cod": 5, "prb": None, "mdape": float("nan")}, "n_valued": 7}}
    judged = JudgedVersion.of_metrics("run", "v", metrics)
    assert (dict(judged.figures), judged.n_sales) == ({"cod": 5.0}, 7)
