"""The truth beside the tables: what prices come from, and that reading the tables leads back to it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from valuation.simulation import sales as rules
from valuation.simulation.registers import TRANSFER_NAMES


@pytest.fixture(scope="module")
def free(sales: pd.DataFrame, true_sales: pd.DataFrame) -> pd.DataFrame:
    """Sales that passed the screening, with their truth; those within families that nothing tells left out."""
    both = sales.merge(true_sales, on="sale_id", suffixes=("", "_true"))
    known = both["joint_debt"].notna() | (both["tenure"] == "selveier")
    return both[both["is_valid_sale"] & both["is_free_sale"] & ~both["is_hidden_family"] & known]


@pytest.fixture(scope="module")
def price_level(raw) -> pd.DataFrame:
    return pd.read_parquet(raw / "truth" / "price_level.parquet")


def test_every_dwelling_of_the_roll_has_a_true_value(screened, true_dwellings):
    roll = pd.read_parquet(screened / "roll.parquet")
    assert sorted(roll["dwelling_id"]) == sorted(true_dwellings["dwelling_id"])
    assert (true_dwellings["true_value"] > 300_000).all()


def test_every_sale_that_was_read_has_its_truth(sales, true_sales):
    assert set(sales["sale_id"]) <= set(true_sales["sale_id"])
    assert true_sales["sale_id"].is_unique


def test_free_prices_stand_around_the_true_value(free):
    error = np.log(free["market_price"] / free["true_value"])
    assert abs(error.median()) < 0.005
    assert 0.045 < error.std() < 0.08


def test_the_price_read_from_the_tables_is_the_true_market_price(free):
    off = (free["market_price"] / free["market_price_true"] - 1).abs()
    assert off.max() < 1e-6


def test_the_contract_day_is_the_day_of_the_market(free):
    known = free["contract_date"].notna()
    assert (free.loc[known, "market_date"] == free.loc[known, "market_date_true"]).all()
    assert 0.75 < known.mean() < 0.92


def test_noise_of_houses_is_larger_than_that_of_flats(free):
    spread = np.log(free["market_price"] / free["true_value"]).groupby(free["dwelling_type"]).std()
    assert spread["enebolig"] > spread["blokk"]


def test_recorded_facts_explain_less_than_the_truth(free):
    known = (free["market_price"] / free["true_value"] - 1).abs().mean()
    recorded = (free["market_price"] / free["recorded_value"] - 1).abs().mean()
    assert known < 0.06 < recorded < 0.09


def test_what_is_not_recorded_lasts_from_one_sale_to_the_next(free):
    hidden = np.log(free["true_value"] / free["recorded_value"])
    table = free.assign(hidden=hidden).sort_values(["dwelling_id", "market_date"])
    first = table.drop_duplicates("dwelling_id").set_index("dwelling_id")["hidden"]
    again = table[table.duplicated("dwelling_id")].drop_duplicates("dwelling_id").set_index("dwelling_id")["hidden"]
    both = pd.concat([first, again], axis=1, join="inner")
    assert len(both) > 100
    assert both.corr().iloc[0, 1] > 0.5


def test_price_levels_are_told_against_the_valuation_date(price_level):
    last = price_level[price_level["month"] == pd.Timestamp("2026-01-01")]
    assert (last["log_index"] == 0).all()
    assert price_level.groupby(["market_area", "dwelling_type"]).size().nunique() == 1


def test_prices_rose_differently_by_area_and_by_type(price_level):
    since = price_level[price_level["month"] == pd.Timestamp("2021-01-01")]
    by_area = since.groupby("market_area")["log_index"].mean()
    by_type = since.groupby("dwelling_type")["log_index"].mean()
    assert by_area.max() - by_area.min() > 0.05
    assert by_type.max() - by_type.min() > 0.02


def test_prices_net_of_the_true_level_and_the_recorded_facts_have_no_trend(free):
    # The truth is recovered: what is left after value and level does not move with time.
    left = np.log(free["market_price"] / free["true_value"])
    years = (free["market_date"] - pd.Timestamp("2026-01-01")).dt.days / 365.25
    slope = np.polyfit(years, left, 1)[0]
    assert abs(slope) < 0.003


# --- what is in the register beside free sales -----------------------------------------------------------------------


def test_kinds_of_transfer_come_in_their_known_shares(true_sales):
    found = true_sales["kind"].value_counts(normalize=True).reindex(rules.KINDS)
    expected = np.array(rules.KIND_SHARES)
    error = np.sqrt(expected * (1 - expected) / len(true_sales))
    # New-builds and flips are always free sales: a few per cent more of those, fewer of the rest.
    assert (np.abs(found - expected) < 4 * error + 0.1 * np.minimum(expected, 1 - expected)).all()


def test_related_and_forced_transfers_lie_below_the_market(sales, true_sales):
    both = sales.merge(true_sales, on="sale_id", suffixes=("", "_true"))
    plain = both[(both["owned_share"] == 1) & (both["dwellings_in_deed"] == 1)]
    ratio = (plain["market_price"] / plain["true_value"]).groupby(plain["kind"]).median()
    assert ratio["family"] < 0.9
    assert ratio["forced"] < 0.9
    assert ratio["gift"] < 0.75
    assert 0.98 < ratio["free"] < 1.02


def test_no_transfer_that_was_no_free_sale_passes_the_screening(sales, true_sales):
    valid = sales[sales["is_valid_sale"]].merge(true_sales, on="sale_id")
    assert valid["is_free_sale"].all()


def test_family_sales_that_nothing_tells_pass_the_screening_as_they_do_in_life(sales, true_sales):
    valid = sales[sales["is_valid_sale"]].merge(true_sales, on="sale_id")
    assert 0.001 < valid["is_hidden_family"].mean() < 0.02


def test_the_registered_price_of_a_share_lacks_the_joint_debt(free):
    shares = free[free["joint_debt"] > 0]
    assert len(shares) > 300
    assert (shares["sale_price"] / shares["true_value"]).median() < 0.92
    assert abs((shares["market_price"] / shares["true_value"]).median() - 1) < 0.01


def test_off_plan_contracts_come_long_before_their_deeds(sales):
    planned = sales[sales["is_off_plan"].fillna(False).astype(bool)]
    lead = (planned["sale_date"] - planned["contract_date"]).dt.days
    assert len(planned) > 50
    assert lead.min() >= 180
    assert (planned["built_year"].dropna() >= 2010).mean() > 0.9


def test_a_part_of_the_dwellings_is_sold_again(free):
    assert 0.05 < free["dwelling_id"].duplicated().mean() < 0.35


def test_every_kind_of_transfer_has_a_name():
    assert len(TRANSFER_NAMES) == len(rules.KINDS)


# --- faults of the registers -----------------------------------------------------------------------------------------


def test_a_few_areas_are_typed_wrong(screened, true_dwellings):
    roll = pd.read_parquet(screened / "roll.parquet").merge(true_dwellings, on="dwelling_id")
    far = np.abs(np.log(roll["living_area_m2"] / roll["true_area_m2"])) > np.log(1.35)
    assert 0.001 < far.mean() < 0.02


def test_a_few_building_years_are_wrong(screened, true_dwellings):
    roll = pd.read_parquet(screened / "roll.parquet").merge(true_dwellings, on="dwelling_id")
    wrong = (roll["built_year"] - roll["true_built_year"]).abs() > 5
    assert 0.003 < wrong.mean() < 0.02


def test_facts_are_missing_most_often_for_old_dwellings(screened):
    roll = pd.read_parquet(screened / "roll.parquet")
    old = roll["built_year"] < 1950
    new = roll["built_year"] > 2000
    assert roll.loc[old, "bathrooms"].isna().mean() > roll.loc[new, "bathrooms"].isna().mean() + 0.1


def test_energy_labels_are_often_missing_and_least_for_what_was_sold(screened, sales):
    roll = pd.read_parquet(screened / "roll.parquet")
    sold = roll["dwelling_id"].isin(sales["dwelling_id"])
    missing = roll["energy_label"].isna()
    assert missing[~sold].mean() > 0.6
    assert missing[sold].mean() < missing[~sold].mean() - 0.2


@pytest.mark.parametrize("fact", ["living_area_m2", "dwelling_type", "unit_type"])
def test_some_rows_of_the_roll_cannot_be_valued(screened, fact):
    roll = pd.read_parquet(screened / "roll.parquet")
    assert 1 <= roll[fact].isna().sum() < 0.005 * len(roll)


def test_prior_values_stand_on_a_rate_per_m2(screened):
    roll = pd.read_parquet(screened / "roll.parquet")
    stood = roll[roll["prior_value"].notna()]
    rate = (stood["prior_value"] / stood["living_area_m2"] / 500).round() * 500
    assert (rate.groupby([stood["market_area"], stood["dwelling_type"]]).nunique() <= 3).mean() > 0.9
    assert roll.loc[roll["built_year"] >= 2021, "prior_value"].isna().mean() > 0.9
