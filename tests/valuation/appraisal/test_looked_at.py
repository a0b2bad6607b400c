"""A value says whether a person looked at it: only where somebody decided about this very value."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.appraisal.looked_at import COLUMNS, decisions_in_words, looked_at, read_decisions
from valuation.appraisal.revaluation import values_digest
from valuation.errors import InputRefused, WrongUse

HEAD = ",".join(COLUMNS)
GOOD = "a,4500000,2026-01-31T09:30:00Z,cw-07,accepted"
VALUES = pd.DataFrame({"dwelling_id": ["a", "b", "c"], "appraised_value": [4_500_000.0, 3_000_000.0, np.nan]})


@pytest.fixture
def written(tmp_path):
    def write(*lines: str, head: str = HEAD, encoding: str = "utf-8"):
        path = tmp_path / "decisions.csv"
        path.write_bytes("\n".join([head, *lines, ""]).encode(encoding))
        return path

    return write


def test_a_decision_about_this_value_is_a_look_at_it(written):
    decisions = read_decisions(written(GOOD, "c,,2026-02-01,cw-08,cannot_be_valued"))
    assert looked_at(VALUES, decisions).tolist() == [True, False, True]


def test_a_decision_about_the_value_before_is_no_look_at_the_one_now(written):
    decisions = read_decisions(written(GOOD, "b,2900000,2026-02-01,cw-08,accepted", "z,1,2026-02-01,cw-08,accepted"))
    assert looked_at(VALUES, decisions).tolist() == [True, False, False]
    assert decisions_in_words(VALUES, decisions) == (
        "3 decisions: 1 about a value of this roll, 1 about a value that has changed since, "
        "1 about dwellings that are not on the roll"
    )


def test_where_nobody_decided_a_machine_valued_all(written):
    assert looked_at(VALUES, None).tolist() == [False, False, False]


def test_of_several_decisions_on_a_dwelling_one_about_its_value_is_enough(written):
    later = "a,4400000,2026-03-01,cw-09,needs_inspection"
    assert looked_at(VALUES, read_decisions(written(GOOD, later))).tolist() == [True, False, False]


def test_parquet_and_semicolons_are_read_alike(written, tmp_path):
    from_csv = read_decisions(written(GOOD.replace(",", ";"), head=HEAD.replace(",", ";"), encoding="utf-8-sig"))
    table = from_csv.assign(decided_at=from_csv["decided_at"].dt.tz_localize(None))
    table.to_parquet(tmp_path / "decisions.parquet", index=False)
    from_parquet = read_decisions(tmp_path / "decisions.parquet")
    assert looked_at(VALUES, from_parquet).tolist() == looked_at(VALUES, from_csv).tolist() == [True, False, False]


FAR_AHEAD = "2999-01-31T09:30:00Z"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD.replace("a,4500000", ",4500000"), "line 3: dwelling_id '' cannot be meant"),
        (GOOD.replace("4500000", "-1"), "line 3: appraised_value '-1' cannot be meant"),
        (GOOD.replace("4500000", "4.5 mill"), "line 3: appraised_value '4.5 mill'"),
        (GOOD.replace("4500000", "inf"), "line 3: appraised_value 'inf'"),
        (GOOD.replace("2026-01-31T09:30:00Z", "31.01.2026"), "line 3: decided_at '31.01.2026'"),
        (GOOD.replace("2026-01-31T09:30:00Z", FAR_AHEAD), "Expected: a time that has been"),
        (GOOD.replace("cw-07", "Kari Nordmann"), "no name, no address"),
        (GOOD.replace("cw-07", "kari@kommune.no"), "no name, no address"),
        (GOOD.replace("cw-07", "01017012345"), "no national identity number"),
        (GOOD.replace("cw-07", ""), "decided_by cannot be meant"),
        (GOOD.replace("accepted", "ok"), "outcome 'ok' cannot be meant\nExpected: one of accepted, own_value"),
        ("a,4500000,2026-01-31", "line 3: 'a,4500000,2026-01-31' is no decision"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused_with_its_line(written, line, message):
    with pytest.raises(InputRefused, match=message.replace("(", r"\(")):
        read_decisions(written(GOOD, line, GOOD))


MORE = HEAD + ",decided_value,reason_code"
OWN = GOOD.replace("accepted", "own_value")


def test_the_value_set_instead_and_its_reason_are_read(written):
    read = read_decisions(written(OWN + ",4100000,condition-poor", GOOD + ",,", head=MORE))
    assert read["decided_value"].tolist()[0] == 4_100_000
    assert read["decided_value"].isna().tolist() == [False, True]
    assert read["reason_code"].tolist() == ["condition-poor", ""]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD + ",4100000,", "decided_value '4100000' cannot be meant"),
        (OWN + ",-1,", "decided_value '-1' cannot be meant"),
        (OWN + ",4100000.50,", "decided_value '4100000.50' cannot be meant"),
        (OWN + ",mye,", "decided_value 'mye' cannot be meant"),
        (OWN + ",4100000,Kari fra nummer 3", "reason_code 'Kari fra nummer 3' cannot be meant"),
    ],
)
def test_another_value_that_cannot_be_meant_is_refused_with_its_line(written, line, message):
    with pytest.raises(InputRefused, match=message):
        read_decisions(written(line, head=MORE))


def test_who_decided_is_not_repeated_in_the_refusal(written):
    with pytest.raises(InputRefused) as refusal:
        read_decisions(written(GOOD.replace("cw-07", "Kari Nordmann")))
    assert "Kari" not in str(refusal.value)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (HEAD.replace("outcome", "result"), "there is no column 'outcome'"),
        (HEAD + ",remark", "a column 'remark' too many"),
    ],
)
def test_other_columns_are_refused(written, head, message):
    with pytest.raises(InputRefused, match=message):
        read_decisions(written(GOOD + ",x" * head.count(",remark"), head=head))


def test_what_is_no_table_is_refused(tmp_path):
    (tmp_path / "cut.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(InputRefused, match="not a whole Parquet file"):
        read_decisions(tmp_path / "cut.parquet")
    for place in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(WrongUse, match="is no file"):
            read_decisions(place)


def test_who_looked_is_no_part_of_what_was_valued(small_run):
    values = pd.read_parquet(small_run / "values.parquet")
    assert values["looked_at"].dtype == bool
    assert not values["looked_at"].any()
    assert values_digest(values.assign(looked_at=True)) == values_digest(values)
