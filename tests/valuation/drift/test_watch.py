"""New sales that fit raise no more alarms than promised; a district that has moved is found; too few say so."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from valuation.drift.characteristics import psi, stability, unseen
from valuation.drift.delay import chance_above, sales_needed, shift_seen
from valuation.drift.new_sales import NewSales
from valuation.drift.verdicts import ALARM, BLIND, QUIET, WHOLE
from valuation.drift.watch import watch
from valuation.dwellings.characteristics import Characteristic, DataDictionary
from valuation.pipeline.params import DriftParams

PARAMS = DriftParams()
AREAS = tuple("ABCD")
EMPTY = pd.DataFrame()


def fact(kind: str, **more: object) -> Characteristic:
    words = {"from": {"column": "c"}, "group": "g", "labels": {"en": "x"}, "source": "made"}
    return Characteristic.model_validate({"kind": kind, **words, **more})


DICTIONARY = DataDictionary(
    area=fact("category", role="market_area", is_feature=False),
    size=fact("number"),
    heating=fact("category"),
)
SEEN = SimpleNamespace(levels={"heating": ("oil", "wood"), "area": AREAS}, ranges={"size": (30.0, 200.0)})
BUNDLE = SimpleNamespace(jurisdiction=SimpleNamespace(characteristics=DICTIONARY), seen=SEEN)


def sales(n: int, seed: int, shift: float = 0.0, in_area: str = "", noise: float = 0.12) -> pd.DataFrame:
    """Sales of a market with log errors of `noise`; values of one area lie `shift` higher. One row a sale."""
    random = np.random.default_rng(seed)
    worth = np.exp(random.normal(15, 0.4, n))
    area = np.array(AREAS)[np.arange(n) % len(AREAS)]
    value = worth * np.where(area == in_area, 1 + shift, 1.0)
    price = worth * np.exp(random.standard_t(5, n) * noise / np.sqrt(5 / 3))
    half = np.exp(1.6449 * noise)
    day = pd.Timestamp("2025-07-01") + pd.to_timedelta(np.arange(n) % 180, unit="D")
    return pd.DataFrame(
        {
            "sale_id": [f"{seed}-{place}" for place in range(n)],
            "dwelling_id": [f"{seed}-{place}" for place in range(n)],
            "sale_date": day,
            "market_date": day,
            "sale_price": price,
            "market_price": price,
            "appraised_value": value,
            "lower_value": value / half,
            "upper_value": value * half,
            "market_area": area,
            "area": area,
            "size": random.uniform(40, 180, n),
            "heating": np.array(["oil", "wood"])[random.integers(0, 2, n)],
            "is_valid_sale": True,
        }
    )


def checked(holdout: pd.DataFrame, new: pd.DataFrame, params: DriftParams = PARAMS):
    version = SimpleNamespace(holdout=holdout, bundle=BUNDLE)
    return watch(version, NewSales(new, EMPTY, EMPTY, len(new)), sales(2000, 999), params)


def test_eight_percent_in_one_district_is_found_and_the_others_are_quiet():
    report = checked(sales(1200, 1), sales(800, 2, shift=0.08, in_area="B"))
    raised = report.areas.set_index("area")["alarms"].to_dict()
    assert "level" in raised["B"]
    assert (raised["A"], raised["C"], raised["D"]) == ("", "", "")
    assert any(alarm.startswith("B: level +") for alarm in report.alarms)


def test_wider_errors_are_found_as_dispersion_and_coverage():
    new = sales(800, 3, noise=0.2)
    half = np.exp(1.6449 * 0.12)
    new = new.assign(lower_value=new["appraised_value"] / half, upper_value=new["appraised_value"] * half)
    raised = checked(sales(1200, 1), new).areas.set_index("area")["alarms"][WHOLE]
    assert raised == "dispersion|coverage"


def test_new_sales_that_fit_raise_no_alarm():
    report = checked(sales(1200, 1), sales(800, 2))
    assert report.alarms == []
    assert set(report.areas["state"]) == {QUIET}


@pytest.mark.statistical
def test_false_alarms_stay_within_the_budget_and_real_shifts_do_not_hide():
    # 40 checks of undrifted sales: more false ones than this has a chance under 1 % when the promise of 5 % holds.
    false = sum(bool(checked(sales(400, 2 * k), sales(240, 2 * k + 1)).alarms) for k in range(40))
    assert false <= stats.binom.ppf(0.99, 40, PARAMS.false_alarms)
    found = 0
    for k in range(10):
        areas = checked(sales(1200, k), sales(800, k + 500, 0.08, "B")).areas
        found += "level" in areas.set_index("area")["alarms"]["B"]
    assert found >= 9


@pytest.mark.statistical
def test_the_stated_number_of_sales_shows_the_shift_as_often_as_stated():
    random = np.random.default_rng(3)
    errors = random.standard_t(5, 600) * 0.1
    shift = float(np.log(1.05))
    n = int(sales_needed(errors, shift, 300, chance=0.01, power=0.8))
    tests = [
        stats.mannwhitneyu(
            random.standard_t(5, n) * 0.1 + shift, random.standard_t(5, 300) * 0.1, method="asymptotic"
        ).pvalue
        < 0.01
        for _ in range(400)
    ]
    assert 0.72 <= np.mean(tests) <= 0.88


def test_a_shift_is_seen_after_as_many_sales_as_a_calculation_by_hand_gives():
    # Normal errors of 15 %: trust in a z test asks (1.96 + 0.84)² · 0.15² / 0.0488² = 74 sales against a known level;
    # Mann and Whitney's needs 1 / 0.955 of that, here against a holdout that is no limit.
    errors = stats.norm.ppf((np.arange(4000) + 0.5) / 4000) * 0.15
    found = sales_needed(errors, float(np.log(1.05)), 10**9, chance=0.05, power=0.8)
    assert found == pytest.approx(74 / 0.955, rel=0.05)


def test_no_number_of_sales_helps_where_the_holdout_is_too_small():
    errors = np.random.default_rng(1).normal(0, 0.15, 200)
    assert sales_needed(errors, 0.05, 20, chance=0.05, power=0.8) == np.inf
    assert shift_seen(errors, 5, 5, chance=1e-6, power=0.8) == np.inf


def test_more_sales_show_smaller_shifts():
    errors = np.random.default_rng(1).normal(0, 0.15, 400)
    seen = [shift_seen(errors, n, 400, chance=0.01, power=0.8) for n in (20, 80, 320)]
    assert seen == sorted(seen, reverse=True)
    assert chance_above(errors, 0.0) == pytest.approx(0.5)


@pytest.mark.parametrize(("n_new", "n_holdout", "remark"), [(4, 400, "new sales"), (400, 4, "holdout sales")])
def test_an_area_with_few_sales_cannot_be_monitored_and_says_why(n_new, n_holdout, remark):
    new, holdout = sales(1200, 1), sales(1200, 2)
    few = lambda table, n: table[(table["area"] != "B") | ((table["area"] == "B").cumsum() <= n)]  # noqa: E731
    row = checked(few(holdout, n_holdout), few(new, n_new)).areas.set_index("area").loc["B"]
    assert row["state"] == BLIND
    assert remark in row["remark"]
    assert row["alarms"] == ""


def test_values_far_off_raise_the_alarm_where_a_small_shift_would_not_be_seen():
    # 24 sales a side: a shift of 5 % would be missed, and no one can miss that all values are thrice the prices.
    new = sales(24, 1)
    thrice = new.assign(market_price=new["market_price"] / 3)
    strict = PARAMS.model_copy(update={"max_unseen_shift": 0.05})
    calm, wrong = checked(sales(24, 2), new, strict), checked(sales(24, 2), thrice, strict)
    assert calm.areas["state"].iloc[0] == BLIND
    assert calm.verdict == BLIND
    assert wrong.areas["state"].iloc[0] == ALARM
    assert wrong.verdict == ALARM
    assert any(alarm.startswith(f"{WHOLE}: level +") for alarm in wrong.alarms)


def test_prices_of_one_krone_are_told_as_a_multiple_and_not_in_percent():
    new = sales(400, 1)
    (level,) = [a for a in checked(sales(1200, 2), new.assign(market_price=1.0)).alarms if f"{WHOLE}: level" in a]
    assert "times as high" in level


@pytest.mark.parametrize("n_new", [1, 2, 9])
def test_few_sales_leave_gaps_where_figures_would_mean_nothing(n_new):
    row = checked(sales(1200, 2), sales(n_new, 1)).areas.iloc[0]
    assert row["state"] == BLIND
    assert row[["level_shift", "lower", "upper", "cod_new", "cod_holdout", "coverage_new"]].isna().all()


def test_the_number_of_tests_is_that_of_the_tests_made():
    # Three of the whole, two of each of the four areas with six sales; no characteristic has 10 sales in two groups.
    report = checked(sales(1200, 2), sales(24, 1), PARAMS.model_copy(update={"min_sales": 20}))
    made = report.areas[["level_chance", "dispersion_chance", "coverage_chance"]].notna().to_numpy().sum()
    assert made == 3 + 4 * 2
    assert report.n_tests == made + report.characteristics["chance"].notna().sum()


def test_an_area_nobody_sold_in_is_listed_too():
    new = sales(1200, 1)
    report = checked(sales(1200, 2), new[new["area"] != "D"])
    assert report.areas.set_index("area").loc["D", "state"] == BLIND


def test_two_sales_of_one_dwelling_are_one_piece_of_evidence():
    new = sales(400, 1)
    doubled = pd.concat([new, new.assign(sale_id=new["sale_id"] + "b")], ignore_index=True)
    assert checked(sales(1200, 2), doubled).areas["n_new"].iloc[0] == 400


# --- characteristics ------------------------------------------------------------------------------------------------


def test_other_kinds_of_dwellings_are_found_by_their_characteristic():
    new = sales(800, 4)
    new["size"] = new["size"] * 0.6 + 10
    report = checked(sales(1200, 1), new)
    shifted = report.characteristics.set_index("characteristic")["has_shifted"]
    assert shifted.to_dict() == {"size": True, "heating": False}
    assert any(alarm.startswith("size: PSI") for alarm in report.alarms)


def test_the_index_is_that_of_the_formula():
    before, after = np.array([20.0, 30.0, 50.0]), np.array([10.0, 40.0, 50.0])
    by_hand = (0.1 - 0.2) * np.log(0.1 / 0.2) + (0.4 - 0.3) * np.log(0.4 / 0.3)
    assert psi(before, after) == pytest.approx(by_hand)


def test_a_level_that_appears_and_one_that_is_not_known_count():
    learned, new = sales(1000, 1), sales(500, 2)
    new.loc[new.index[:200], "heating"] = None
    found = stability(BUNDLE, learned, new, PARAMS).set_index("characteristic")
    assert found.loc["heating", "psi"] > 0.5


def test_what_was_never_seen_is_listed_with_its_number():
    new = sales(100, 1)
    new.loc[new.index[:7], "heating"] = "heat pump"
    new.loc[new.index[:3], "size"] = 480.0
    new.loc[new.index[0], "size"] = np.nan
    found = unseen(BUNDLE, new).set_index("what")["n_sales"].to_dict()
    assert found == {"heat pump": 7, "above 200": 2}
