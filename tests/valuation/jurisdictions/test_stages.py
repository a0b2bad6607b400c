"""Stages `ingest` and `screen` on the town: what they write, and what people have decided."""

import datetime as dt
import json

import pandas as pd
import pytest

from valuation.errors import InputRefused, TooFewSales
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline import ingest, screen
from valuation.pipeline.params import IngestParams, Params
from valuation.pipeline.provenance import made_of
from valuation.pipeline.stage import Workplace


@pytest.fixture
def work(town):
    """The town's folders after ingest; what is said is kept in `work.told`."""
    told = []
    place = Workplace(
        read_jurisdiction(town.path),
        Params(ingest=IngestParams(max_rejected_share=0.5)),
        town.folder,
        town.out,
        say=told.append,
    )
    object.__setattr__(place, "told", told)
    ingest.run(place)
    return place


def screened(work):
    screen.run(work)
    return pd.read_parquet(work.out / "screen" / "sales.parquet").set_index("sale_id")


def test_the_summary_names_every_raw_file_with_its_hash(work):
    summary = json.loads((work.out / "ingest" / "summary.json").read_text())
    assert sorted(summary["raw_files"]) == ["roll.csv", "sales.csv"]
    assert len(summary["raw_files"]["roll.csv"]["sha256"]) == 64
    assert summary["sales"]["rows_written"] == 30
    assert summary["roll"]["rows_written"] == 30


def test_a_fact_known_since_a_day_is_missing_for_the_sales_before_and_kept_on_the_roll(town):
    # Sale i falls in month i % 12 + 1 of 2024: twelve of the thirty before May.
    town.file["characteristics"]["rooms"]["known_since"] = dt.date(2024, 5, 1)
    town.ingest()
    sales = town.written_sales
    assert sales["rooms"].isna().tolist() == (sales["sale_date"] < "2024-05-01").tolist()
    assert town.written_roll["rooms"].notna().all()
    summary = json.loads((town.out / "ingest" / "summary.json").read_text("utf-8"))
    n_before = int((sales["sale_date"] < "2024-05-01").sum())
    told = {"known_since": "2024-05-01", "rows_before": n_before, "values_taken_back": n_before}
    assert n_before == 12
    assert summary["facts_known_later"] == {"rooms": told}


def test_the_rejected_rows_have_their_columns_also_when_none_is_rejected(work):
    first = (work.out / "ingest" / "rejected_rows.csv").read_text().splitlines()
    assert first == ["table,line,dwelling_id,rule,column,value,remedy,effect"]


def test_screen_writes_what_the_contract_promises(work):
    sales = screened(work)
    assert {"market_price", "market_date", "is_valid_sale", "exclusion_codes"} <= set(sales.columns)
    assert (work.out / "screen" / "summary.csv").read_text().startswith("code,sentence,")
    assert (work.out / "screen" / "excluded_sales.csv").exists()


def test_a_verdict_survives_the_next_run(work):
    (work.raw / "verdicts.csv").write_text(
        "sale_id,is_valid,reason,who,date\n0301-3/4|2024-03-03|3102000|1,no,sold to a cousin,Kari,2025-01-02\n"
        "gone,no,unknown,Kari,2025-01-02"
    )
    for _ in range(2):
        ingest.run(work)
        sales = screened(work)
        assert not sales.loc["0301-3/4|2024-03-03|3102000|1", "is_valid_sale"]
    assert "verdicts.csv: 1 verdicts are about sales that are not there: gone" in work.told
    assert "verdict_on_unknown_sale" in (work.out / "screen" / "summary.csv").read_text()


def test_verdicts_that_are_no_file_stop_the_stage(work):
    (work.raw / "verdicts.csv").mkdir()
    with pytest.raises(InputRefused, match=r"verdicts\.csv is no file"):
        screen.run(work)


def write_verdict(work, verdict):
    (work.raw / "verdicts.csv").write_text(f"sale_id,is_valid,reason,who,date\nx,{verdict},r,w,2025-01-02\n")


def data_hash_of(work):
    ingest.run(work)
    summary = json.loads((work.out / "ingest" / "summary.json").read_text("utf-8"))
    return made_of(work.params, summary)["data_sha256"]


def test_a_changed_verdict_changes_the_hash_of_the_data(work):
    without = data_hash_of(work)
    write_verdict(work, "yes")
    valid = data_hash_of(work)
    write_verdict(work, "no")
    invalid = data_hash_of(work)
    assert len({without, valid, invalid}) == 3
    assert data_hash_of(work) == invalid


def test_verdicts_changed_after_ingest_are_refused(work):
    write_verdict(work, "yes")
    ingest.run(work)
    write_verdict(work, "no")
    with pytest.raises(InputRefused, match=r"verdicts\.csv was changed since ingest"):
        screen.run(work)


def test_verdicts_added_after_ingest_are_refused(work):
    write_verdict(work, "no")
    with pytest.raises(InputRefused, match=r"verdicts\.csv was added since ingest"):
        screen.run(work)


def test_verdicts_removed_after_ingest_are_missed(work):
    write_verdict(work, "no")
    ingest.run(work)
    (work.raw / "verdicts.csv").unlink()
    with pytest.raises(InputRefused, match=r"verdicts\.csv was removed since ingest"):
        screen.run(work)


def test_a_verdict_that_cannot_be_read_stops_the_stage(work):
    (work.raw / "verdicts.csv").write_text("sale_id,is_valid,reason,who,date\nx,perhaps,r,w,2025-01-02\n")
    ingest.run(work)
    with pytest.raises(InputRefused, match=r"verdicts\.csv, line 2"):
        screen.run(work)
    assert not (work.out / "screen").exists()


def test_no_sale_before_the_holdout_is_refused(town):
    town.file["holdout_from"] = pd.Timestamp("2024-01-01").date()
    place = Workplace(read_jurisdiction(town.path), Params(), town.folder, town.out)
    ingest.run(place)
    with pytest.raises(TooFewSales, match="none of 30 sales is valid and before 2024-01-01"):
        screen.run(place)


def test_both_stages_write_the_same_bytes_again(work):
    screen.run(work)
    before = {path.relative_to(work.out): path.read_bytes() for path in work.out.rglob("*.*")}
    ingest.run(work)
    screen.run(work)
    assert {path.relative_to(work.out): path.read_bytes() for path in work.out.rglob("*.*")} == before
