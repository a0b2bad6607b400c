"""The yardsticks: right on cases one can check by hand, and within the range of real sets on the synthetic one."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from valuation.errors import InputRefused, TooFewSales, WrongUse
from valuation.pipeline import ingest, screen
from valuation.pipeline.params import Params
from valuation.pipeline.stage import Workplace
from valuation.simulation import difficulty as yardsticks
from valuation.simulation import simulate

PAGE = Path(__file__).parents[3] / "docs" / "explanation" / "synthetic-municipality.md"


@pytest.fixture(scope="module")
def found(screened, raw, jurisdiction):
    return yardsticks.difficulty(screened, jurisdiction, truth=raw / "truth")


def small_sales(prices_per_m2: list[float], days: list[str]) -> pd.DataFrame:
    return pd.DataFrame({
        "dwelling_type": "blokk", "market_area": "TB", "built_year": 2000.0, "living_area_m2": 50.0,
        "market_price": np.array(prices_per_m2) * 50.0, "market_date": pd.to_datetime(days),
    })  # fmt: skip


def test_the_baseline_is_the_median_price_per_m2_times_area(jurisdiction):
    training = small_sales([40, 50, 60] * 3, ["2025-01-01"] * 9)
    test = small_sales([1.0], ["2025-02-01"]).assign(living_area_m2=80.0)
    assert yardsticks.standard_price_values(training, test, jurisdiction).tolist() == [4000.0]


def test_the_baseline_is_brought_to_the_level_of_the_last_half_year(jurisdiction):
    training = small_sales([40] * 20 + [60] * 10, ["2021-01-01"] * 20 + ["2025-01-01"] * 10)
    test = small_sales([1.0], ["2025-02-01"])
    assert yardsticks.standard_price_values(training, test, jurisdiction).tolist() == pytest.approx([3000.0])


def test_pairs_of_one_dwelling_follow_each_other_within_a_year():
    sales = pd.DataFrame({
        "sale_id": list("abcd"), "dwelling_id": ["x", "x", "x", "y"],
        "market_date": pd.to_datetime(["2021-01-01", "2021-06-01", "2023-06-01", "2021-01-02"]),
    })  # fmt: skip
    first, second = yardsticks._pairs_of_one(sales)
    assert (first.tolist(), second.tolist()) == ([0], [1])


def test_the_spread_of_a_normal_sample_is_its_standard_deviation():
    values = np.random.default_rng(1).normal(0, 0.2, 20_000)
    assert yardsticks.robust_sd(values) == pytest.approx(0.2, rel=0.03)


def test_the_spread_of_nine_values_is_not_told():
    assert np.isnan(yardsticks.robust_sd(np.arange(9.0)))


def test_the_order_of_the_rows_does_not_move_a_figure(monkeypatch, jurisdiction, tmp_path, sales):
    monkeypatch.setattr(yardsticks, "PLAIN_TREES", 50)
    (tmp_path / "screen").mkdir()
    few = sales.sample(1500, random_state=1)
    few.to_parquet(tmp_path / "screen" / "sales.parquet")
    one = yardsticks.difficulty(tmp_path, jurisdiction)
    few.iloc[::-1].to_parquet(tmp_path / "screen" / "sales.parquet")
    assert repr(yardsticks.difficulty(tmp_path, jurisdiction)) == repr(one)


def test_the_synthetic_market_is_as_hard_as_real_ones(found):
    # The range of King County, Lucas County and Singapore, measured by the same yardsticks; the table stands in
    # docs/explanation/synthetic-municipality.md. Few sales make a plain model worse, so the upper ends are wider.
    assert 0.55 < found.plain_mape / found.baseline_mape < 0.85
    assert 0.052 < found.plain_log_sd < 0.189
    assert 0.042 < found.unexplained_share < 0.20
    assert 0.035 < found.resale_log_sd < 0.12


def test_nobody_can_be_as_good_as_the_truth(found):
    assert found.irreducible_mape < found.recorded_mape < found.plain_mape < found.baseline_mape


def test_the_table_has_a_column_for_each_set(found):
    text = yardsticks.table_of({"here": found, "there": found})
    assert text.splitlines()[0] == "| | here | there |"
    assert len({line.count("|") for line in text.splitlines()}) == 1


def test_a_folder_without_screened_sales_is_refused(tmp_path, jurisdiction):
    with pytest.raises(InputRefused, match=r"sales\.parquet"):
        yardsticks.difficulty(tmp_path, jurisdiction)


def test_too_few_sales_are_refused(tmp_path, jurisdiction, sales):
    (tmp_path / "screen").mkdir()
    sales.head(50).to_parquet(tmp_path / "screen" / "sales.parquet")
    with pytest.raises(TooFewSales, match="in it"):
        yardsticks.difficulty(tmp_path, jurisdiction)


@pytest.mark.parametrize("arguments", [[], ["trondheim"], ["a=b"], ["a=b,c,d,e"]])
def test_arguments_of_another_shape_are_refused(arguments):
    with pytest.raises(WrongUse, match="Expected: NAME="):
        yardsticks.main(arguments)


@pytest.mark.statistical
def test_the_page_tells_the_difficulty_of_the_full_size(tmp_path, jurisdiction):
    simulate(tmp_path / "raw")
    work = Workplace(jurisdiction, Params(), tmp_path / "raw", tmp_path / "out")
    ingest.run(work)
    screen.run(work)
    found = yardsticks.difficulty(work.out, jurisdiction, truth=tmp_path / "raw" / "truth")
    rows = yardsticks.table_of({"synthetic": found}).splitlines()[2:]
    told = PAGE.read_text(encoding="utf-8")
    page = [next(line for line in told.splitlines() if line.startswith(row.split(" | ")[0])) for row in rows]
    assert numbers(page) == pytest.approx(numbers(rows), rel=0.06)


def numbers(rows: list[str]) -> list[float]:
    """Return the numbers in the last cell of each row."""
    cells = [row.rstrip("| ").rsplit("|", 1)[1] for row in rows]
    return [float(text.replace(",", "")) for cell in cells for text in re.findall(r"[\d,.]+", cell)]
