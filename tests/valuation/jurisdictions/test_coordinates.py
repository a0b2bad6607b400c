import numpy as np
import pytest

from valuation.dwellings.characteristics import LocationAreas
from valuation.jurisdictions.coordinates import Division, area_names, divide


def places(n=1000, seed=0):
    draw = np.random.default_rng(seed)
    return draw.normal(500_000, 3_000, n), draw.normal(7_000_000, 1_000, n)


@pytest.mark.parametrize("min_sales", [1, 10, 100, 499, 501, 2000])
def test_every_area_keeps_the_sales_it_needs_or_there_is_one_area(min_sales):
    x, y = places()
    division = divide(x, y, LocationAreas(min_sales=min_sales, grid_m=100))
    counts = np.unique(area_names(division, x, y).astype(str), return_counts=True)[1]
    assert counts.min() >= min(min_sales, len(x))
    assert len(counts) == division.n_leaves


def test_borders_lie_on_the_grid():
    def borders(division):
        return [division.border_m] * (division.axis >= 0) + [b for part in division.parts for b in borders(part)]

    x, y = places()
    found = borders(divide(x, y, LocationAreas(min_sales=50, grid_m=250)))
    assert len(found) > 5
    assert np.allclose(np.mod(found, 250), 0)


def test_the_order_of_the_sales_moves_no_border():
    x, y = places()
    areas = LocationAreas(min_sales=50, grid_m=100)
    assert divide(x, y, areas) == divide(x[::-1], y[::-1], areas)


def test_all_sales_in_one_place_are_one_area():
    x = np.full(100, 5.0)
    assert divide(x, x, LocationAreas(min_sales=10, grid_m=100)).n_leaves == 1


def test_no_sale_at_all_is_one_area():
    none = np.zeros(0)
    assert area_names(divide(none, none, LocationAreas()), np.array([1.0]), np.array([1.0])).tolist() == ["area 1"]


def test_a_division_comes_back_from_what_was_written_of_it():
    x, y = places()
    division = divide(x, y, LocationAreas(min_sales=50, grid_m=100))
    assert Division.from_dict(division.as_dict()) == division
