"""Rules about facts that do not go together: with one another, with the dwelling's own sale, with all that was sold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.valuation.flags.outcomes import NOT_APPLICABLE, PARAMS, PASSED, RAISED, outcome
from valuation.flags.catalogue import explain_flags, rule
from valuation.flags.flag import Source
from valuation.flags.seen import SeenDomain
from valuation.flags.seen_places import SeenPlaces, distance_limit
from valuation.jurisdictions.jurisdiction import Jurisdiction

SOLD = {"dwelling_id": pd.array(["d3"], dtype="str")}


@pytest.mark.parametrize("rooms", [21.0, 0.9])
def test_rooms_too_small_or_too_large_contradict_the_area(changed, rooms):
    # 100 m2 in all; between 5 and 100 m2 a room can be.
    assert outcome("contradictory-facts", changed({"rooms": rooms})) == RAISED


@pytest.mark.parametrize("rooms", [20.0, 1.0])
def test_rooms_of_a_size_that_can_be_do_not_contradict_the_area(changed, rooms):
    assert outcome("contradictory-facts", changed({"rooms": rooms})) == PASSED


@pytest.mark.parametrize("rooms", [np.nan, 0.0])
def test_an_area_without_rooms_to_divide_it_by_contradicts_nothing(changed, rooms):
    assert outcome("contradictory-facts", changed({"rooms": rooms})) == NOT_APPLICABLE


@pytest.fixture
def with_rule(changed):
    """Return the plain dwelling in a place with just this rule."""

    def place(facts, **of_rule):
        content = changed().jurisdiction.model_dump(mode="json", by_alias=True)
        content["contradictions"] = [of_rule]
        return changed(facts, jurisdiction=Jurisdiction.model_validate(content))

    return place


def test_a_fact_may_reach_another_with_what_the_rule_adds(with_rule):
    most = {"fact": "rooms", "at_most": "living_area_m2", "times": 0.02, "plus": 1}
    assert outcome("contradictory-facts", with_rule({"rooms": 3.0}, **most)) == PASSED
    assert outcome("contradictory-facts", with_rule({"rooms": 3.1}, **most)) == RAISED


def test_a_fact_must_reach_another(with_rule):
    least = {"fact": "living_area_m2", "at_least": "rooms", "times": 10}
    assert outcome("contradictory-facts", with_rule({"rooms": 10.0}, **least)) == PASSED
    assert outcome("contradictory-facts", with_rule({"rooms": 11.0}, **least)) == RAISED


def test_a_rule_for_some_kinds_is_not_asked_of_others(with_rule):
    of_flats = {"fact": "living_area_m2", "between": [10, 60], "where": {"dwelling_type": ["flat"]}}
    assert outcome("contradictory-facts", with_rule({}, **of_flats)) == NOT_APPLICABLE
    flat = {"dwelling_type": pd.array(["flat"], dtype="str")}
    assert outcome("contradictory-facts", with_rule(flat, **of_flats)) == RAISED


def test_a_contradiction_names_both_facts(changed):
    told = explain_flags(changed({"rooms": 25.0}), PARAMS, "nn").set_index("code").loc["contradictory-facts"]
    assert told["sentence"] == "the fact og the fact går ikkje i hop: her er det 4, og grensa er 5."
    assert told["evidence"] == ["characteristic:living_area_m2", "characteristic:rooms"]


def test_a_dwelling_built_years_after_its_own_sale_is_flagged(changed):
    # Sold on 2024-01-15; three years are allowed.
    assert outcome("built-after-sale", changed(SOLD | {"built_year": 2028.0})) == RAISED


def test_a_dwelling_sold_before_it_stood_is_not_flagged(changed):
    assert outcome("built-after-sale", changed(SOLD | {"built_year": 2027.0})) == PASSED


@pytest.mark.parametrize("facts", [{"built_year": 2028.0}, SOLD | {"built_year": np.nan}])
def test_without_an_own_sale_or_a_year_nothing_was_built_after(changed, facts):
    assert outcome("built-after-sale", changed(facts)) == NOT_APPLICABLE


def test_the_sale_before_building_is_named(changed):
    found = rule("built-after-sale").find(changed(SOLD | {"built_year": 2028.0}), PARAMS)
    assert found.evidence(0) == (Source("characteristic", "built_year"), Source("sale", "s3"))


@pytest.fixture
def two_kinds(sales, jurisdiction):
    """400 sales: small ones of two or three rooms, large ones of eight or nine, none between."""
    n = 400
    is_large = np.arange(n) % 2 == 1
    table = sales.iloc[np.zeros(n, dtype=int)].reset_index(drop=True)
    spread = np.arange(n) // 2 % 40
    return table.assign(
        sale_id=[f"s{place:03d}" for place in range(n)],
        dwelling_id=[f"d{place:03d}" for place in range(n)],
        living_area_m2=np.where(is_large, 160.0 + spread, 40.0 + spread),
        rooms=np.where(is_large, 8.0, 2.0) + spread % 2,
        built_year=1990.0,
        renovated_year=np.nan,
    )


@pytest.fixture
def among_two_kinds(changed, two_kinds, jurisdiction):
    seen = SeenDomain.fit(two_kinds, jurisdiction)
    return lambda facts: changed(facts, seen=seen)


@pytest.mark.parametrize("facts", [{"living_area_m2": 45.0, "rooms": 9.0}, {"living_area_m2": 195.0, "rooms": 2.0}])
def test_facts_that_were_never_sold_together_are_flagged_though_each_was_sold(among_two_kinds, facts):
    assert outcome("outside-seen-range", among_two_kinds(facts)) == PASSED
    assert outcome("unseen-combination", among_two_kinds(facts)) == RAISED


@pytest.mark.parametrize("facts", [{"living_area_m2": 45.0, "rooms": 3.0}, {"living_area_m2": 195.0, "rooms": 8.0}])
def test_facts_that_were_sold_together_are_not_flagged(among_two_kinds, facts):
    assert outcome("unseen-combination", among_two_kinds(facts)) == PASSED


def test_one_known_fact_goes_with_anything(among_two_kinds):
    assert outcome("unseen-combination", among_two_kinds({"rooms": np.nan})) == NOT_APPLICABLE


def test_an_odd_combination_names_its_two_facts(among_two_kinds):
    found = rule("unseen-combination").find(among_two_kinds({"living_area_m2": 45.0, "rooms": 9.0}), PARAMS)
    assert found.evidence(0) == (Source("characteristic", "living_area_m2"), Source("characteristic", "rooms"))
    assert found.number[0] > found.limit[0]


def test_facts_that_values_do_not_hang_on_make_no_odd_combination(changed, two_kinds, jurisdiction):
    seen = SeenDomain.fit(two_kinds, jurisdiction, weights={"rooms": 0.01}, least_weight=0.05)
    odd = changed({"living_area_m2": 45.0, "rooms": 9.0}, seen=seen)
    assert outcome("unseen-combination", odd) == NOT_APPLICABLE


def test_what_goes_together_is_stored_whole_and_does_not_hang_on_the_order_of_sales(two_kinds, jurisdiction, tmp_path):
    SeenDomain.fit(two_kinds, jurisdiction).save(tmp_path / "one")
    SeenDomain.fit(two_kinds.iloc[::-1], jurisdiction).save(tmp_path / "other")
    for name in ("combinations.json", "combinations.parquet", "seen.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    loaded, made = SeenDomain.load(tmp_path / "one"), SeenDomain.fit(two_kinds, jurisdiction)
    odd = two_kinds.assign(rooms=5.0)
    np.testing.assert_array_equal(loaded.combinations.distance(odd)[0], made.combinations.distance(odd)[0])
    assert loaded.combinations.limit == made.combinations.limit


def test_the_limit_leaves_the_stated_share_of_ordinary_sales_beyond(sales, jurisdiction):
    random = np.random.default_rng(3)
    n = 4000
    many = sales.iloc[np.zeros(n, dtype=int)].reset_index(drop=True)
    area = np.exp(random.normal(4.5, 0.4, n))
    many = many.assign(
        dwelling_id=[f"d{place}" for place in range(n)],
        living_area_m2=area,
        rooms=np.maximum(1, np.rint(area / 25 + random.normal(0, 0.7, n))),
        built_year=np.rint(random.uniform(1900, 2020, n)),
    )
    known, later = many.iloc[: n // 2].reset_index(drop=True), many.iloc[n // 2 :].reset_index(drop=True)
    seen = SeenDomain.fit(known, jurisdiction, unlike_share=0.02)
    beyond = (seen.combinations.distance(later)[0] > seen.combinations.limit).mean()
    # Of 2,000 later sales 40 are expected.
    assert 0.005 < beyond < 0.04


@pytest.mark.parametrize(("risk", "expected"), [(0.501, RAISED), (0.5, PASSED), (np.nan, NOT_APPLICABLE)])
def test_a_likely_error_is_flagged_above_the_limit_alone(changed, risk, expected):
    assert outcome("error-likely", changed(values={"error_risk": risk})) == expected


def test_a_limit_of_one_switches_the_rule_of_likely_errors_off(changed):
    off = PARAMS.model_copy(update={"error_likely": 1.0})
    assert not rule("error-likely").find(changed(values={"error_risk": 1.0}), off).is_raised[0]


# The sales have 40 to 200 m2; those of 82 to 124 m2, like the dwelling's 100, stand at x 5005 to 5010.
@pytest.mark.parametrize(("x_m", "expected"), [(6510.0, PASSED), (6510.5, RAISED), (np.nan, NOT_APPLICABLE)])
def test_the_nearest_like_sale_must_lie_within_reach(changed, x_m, expected):
    assert outcome("distant-like-sales", changed({"x_m": x_m})) == expected


@pytest.mark.parametrize("facts", [{"living_area_m2": 600.0}, {"dwelling_type": pd.array(["flat"], dtype="str")}])
def test_where_no_sale_at_all_is_alike_the_dwelling_is_flagged(changed, facts):
    assert outcome("distant-like-sales", changed(facts)) == RAISED


def test_a_like_sale_is_found_behind_many_that_are_not(changed, sales, jurisdiction):
    # Forty small flats stand around; the only sale of 100 m2 lies 1,000 m off.
    small = sales.iloc[np.zeros(41, dtype=int)].reset_index(drop=True).assign(living_area_m2=40.0)
    small["sale_id"] = [f"s{place:02d}" for place in range(41)]
    small.loc[40, ["living_area_m2", "x_m"]] = [100.0, 6000.0]
    evidence = changed(seen=SeenDomain.fit(small, jurisdiction))
    found = rule("distant-like-sales").find(evidence, PARAMS)
    assert found.number[0] == 1000.0
    assert found.evidence(0)[-1] == Source("sale", "s40")


@pytest.fixture
def by_the_water(changed, sales, jurisdiction):
    """A town of 400 sales on a grid of 50 m between x 5000 and 5950, water east of it."""
    n = 400
    town = sales.iloc[np.zeros(n, dtype=int)].reset_index(drop=True)
    town["sale_id"] = [f"s{place:03d}" for place in range(n)]
    town = town.assign(x_m=5000.0 + 50 * (np.arange(n) % 20), y_m=5000.0 + 50 * (np.arange(n) // 20))
    seen = SeenDomain.fit(town, jurisdiction)
    return lambda x_m: changed({"x_m": x_m, "y_m": 5500.0}, seen=seen)


def test_a_point_on_the_water_is_flagged_though_the_town_is_near(by_the_water):
    assert outcome("far-from-sales", by_the_water(5950.0 + 201)) == RAISED


def test_the_edge_of_the_town_is_not_flagged(by_the_water):
    assert outcome("far-from-sales", by_the_water(5950.0 + 199)) == PASSED


# Sparse: 400 sales 250 m apart. A gap between houses is not the same as a gap with nothing behind it.
@pytest.fixture
def in_the_country(changed, sales, jurisdiction):
    """Sales on a grid of 250 m, each moved by up to 60 m, and a clearing of 400 m to every side among them."""
    moved = np.random.default_rng(3).uniform(-60, 60, (400, 2))
    place = np.column_stack([5000.0 + 250 * (np.arange(400) % 20), 5000.0 + 250 * (np.arange(400) // 20)]) + moved
    kept = np.hypot(*(place - (7500.0, 7500.0)).T) > 400
    town = sales.iloc[np.zeros(400, dtype=int)].reset_index(drop=True)
    town["sale_id"] = [f"s{number:03d}" for number in range(400)]
    town = town.assign(x_m=place[:, 0], y_m=place[:, 1])[kept].reset_index(drop=True)
    seen = SeenDomain.fit(town, jurisdiction)
    return lambda x_m, y_m: changed({"x_m": x_m, "y_m": y_m}, seen=seen)


def test_a_clearing_between_houses_is_not_far_where_a_lesser_distance_off_the_shore_is(in_the_country):
    clearing, shore = in_the_country(7500.0, 7500.0), in_the_country(10_200.0, 7500.0)
    far = [
        evidence.seen.places.nearest(evidence.number("x_m"), evidence.number("y_m"))[0][0]
        for evidence in (clearing, shore)
    ]
    assert [round(distance) for distance in far] == [449, 426]
    assert outcome("far-from-sales", clearing) == PASSED
    assert outcome("far-from-sales", shore) == RAISED


def test_the_limit_on_the_distance_leaves_its_share_of_the_sales_beyond():
    places = np.random.default_rng(5).uniform(0, 10_000, (2000, 2))
    limits = [distance_limit(places, share) for share in (0.05, 0.01, 0.001)]
    assert limits == sorted(limits)
    frame = pd.DataFrame({"dwelling_type": "house", "x_m": places[:, 0], "y_m": places[:, 1]})
    beyond = 0
    for number in range(0, 2000, 10):
        others = SeenPlaces(frame.drop(index=number))
        at = places[[number]].T
        beyond += bool(others.nearest(*at)[0][0] > limits[0] * others.usual_distance(*at)[0])
    # 200 of the 2,000, each judged as if it had not sold: 10 are expected, 3.1 the standard error.
    assert 2 <= beyond <= 20


def test_of_few_places_no_limit_is_learned():
    assert distance_limit(np.random.default_rng(5).uniform(0, 100, (44, 2)), 0.01) is None


def test_a_place_without_coordinates_or_with_few_sales_has_no_usual_distance():
    few = pd.DataFrame({"dwelling_type": "house", "x_m": np.arange(20.0), "y_m": 0.0})
    assert np.isnan(SeenPlaces(few).usual_distance(np.array([3.0]), np.array([0.0]))).all()
    more = pd.DataFrame({"dwelling_type": "house", "x_m": np.arange(40.0), "y_m": 0.0})
    assert np.isnan(SeenPlaces(more).usual_distance(np.array([np.nan]), np.array([0.0]))).all()


def test_a_finding_of_another_rule_is_not_asked_for_again(changed):
    once = rule("outside-seen-range").find(changed({"living_area_m2": 999.0}), PARAMS)
    told = explain_flags(replace(changed(), found={"outside-seen-range": once}), PARAMS)
    assert told["code"].tolist() == ["outside-seen-range"]
