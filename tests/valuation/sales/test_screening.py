import numpy as np
import pandas as pd
import pytest

from valuation.pipeline.params import ScreenParams
from valuation.sales.arms_length_rules import RULES
from valuation.sales.screening import screen_sales

from .screened_sales import at, codes, place, screened, sixty_sales


def test_a_free_sale_is_valid():
    table = screened(sixty_sales())
    assert table["is_valid_sale"].all()
    assert (table["exclusion_codes"] == "").all()
    assert table["is_valid_sale"].dtype == bool


@pytest.mark.parametrize(
    ("column", "value", "default", "code"),
    [
        ("relation", "gift", "free", "related_parties"),
        ("is_forced", True, False, "forced_sale"),
        ("owned_share", 0.5, 1.0, "part_share"),
        ("dwellings_in_deed", 2.0, 1.0, "several_dwellings"),
        ("is_off_plan", True, False, "off_plan_undated"),
        ("built", 2025.0, 1990.0, "built_after_sold"),
        ("sale_price", 500.0, 150_000.0, "price_out_of_range|price_outlier"),
        ("sale_price", 2e9, 150_000.0, "price_out_of_range|price_outlier"),
    ],
)
def test_a_sale_that_was_not_free_has_its_code(column, value, default, code):
    sales = sixty_sales(**({"sale_price": sixty_sales()["sale_price"]} | {column: at(3, value, default)}))
    sales["sale_price"] *= np.exp(0.05 * np.cos(np.arange(60)))
    assert codes(sales) == code
    assert not screened(sales)["is_valid_sale"].iloc[3]
    assert screened(sales)["is_valid_sale"].sum() == 59


@pytest.mark.parametrize(
    ("column", "value", "default"),
    [
        ("relation", None, "free"),
        ("owned_share", np.nan, 1.0),
        ("dwellings_in_deed", np.nan, 1.0),
        ("built", np.nan, 1990.0),
        ("owned_share", 1.0, 0.99999),
        ("built", 2024.0, 1990.0),
    ],
)
def test_what_is_not_recorded_excludes_nothing(column, value, default):
    assert codes(sixty_sales(**{column: at(3, value, default)})) == ""


def test_all_codes_of_a_sale_are_kept_in_the_order_of_the_rules():
    sales = sixty_sales(relation=at(3, "family", "free"), owned_share=at(3, 0.5, 1.0), built=at(3, 2030.0, 1990.0))
    assert codes(sales) == "related_parties|part_share|built_after_sold"


def test_a_share_whose_joint_debt_is_not_known_is_excluded():
    sales = sixty_sales(tenure=at(3, "share", "own"), joint_debt=np.nan)
    assert codes(sales) == "joint_debt_unknown"
    assert codes(sales.assign(joint_debt=0.0)) == ""


def test_the_day_of_the_contract_is_the_market_date():
    contract = pd.Series(at(3, pd.Timestamp("2022-05-01"), pd.NaT), dtype="datetime64[us]")
    table = screened(sixty_sales(contract_date=contract, is_off_plan=at(3, True, False)))
    assert table["market_date"].iloc[3] == pd.Timestamp("2022-05-01")
    assert table["market_date"].iloc[4] == pd.Timestamp("2024-01-05")
    assert table["is_valid_sale"].iloc[3]


def test_a_contract_after_the_registration_is_not_believed():
    contract = pd.Series(at(3, pd.Timestamp("2031-01-01"), pd.NaT), dtype="datetime64[us]")
    assert screened(sixty_sales(contract_date=contract))["market_date"].iloc[3] == pd.Timestamp("2024-01-04")


def test_off_plan_a_dwelling_is_built_after_it_is_sold():
    contract = pd.Series(at(3, pd.Timestamp("2022-05-01"), pd.NaT), dtype="datetime64[us]")
    sales = sixty_sales(contract_date=contract, is_off_plan=at(3, True, False), built=at(3, 2024.0, 1990.0))
    assert codes(sales) == ""


def test_a_deed_that_is_recorded_again_counts_once():
    sales = pd.concat([sixty_sales(), sixty_sales().iloc[[3]].assign(sale_id="t")], ignore_index=True)
    table = screened(sales)
    assert table.loc["t", "exclusion_codes"] == "same_deed"
    assert table.loc["s003", "is_valid_sale"]


def test_like_sales_count_each_where_no_column_tells_dwellings_apart():
    sales = pd.concat([sixty_sales(), sixty_sales().iloc[[3]].assign(sale_id="t")], ignore_index=True)
    jurisdiction = place()
    kept = jurisdiction.model_copy(update={"sales": jurisdiction.sales.model_copy(update={"exact_duplicates": "keep"})})
    assert screened(sales, jurisdiction=kept).loc["t", "is_valid_sale"]


def resold(days, factor, **changes):
    """Dwelling d003, sold again."""
    first = sixty_sales().iloc[[3]]
    again = first.assign(
        sale_id="t",
        sale_date=first["sale_date"] + pd.Timedelta(days, "D"),
        sale_price=first["sale_price"] * factor,
        **changes,
    )
    return pd.concat([sixty_sales(), again], ignore_index=True)


def test_of_an_altered_dwelling_sold_again_soon_the_earlier_sale_is_excluded():
    table = screened(resold(100, 1.5), outlier_mads=1000.0)
    assert table.loc["s003", "exclusion_codes"] == "altered_flip"
    assert table.loc["t", "is_valid_sale"]


def test_of_a_dwelling_with_other_characteristics_the_earlier_sale_is_excluded():
    assert screened(resold(100, 1.0, area_m2=55.0)).loc["s003", "exclusion_codes"] == "altered_flip"


@pytest.mark.parametrize(("days", "factor"), [(100, 1.2), (100, 1.0), (0, 1.0)])
def test_a_quick_sale_at_the_old_price_is_no_flip(days, factor):
    assert screened(resold(days, factor)).loc["s003", "is_valid_sale"]


def test_a_late_resale_is_no_flip():
    assert screened(resold(170, 1.5), flip_months=5, outlier_mads=1000.0).loc["s003", "is_valid_sale"]


def test_no_holdout_price_decides_what_is_learned_from():
    table = screened(resold(180, 3.0, area_m2=55.0))
    assert table.loc["t", "market_date"] >= pd.Timestamp("2024-07-01")
    assert table.loc["s003", "is_valid_sale"]


def test_a_price_far_from_its_group_is_excluded_with_the_figures():
    sales = sixty_sales(sale_price=at(3, 50 * 9000.0, 150_000.0)).assign(
        sale_price=lambda t: t["sale_price"] * np.exp(0.05 * np.sin(np.arange(60)))
    )
    table, excluded, _ = screen_sales(sales, place(), ScreenParams())
    assert table["exclusion_codes"].tolist() == at(3, "price_outlier", "")
    assert excluded["sale_id"].tolist() == ["s003"]
    assert excluded["reason"].iloc[0].startswith(f"{sales['sale_price'].iloc[3] / 50:,.0f} per m² lies ")


def test_a_dear_zone_is_no_outlier():
    both = pd.concat(
        [
            sixty_sales(),
            sixty_sales(
                zone="b",
                sale_price=sixty_sales()["sale_price"] * 6,
                sale_id=[f"u{k}" for k in range(60)],
                dwelling_id=[f"e{k}" for k in range(60)],
            ),
        ],
        ignore_index=True,
    )
    assert screened(both)["is_valid_sale"].all()


def test_a_group_with_too_few_sales_is_judged_among_its_type():
    sales = sixty_sales(zone=at(3, "c", "a")).assign(sale_price=lambda t: t["sale_price"] * at(3, 8.0, 1.0))
    assert codes(sales) == "price_outlier"


def test_prices_that_rise_are_no_outliers():
    rising = sixty_sales().assign(sale_price=lambda t: t["sale_price"] * np.exp(np.arange(60) / 60))
    rising["sale_date"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(60) * 24, "D")
    assert screened(rising, min_group_sales=5)["is_valid_sale"].mean() > 0.9


@pytest.mark.parametrize("factor", [0.0001, 0.2, 5.0, 1e5])
def test_a_rule_on_prices_never_removes_a_holdout_sale(factor):
    late = pd.Series(at(3, pd.Timestamp("2024-08-01"), pd.Timestamp("2024-02-01")))
    sales = sixty_sales(sale_date=late).assign(sale_price=lambda t: t["sale_price"] * at(3, factor, 1.0))
    table = screened(sales)
    assert table["is_valid_sale"].iloc[3]
    assert table["exclusion_codes"].iloc[3] == ""
    assert "price_outlier" in table["price_codes"].iloc[3]


def test_a_holdout_price_moves_no_verdict_on_another_sale():
    late = sixty_sales()["sale_date"].where(np.arange(60) < 40, pd.Timestamp("2024-09-01"))
    sales = sixty_sales(sale_date=late)
    wild = sales.assign(sale_price=sales["sale_price"].where(np.arange(60) < 40, 7.0))
    pd.testing.assert_series_equal(screened(sales)["exclusion_codes"], screened(wild)["exclusion_codes"])


def test_a_fact_of_the_deed_excludes_a_holdout_sale_too():
    sales = sixty_sales(sale_date=pd.Timestamp("2024-08-01"), relation="gift")
    assert not screened(sales)["is_valid_sale"].any()


def test_the_order_of_the_sales_changes_nothing():
    sales = resold(100, 1.5)
    shuffled = sales.sample(frac=1, random_state=3, ignore_index=True)[list(reversed(sales.columns))]
    pd.testing.assert_frame_equal(screened(sales), screened(shuffled), check_like=True)


def test_the_summary_counts_every_rule_that_could_look():
    _, _, summary = screen_sales(sixty_sales(relation=at(3, "gift", "free")), place(), ScreenParams())
    by_code = summary.set_index("code")
    assert by_code.loc["related_parties", ["n_found", "n_excluded", "n_only_reason"]].tolist() == [1, 1, 1]
    assert "forced_sale" not in by_code.index
    assert by_code.loc["", ["n_found", "n_excluded", "n_only_reason"]].tolist() == [60, 1, 59]


def test_every_rule_has_a_code_of_its_own_and_a_sentence():
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert [rule.code for rule in RULES if not rule.sentence.endswith(".")] == []
