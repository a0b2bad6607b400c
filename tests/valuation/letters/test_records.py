"""Do the records say what the run has stored, and nothing of a neighbour?"""

from __future__ import annotations

import json
import re
import shutil
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from tests.valuation.letters import golden
from tests.valuation.letters.reading import Letter
from valuation.errors import InputRefused, NoAnswer
from valuation.explanation.fact_words import number
from valuation.letters.letter import letter_html
from valuation.letters.record import MOST_LINES
from valuation.letters.records import LEAST_TOGETHER, Asked, ValuedRoll, records
from valuation.tax.property_sum import property_tax_of_sum
from valuation.tax.property_tax import property_tax

ONE = golden.golden_records()["house-with-plot"]


@pytest.fixture(scope="module")
def stored(letter_run):
    return pd.read_parquet(letter_run / "values.parquet").set_index("dwelling_id")


# -- what is stored ---------------------------------------------------------------------------------------------------


def test_value_range_and_lines_are_those_of_the_run(many_records, stored):
    valued = [record for record in many_records if record.valued is not None]
    table = stored.loc[[record.dwelling_id for record in valued]]
    told = [(r.valued.value, r.valued.low, r.valued.high, r.valued.reference) for r in valued]
    assert told == list(
        table[["appraised_value", "lower_value", "upper_value", "reference_value"]].itertuples(index=False, name=None)
    )
    lines = [{line.name: line.amount for line in record.valued.lines} for record in valued]
    assert [sum(line.values()) for line in lines] == (table["appraised_value"] - table["reference_value"]).tolist()
    assert [line["living_area_m2"] for line in lines] == table["contribution_living_area_m2"].tolist()
    assert len(valued) > 300


def test_a_record_has_a_value_where_the_run_has_one_and_a_reason_where_it_has_none(valued_roll, stored):
    without = stored.index[stored["appraised_value"].isna()].tolist()
    found = valued_roll.records(without)
    assert [record.valued for record in found] == [None] * len(without)
    assert {record.reason.code for record in found} == {"no-location", "missing-fact", "unknown-type"}


def test_the_lines_told_are_the_largest_and_rounding_is_never_one(many_records):
    valued = [record.valued for record in many_records if record.valued is not None]
    amounts = [sorted((abs(x.amount) for x in v.lines if x.name != "rounding"), reverse=True) for v in valued]
    assert [[abs(line.amount) for line in v.told] for v in valued] == [sizes[:MOST_LINES] for sizes in amounts]
    assert [v for v in valued if "rounding" in {line.name for line in v.told}] == []


def test_the_sales_are_those_of_the_run_in_their_order(many_records, letter_run):
    shown = pd.read_parquet(letter_run / "comparables.parquet").groupby("dwelling_id")["sale_id"].apply(list)
    told = {r.dwelling_id: [s.sale_id for s in r.valued.comparison.sales] for r in many_records if r.valued}
    assert told == {name: shown.get(name, []) for name in told}


def test_flags_are_told_in_the_order_and_number_of_the_run(many_records, stored):
    told = [len(record.valued.flags) for record in many_records if record.valued]
    codes = [stored.loc[r.dwelling_id, "flags"] for r in many_records if r.valued]
    assert told == [len([code for code in text.split("|") if code]) for text in codes]
    assert sum(told) > 50


def test_one_dwelling_alone_has_the_record_it_has_among_others(valued_roll, many_records):
    assert valued_roll.records([many_records[5].dwelling_id]) == [many_records[5]]


def test_every_fact_the_models_use_has_source_and_day(ten_records, small_bundle):
    dictionary = small_bundle.jurisdiction.characteristics
    facts = {fact.name: fact for fact in ten_records["house-with-plot"].facts}
    assert set(facts) == {*dictionary, "location"}
    assert [name for name, fact in facts.items() if fact.source is None] == []
    assert [name for name in dictionary.features() if not facts[name].is_used] == []
    # Sales particulars are of many days.
    assert [name for name, fact in facts.items() if fact.as_of is None] == ["primary_area_m2"]


def test_the_way_records_are_asked_for_by_pages_is_the_same(letter_run, small_bundle, ten_records):
    (found,) = records(small_bundle, letter_run, [ten_records["highest"].dwelling_id])
    assert found == ten_records["highest"].model_copy(update={"sent": None})


def test_which_fact_would_have_to_be_wrong_is_told_when_asked(letter_run, small_bundle, kinds):
    asked = ValuedRoll(small_bundle, letter_run, Asked(with_wrong_facts=True))
    (found,) = asked.records([kinds["house-with-plot"]])
    assert len(found.valued.wrong_facts) == 2
    assert "Hva som måtte være feil" in Letter(letter_html(found, "nb")).text


# -- neighbours -------------------------------------------------------------------------------------------------------


def test_no_letter_tells_the_value_of_a_home_whose_sale_it_shows(many_records, stored):
    sale_of = {}
    for record in (r for r in many_records if r.valued):
        text = Letter(letter_html(record, "nb")).text
        own = set(re.findall(r"\d[\d ]*\d", text))
        beside = [sale.sale_id.partition("-5001")[2] for sale in record.valued.comparison.sales]
        names = [f"5001{rest}" for rest in beside if f"5001{rest}" in stored.index]
        values = {number(stored.loc[name, "appraised_value"], "nb").replace("\u00a0", " ") for name in names}
        sale_of[record.dwelling_id] = (
            len(names),
            values & own - {number(record.valued.value, "nb").replace("\u00a0", " ")},
        )
    assert {name: shared for name, (_, shared) in sale_of.items() if shared} == {}
    assert sum(n for n, _ in sale_of.values()) > 100


def test_of_a_bill_that_few_share_no_sum_is_told_and_of_many_it_is_exact(valued_roll, stored, small_bundle):
    together = stored.groupby("property_id")["appraised_value"]
    n, missing = together.size(), together.apply(lambda values: values.isna().any())
    few, many = n[(n > 1) & (n < LEAST_TOGETHER) & ~missing].index[0], n[(n >= LEAST_TOGETHER) & ~missing].index[0]
    identities = [stored.index[stored["property_id"] == name][0] for name in (few, many)]
    of_few, of_many = (record.valued.tax.shared for record in valued_roll.records(identities))
    assert (of_few.n_dwellings, of_few.appraised_value, of_few.tax) == (n[few], None, None)
    values = stored.loc[stored["property_id"] == many, "appraised_value"].astype(int).tolist()
    law = small_bundle.jurisdiction.law
    assert (of_many.appraised_value, of_many.tax) == (sum(values), property_tax_of_sum(values, law))


# -- who decided ------------------------------------------------------------------------------------------------------


def decisions(identity, value, *rows):
    return pd.DataFrame(
        [
            {
                "dwelling_id": identity,
                "appraised_value": value + more,
                "decided_at": datetime(2026, 2, day, 9, tzinfo=UTC),
                "decided_by": by,
                "outcome": outcome,
            }
            for more, day, by, outcome in rows
        ]
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(0, 3, "cw-07", "accepted")], ("cw-07", date(2026, 2, 3), True, True)),
        ([(0, 3, "cw-07", "accepted"), (0, 4, "cw-02", "needs_inspection")], ("cw-02", date(2026, 2, 4), False, True)),
        # About a value it no longer has: nobody has looked at this one.
        ([(1, 3, "cw-07", "accepted")], (None, None, False, False)),
    ],
)
def test_the_newest_decision_about_this_very_value_counts(rows, expected, letter_run, small_bundle, kinds, stored):
    identity = kinds["house-with-plot"]
    given = decisions(identity, stored.loc[identity, "appraised_value"], *rows)
    (found,) = ValuedRoll(small_bundle, letter_run, Asked(decisions=given)).records([identity])
    by, on = (found.decision.by, found.decision.on) if found.decision else (None, None)
    assert (by, on, found.is_decided, found.is_looked_at) == expected


def test_the_tax_is_that_of_the_value_a_person_set_alone_and_on_a_shared_bill(
    letter_run, small_bundle, stored, valued_roll
):
    together = stored.groupby("property_id")["appraised_value"]
    is_whole = (together.size() >= LEAST_TOGETHER) & ~together.apply(lambda values: values.isna().any())
    identity = stored.index[stored["property_id"] == is_whole.index[is_whole][0]][0]
    proposed = int(stored.loc[identity, "appraised_value"])
    given = decisions(identity, proposed, (0, 3, "cw-07", "own_value"))
    given = given.assign(decided_value=float(proposed + 100_000), reason_code="condition-good")
    (before,) = valued_roll.records([identity])
    (found,) = ValuedRoll(small_bundle, letter_run, Asked(decisions=given)).records([identity])
    made = found.decision
    assert (made.value, made.difference, made.reason.nb) == (proposed + 100_000, 100_000, "bedre standard enn vanlig")
    assert found.valued.value == proposed
    assert int(found.valued.tax.tax) == property_tax(proposed + 100_000, small_bundle.jurisdiction.law)
    assert found.valued.tax.shared.appraised_value - before.valued.tax.shared.appraised_value == 100_000


def test_a_reason_that_there_is_not_is_refused(letter_run, small_bundle, kinds, stored):
    identity = kinds["house-with-plot"]
    given = decisions(identity, stored.loc[identity, "appraised_value"], (0, 3, "cw-07", "own_value"))
    roll = ValuedRoll(small_bundle, letter_run, Asked(decisions=given.assign(reason_code="because")))
    with pytest.raises(InputRefused, match="the reason 'because', which there is not"):
        roll.records([identity])


# -- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Boligen står ikke på listen"),
        ("nn", "Bustaden står ikkje på lista"),
        ("en", "The home is not on the roll"),
    ],
)
def test_a_dwelling_that_is_not_on_the_roll_gets_no_record_and_the_reason_in_the_readers_language(
    language, said, valued_roll
):
    with pytest.raises(NoAnswer, match=said) as refused:
        valued_roll.records(["5001-9999/1/0/0-H0101"], language=language)
    assert refused.value.code == "not-in-roll"


@pytest.mark.parametrize("name", ["values.parquet", "roll.parquet", "flags.parquet", "evaluation/metrics.json"])
def test_a_table_that_is_not_the_signed_one_makes_no_letter(name, letter_run, small_bundle, tmp_path, kinds):
    copy = shutil.copytree(letter_run, tmp_path / "run")
    with (copy / name).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(InputRefused, match="is not the file its receipt names"):
        ValuedRoll(small_bundle, copy).records([kinds["lowest"]])


def test_a_bundle_of_another_version_makes_no_letter(letter_run, small_bundle, tmp_path):
    copy = shutil.copytree(letter_run, tmp_path / "run")
    receipt = json.loads((copy / "receipt.json").read_text("utf-8"))
    (copy / "receipt.json").write_text(json.dumps(receipt | {"model_version": "of-another"}), "utf-8")
    with pytest.raises(InputRefused, match="the run was made with of-another"):
        ValuedRoll(small_bundle, copy)


def test_a_value_that_the_model_version_does_not_give_makes_no_letter(letter_run, small_bundle, kinds):
    roll = ValuedRoll(small_bundle, letter_run)
    roll.values = roll.values.assign(appraised_value=roll.values["appraised_value"] + 1)
    with pytest.raises(InputRefused, match=f"another appraised_value of {kinds['lowest']}"):
        roll.records([kinds["lowest"]])


def test_no_dwelling_no_record(valued_roll):
    assert valued_roll.records([]) == []


# -- sums -------------------------------------------------------------------------------------------------------------


def changed(**parts):
    """Return the parts of a valued record with some others, to be checked anew."""
    content = json.loads(ONE.valued.model_dump_json())
    return content | parts


@pytest.mark.parametrize(
    ("name", "more"), [("value", 1), ("reference", -1), ("other", 1)], ids=["value", "reference", "other"]
)
def test_a_record_whose_lines_do_not_end_at_the_value_is_refused(name, more):
    with pytest.raises(ValidationError, match="lines"):
        type(ONE.valued).model_validate(changed(**{name: getattr(ONE.valued, name) + more}))


def test_a_record_whose_sale_does_not_end_at_the_value_is_refused():
    comparison = json.loads(ONE.valued.comparison.model_dump_json())
    comparison["rows"][1]["amounts"][0] += 1
    with pytest.raises(ValidationError, match="sale 0"):
        type(ONE.valued).model_validate(changed(comparison=comparison))


def test_a_value_outside_its_range_is_refused():
    with pytest.raises(ValidationError, match="outside its range"):
        type(ONE.valued).model_validate(changed(low=ONE.valued.value + 1))


def test_a_record_with_value_and_reason_or_with_neither_is_refused():
    content = json.loads(ONE.model_dump_json())
    with pytest.raises(ValidationError, match="either a value or a reason"):
        type(ONE).model_validate(content | {"valued": None})


def test_nothing_in_a_record_can_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        ONE.sent = None


def test_a_record_holds_no_number_that_is_none():
    assert np.isfinite(ONE.valued.coverage)
    assert "NaN" not in ONE.model_dump_json()
