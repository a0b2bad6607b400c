"""Do the lines of a grid lead from the price to the value, to the krone, and do they read well?"""

import re
from datetime import date

import numpy as np
import pytest

from tests.valuation.disclosure.test_home_owner_page import BANNED
from tests.valuation.explanation.test_comparables import FLAT_EARTH, LINES, a_dwelling, jurisdiction, some_sales
from valuation.dwellings.facts import Facts
from valuation.explanation.adjustment_grid import grids_from
from valuation.explanation.comparables import ComparableSales
from valuation.explanation.fact_words import number
from valuation.explanation.grid_words import fact_rows, grid_heading, grid_rows, grid_sentences, grid_text
from valuation.languages.language import LANGUAGES

SIZE, PLACE = np.log(1.2), np.log(0.9)
"""The dwelling is 20 % better by its size than the sale, and 10 % worse by its place."""


def the_grid(sales, amounts, value=1_300_000.0, own=(SIZE, 0.0, 0.0), dwelling=None):
    asked = (a_dwelling() if dwelling is None else dwelling).assign(living_area_m2=120.0, rooms=3.0)
    kept = ComparableSales.fit(sales, LINES, np.array(amounts, dtype=float), jurisdiction(), FLAT_EARTH)
    own_amounts, values = np.array([own], dtype=float), np.array([value])
    facts = Facts.of(asked)
    found = kept.found(facts, own_amounts, is_asked=~np.isnan(values), n_threads=1)
    return grids_from(kept, found, own_amounts, facts, values, date(2025, 1, 1))[0]


@pytest.fixture
def one_sale():
    return the_grid(some_sales(1, joint_debt=150_000.0), [[0.0, 0.0, -PLACE]])


@pytest.fixture
def three_sales():
    # Facts differ, and one is not recorded.
    sales = some_sales(3, rooms=[3.0, 4.0, np.nan], x_m=[0.0, 444.0, 1234.0], market_price=[1e6, 1.2e6, 900_000.4])
    return the_grid(sales, [[0.0, 0.0, 0.1], [0.3, 0.0, 0.0], [0.0, 0.0, -0.2]])


# -- amounts ---------------------------------------------------------------------------------------------------------


def test_a_sale_says_its_indexed_price_times_what_separates_it(one_sale):
    # 1 000 000, indexed 1 100 000; times 1.2 for the size and 0.9 for the place: 1 188 000.
    sale = one_sale.sales[0]
    assert (sale.sale_price, sale.index, sale.indexed_price) == (1_000_000, 100_000, 1_100_000)
    assert (sale.adjusted_price, sale.unexplained, sale.value) == (1_188_000, 112_000, 1_300_000)


def test_differences_are_shares_of_one_difference_whatever_their_order(one_sale):
    # 88 000 in all; size and place take it as log 1.2 and log 0.9 stand to log 1.08.
    sale = one_sale.sales[0]
    per_log = 88_000 / np.log(1.08)
    assert sale.differences == (0, round(SIZE * per_log), round(PLACE * per_log))[1:]
    assert sum(sale.differences) + sale.rounding == 88_000


def test_equal_dwellings_differ_by_nothing_but_the_unexplained():
    sale = the_grid(some_sales(1), [[SIZE, 0.0, 0.0]]).sales[0]
    assert (sale.differences, sale.rounding, sale.unexplained) == ((0, 0), 0, 200_000)


def test_every_line_is_a_whole_unit_and_they_end_at_the_value(three_sales):
    assert len(three_sales.sales) == 3
    for sale in three_sales.sales:
        lines = [sale.sale_price, sale.index, *sale.differences, sale.rounding, sale.unexplained]
        assert all(type(amount) is int for amount in lines)
        assert sum(lines) == sale.value == three_sales.appraised_value
        # The differences are rounded one by one, and so is their sum.
        assert abs(sale.rounding) <= (len(sale.differences) + 2) / 2


def test_no_value_has_no_grid():
    assert the_grid(some_sales(1), [[0.0, 0.0, 0.0]], value=np.nan) is None


def test_facts_are_plain_texts_numbers_and_none(three_sales):
    assert three_sales.sales[0].facts["rooms"] in (3.0, 4.0, None)
    assert {type(value) for sale in three_sales.sales for value in sale.facts.values()} <= {float, str, type(None)}


# -- words -----------------------------------------------------------------------------------------------------------


def test_sums_are_those_of_the_lines_above_them(three_sales):
    amounts = {}
    for row in grid_rows(three_sales, jurisdiction(), "en"):
        amounts.setdefault(row.kind, []).append(np.array(row.amounts))
    total = {kind: sum(rows) for kind, rows in amounts.items()}
    assert (total["price"] + total["index"] == total["indexed"]).all()
    rounding = total.get("rounding", 0)
    assert (total["indexed"] + total["difference"] + rounding == total["adjusted"]).all()
    assert (total["adjusted"] + total["unexplained"] == total["value"]).all()


def test_a_line_that_is_nothing_for_all_sales_is_left_out():
    rows = grid_rows(the_grid(some_sales(1), [[SIZE, 0.0, 0.0]]), jurisdiction(), "en")
    assert [row.kind for row in rows] == ["price", "index", "indexed", "adjusted", "unexplained", "value"]


def test_a_heading_tells_sale_day_distance_and_joint_debt(one_sale, three_sales):
    assert grid_heading(one_sale, 0, jurisdiction(), "nb") == (
        "Salg 1: s0, solgt 1. september 2024, på samme sted; av prisen er 150\u00a0000\u00a0kroner fellesgjeld"
    )
    headings = [grid_heading(three_sales, place, jurisdiction(), "en") for place in range(3)]
    assert [text.split(", ")[2] for text in headings if "away" in text] == ["440\u00a0m away", "1.2\u00a0km away"]


def test_facts_are_told_where_a_sale_differs_and_the_living_area_always(three_sales):
    rows = fact_rows(three_sales, jurisdiction(), "nb")
    order = [sale.sale_id for sale in three_sales.sales]
    assert [own for _, own, _ in rows[:2]] == ["120", "3"]
    assert dict(zip(order, rows[1][2], strict=True)) == {"s0": "3", "s1": "4", "s2": "ikke registrert"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (900_000.0, "The value is lower than what any of the sales says."),
        (9_000_000.0, "The value is higher than what any of the sales says."),
    ],
)
def test_a_value_outside_what_all_sales_say_is_said(value, said):
    grid = the_grid(some_sales(3), [[0.0, 0.0, 0.0], [0.1, 0.0, 0.0], [0.2, 0.0, 0.0]], value=value)
    assert said in grid_sentences(grid, jurisdiction(), "en")


def test_fewer_than_three_sales_are_said_and_shown():
    grid = the_grid(some_sales(2), [[0.0, 0.0, 0.0], [0.1, 0.0, 0.0]])
    assert grid.has_too_few
    assert grid_sentences(grid, jurisdiction(), "nb")[-1] == (
        "Det er bare 2 salg som ligner, er nær nok og nye nok; det bør være 3."
    )
    assert len(grid_rows(grid, jurisdiction(), "nb")[0].amounts) == 2


def test_no_sale_at_all_is_said():
    grid = the_grid(some_sales(1), [[0.0, 0.0, 0.0]], dwelling=a_dwelling(dwelling_type="castle"))
    assert grid.sales == ()
    assert "ingen salg" in grid_text(grid, jurisdiction(), "nb")[-1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_tells_sales_amounts_and_facts_without_a_word_of_statistics(language, three_sales):
    text = "\n".join(grid_text(three_sales, jurisdiction(), language))
    assert re.findall(BANNED, text, flags=re.IGNORECASE) == []
    assert [text.count(f" {sale.sale_id}, ") for sale in three_sales.sales] == [1, 1, 1]
    assert number(three_sales.appraised_value, language) in text
    assert "NOK" not in text
    assert "\nKroner " in text


def test_money_is_told_with_its_sign(three_sales):
    lines = grid_text(three_sales, jurisdiction(), "en")
    prices = next(line for line in lines if line.startswith("Price "))
    index = next(line for line in lines if line.startswith("Price development"))
    assert "+" not in prices
    assert index.count("+") + index.count("−") == 3
