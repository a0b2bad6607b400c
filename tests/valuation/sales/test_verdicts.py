"""A verdict by a person wins over every rule, and says who decided, when and why."""

from __future__ import annotations

import pandas as pd
import pytest

from valuation.errors import InputRefused
from valuation.pipeline.params import ScreenParams
from valuation.sales.screening import screen_sales
from valuation.sales.verdicts import check_verdicts, unknown_verdicts

from .screened_sales import at, place, screened, sixty_sales


def verdict(sale_id, is_valid, **more):
    row = {"sale_id": sale_id, "is_valid": is_valid, "reason": "seen", "who": "Kari", "date": "2025-02-01"}
    return check_verdicts(pd.DataFrame([row | more]), "verdicts.csv")


def test_a_verdict_by_a_person_wins_over_every_rule():
    sales = sixty_sales(relation=at(3, "gift", "free"))
    table = screened(sales, verdict("s003", "yes"))
    assert table["is_valid_sale"].iloc[3]
    assert table["verdict"].iloc[3] == "Kari, 2025-02-01: seen"


def test_a_verdict_excludes_a_sale_that_no_rule_excludes():
    table, excluded, summary = screen_sales(
        sixty_sales(), place(), ScreenParams(), verdict("s003", "nei", reason="a plot only")
    )
    assert table["exclusion_codes"].iloc[3] == "verdict"
    assert excluded["reason"].tolist() == ["Kari, 2025-02-01: a plot only"]
    assert summary.set_index("code").loc["verdict", "n_excluded"] == 1


def test_a_verdict_on_a_sale_that_is_not_there_is_named():
    assert unknown_verdicts(sixty_sales(), verdict("s999", "no")) == ["s999"]
    assert screened(sixty_sales(), verdict("s999", "no"))["is_valid_sale"].all()


def test_of_two_verdicts_the_newer_counts():
    rows = [
        {"sale_id": "s", "is_valid": word, "reason": "r", "who": "w", "date": day}
        for word, day in (("no", "2025-03-01"), ("yes", "2025-02-01"))
    ]
    assert check_verdicts(pd.DataFrame(rows), "v")["is_valid"].tolist() == [False]


@pytest.mark.parametrize(
    ("column", "text", "what"),
    [
        ("is_valid", "maybe", "neither yes nor no"),
        ("date", "1.2.25", "no date"),
        ("who", " ", "an empty cell"),
        ("reason", "", "an empty cell"),
    ],
)
def test_a_verdict_that_says_too_little_is_refused_with_its_line(column, text, what):
    with pytest.raises(InputRefused, match=rf"line 2: .*{what}"):
        verdict("s003", **({"is_valid": "yes"} | {column: text}))


def test_verdicts_without_a_reason_column_are_refused():
    with pytest.raises(InputRefused, match="no column 'reason'"):
        check_verdicts(pd.DataFrame({"sale_id": ["s"], "is_valid": ["yes"]}), "v")
