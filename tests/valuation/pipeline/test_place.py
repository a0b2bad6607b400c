"""A folder of one place is never told under the name of another, whichever stage is asked."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from valuation.command_line.main import _stage
from valuation.errors import InputRefused
from valuation.jurisdictions.reading import read_jurisdiction
from valuation.pipeline.place import need_same_place
from valuation.pipeline.run import STAGE_NAMES, stage_named

KING_COUNTY = Path("data/jurisdictions/king_county.yaml")
AFTER_INGEST = [name for name in STAGE_NAMES if name != "ingest"]


@pytest.mark.parametrize("stage", AFTER_INGEST)
def test_a_stage_given_another_jurisdiction_is_refused(small_run, stage):
    with pytest.raises(InputRefused, match="says name trondheim, the jurisdiction file given says king_county"):
        need_same_place(stage_named(stage), small_run, read_jurisdiction(KING_COUNTY))


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_the_jurisdiction_of_the_run_is_taken(small_run, trondheim, stage):
    need_same_place(stage_named(stage), small_run, read_jurisdiction(trondheim))
    assert (small_run / "receipt.json").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"valuation_date": date(2027, 1, 1)}, "valuation_date 2026-01-01, .* 2027-01-01"),
        ({"is_synthetic": False}, "is_synthetic True, .* False"),
        ({"currency": "USD"}, "currency NOK, .* USD"),
    ],
)
def test_a_report_with_another_date_currency_or_kind_of_data_is_refused(small_run, trondheim, changes, said):
    changed = read_jurisdiction(trondheim).model_copy(update=changes)
    with pytest.raises(InputRefused, match=said):
        need_same_place(stage_named("report"), small_run, changed)


def test_ingest_may_begin_anew_with_another_jurisdiction(small_run):
    need_same_place(stage_named("ingest"), small_run, read_jurisdiction(KING_COUNTY))
    assert (small_run / "roll.parquet").exists()


def test_the_command_refuses_and_leaves_the_run_as_it_was(small_run, tmp_path):
    shutil.copytree(small_run, tmp_path / "out")
    with pytest.raises(InputRefused) as refused:
        _stage("report", KING_COUNTY, tmp_path, tmp_path / "out", None)
    assert refused.value.exit_code == 3
    for name in ("receipt.json", "report/index.html"):
        assert (tmp_path / "out" / name).read_bytes() == (small_run / name).read_bytes()
    assert json.loads((tmp_path / "out" / "receipt.json").read_text("utf-8"))["jurisdiction"] == "trondheim"
