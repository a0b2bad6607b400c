"""Each rule: when it is raised, when it is not, and when it has nothing to judge by."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from tests.valuation.flags.outcomes import NOT_APPLICABLE, PARAMS, PASSED, RAISED, outcome
from valuation.errors import WrongUse
from valuation.flags.catalogue import (
    ANY,
    DWELLING_RULES,
    NONE,
    RULES,
    carries,
    explain_flags,
    find_all,
    opens_case,
    raise_flags,
    rule,
    sentence,
)
from valuation.jurisdictions.reading import read_jurisdiction

NOBODY = pd.array([None], dtype="str")


def test_a_plain_dwelling_has_no_flag(evidence):
    raised = raise_flags(evidence, PARAMS)
    assert raised.codes.tolist() == [""]
    assert raised.can_be_valued.tolist() == [True]


@pytest.mark.parametrize("upper", [2_050_001.0, 1_300_001.0])
def test_an_interval_wider_than_usual_for_its_type_is_flagged(changed, upper):
    # Usual width 0.25, 1.8 times that is 0.45; the lower value is 850,000.
    assert outcome("interval-too-wide", changed(values={"upper_value": upper})) == RAISED


def test_an_interval_of_usual_width_is_not_flagged(changed):
    assert outcome("interval-too-wide", changed(values={"upper_value": 1_299_999.0})) == PASSED


def test_an_interval_of_a_type_without_usual_width_meets_the_fixed_limit(changed):
    flat = {"dwelling_type": pd.array(["flat"], dtype="str")}
    assert outcome("interval-too-wide", changed(flat, {"upper_value": 2_049_999.0})) == PASSED
    assert outcome("interval-too-wide", changed(flat, {"upper_value": 2_050_001.0})) == RAISED


def test_a_missing_interval_has_no_width_to_judge(changed):
    assert outcome("interval-too-wide", changed(values={"upper_value": np.nan})) == NOT_APPLICABLE


def test_a_dwelling_with_fewer_than_five_like_sales_nearby_is_flagged(changed):
    assert outcome("few-near-sales", changed({"x_m": 4000.0 + 3.5})) == RAISED


def test_a_dwelling_with_five_like_sales_nearby_is_not_flagged(changed):
    # The sales stand at x 5000, 5001, ...: the fifth lies exactly 1,000 m away.
    assert outcome("few-near-sales", changed({"x_m": 4004.0})) == PASSED


def test_sales_of_another_type_are_not_comparable(changed):
    assert outcome("few-near-sales", changed({"dwelling_type": pd.array(["flat"], dtype="str")})) == RAISED


def test_without_coordinates_the_sales_of_the_market_area_count(changed):
    assert outcome("few-near-sales", changed({"x_m": np.nan})) == PASSED
    assert outcome("few-near-sales", changed({"x_m": np.nan, "market_area": pd.array(["moor"], dtype="str")})) == RAISED


def test_without_type_there_are_no_comparable_sales_to_count(changed):
    assert outcome("few-near-sales", changed({"dwelling_type": NOBODY})) == NOT_APPLICABLE


def test_a_dwelling_far_from_every_sale_is_flagged(changed):
    assert outcome("far-from-sales", changed({"x_m": 1999.0})) == RAISED


def test_a_dwelling_within_reach_of_a_sale_is_not_flagged(changed):
    assert outcome("far-from-sales", changed({"x_m": 2001.0})) == PASSED


def test_a_dwelling_without_place_has_no_distance(changed):
    assert outcome("far-from-sales", changed({"y_m": np.nan})) == NOT_APPLICABLE


@pytest.mark.parametrize("area", [39.9, 200.1])
def test_a_dwelling_smaller_or_larger_than_every_sale_is_flagged(changed, area):
    assert outcome("outside-seen-range", changed({"living_area_m2": area})) == RAISED


@pytest.mark.parametrize("area", [40.0, 200.0])
def test_the_ends_of_the_seen_range_belong_to_it(changed, area):
    assert outcome("outside-seen-range", changed({"living_area_m2": area})) == PASSED


def test_unknown_numbers_lie_in_no_range(changed):
    unknown = {"living_area_m2": np.nan, "built_year": np.nan, "rooms": np.nan}
    assert outcome("outside-seen-range", changed(unknown)) == NOT_APPLICABLE


def test_a_type_that_was_never_sold_is_flagged(changed):
    assert outcome("unseen-level", changed({"dwelling_type": pd.array(["castle"], dtype="str")})) == RAISED


def test_a_street_where_nothing_was_sold_is_not_flagged(evidence):
    assert outcome("unseen-level", evidence) == PASSED


def test_unknown_categories_are_of_no_kind(changed):
    assert outcome("unseen-level", changed({"dwelling_type": NOBODY, "market_area": NOBODY})) == NOT_APPLICABLE


@pytest.mark.parametrize("other", ["baseline_value", "tree_value"])
@pytest.mark.parametrize("value", [1_000_000 / np.exp(0.6001), 1_000_000 * np.exp(0.6001)])
def test_a_value_far_from_that_of_another_model_is_flagged(changed, other, value):
    assert outcome("models-disagree", changed(values={other: value})) == RAISED


def test_models_that_nearly_agree_are_not_flagged(changed):
    assert outcome("models-disagree", changed(values={"tree_value": 1_000_000 * np.exp(0.5999)})) == PASSED


def test_one_model_alone_cannot_disagree(changed):
    nothing = {"baseline_value": np.nan, "tree_value": np.nan}
    assert outcome("models-disagree", changed(values=nothing)) == NOT_APPLICABLE


@pytest.mark.parametrize("name", ["rooms", "x_m"])
def test_a_fact_missing_that_is_usually_known_is_flagged(changed, name):
    assert outcome("missing-characteristic", changed({name: np.nan})) == RAISED


def test_a_fact_that_is_seldom_known_is_not_missing(evidence):
    assert np.isnan(evidence.dwellings["renovated_year"].iloc[0])
    assert outcome("missing-characteristic", evidence) == PASSED


def test_nothing_is_missing_where_nothing_was_ever_recorded(evidence):
    nowhere = replace(evidence.seen, known_shares={})
    assert outcome("missing-characteristic", replace(evidence, seen=nowhere)) == NOT_APPLICABLE


@pytest.mark.parametrize(("day", "expected"), [(date(2023, 12, 31), NOT_APPLICABLE), (date(2024, 1, 1), RAISED)])
def test_a_fact_is_not_missing_before_the_day_it_is_known_from(changed, known_since, day, expected):
    later = known_since("rooms", "2024-01-01")
    nothing = {"living_area_m2": np.nan, "built_year": np.nan}
    seen = replace(changed().seen, known_shares={"rooms": 1.0})
    found = changed({"rooms": np.nan, **nothing}, jurisdiction=later, seen=seen, as_of=day)
    assert outcome("missing-characteristic", found) == expected


@pytest.mark.parametrize("area", [14.9, 400.1])
def test_an_area_outside_the_plausible_range_is_flagged(changed, area):
    assert outcome("implausible-characteristic", changed({"living_area_m2": area})) == RAISED


def test_an_area_within_the_plausible_range_is_not_flagged(changed):
    assert outcome("implausible-characteristic", changed({"living_area_m2": 15.0})) == PASSED


def test_an_unknown_area_is_not_implausible(changed):
    assert outcome("implausible-characteristic", changed({"living_area_m2": np.nan})) == NOT_APPLICABLE


@pytest.mark.parametrize("facts", [{"renovated_year": 1989.0}, {"renovated_year": 2026.0}, {"built_year": 2026.0}])
def test_years_that_contradict_each_other_or_the_date_are_flagged(changed, facts):
    assert outcome("contradictory-years", changed(facts)) == RAISED


@pytest.mark.parametrize("facts", [{"renovated_year": 1990.0}, {"renovated_year": 2025.0}, {"built_year": 2025.0}])
def test_years_in_their_order_are_not_flagged(changed, facts):
    assert outcome("contradictory-years", changed(facts)) == PASSED


def test_each_dwelling_is_judged_at_its_own_date(changed):
    earlier = changed({"built_year": 2020.0}, as_of=np.array(["2019-05-01"], dtype="datetime64[D]"))
    assert outcome("contradictory-years", earlier) == RAISED


def test_unknown_years_contradict_nothing(changed):
    assert outcome("contradictory-years", changed({"built_year": np.nan})) == NOT_APPLICABLE


@pytest.mark.parametrize("prior", [1_000_000 / 1.2 / np.exp(0.401), 1_000_000 / 1.2 * np.exp(0.401)])
def test_a_change_far_beyond_the_general_change_is_flagged(changed, prior):
    assert outcome("large-change", changed(prior_value=np.array([prior]))) == RAISED


def test_a_change_like_that_of_all_others_is_not_flagged(changed):
    assert outcome("large-change", changed(prior_value=np.array([1_000_000 / 1.2 * np.exp(0.399)]))) == PASSED


@pytest.mark.parametrize("prior", [np.array([np.nan]), np.array([0.0]), None])
def test_without_a_prior_value_there_is_no_change(changed, prior):
    assert outcome("large-change", changed(prior_value=prior)) == NOT_APPLICABLE


def test_without_a_known_general_change_no_change_is_judged(evidence):
    unknown = replace(evidence.seen, prior_log_change=None)
    assert outcome("large-change", replace(evidence, seen=unknown)) == NOT_APPLICABLE


SOLD = {"dwelling_id": pd.array(["d3"], dtype="str")}


@pytest.mark.parametrize("bound", [{"lower_value": 1_000_001.0}, {"upper_value": 999_999.0}])
def test_an_own_sale_outside_the_interval_is_flagged(changed, bound):
    assert outcome("own-sale-outside", changed(SOLD, bound)) == RAISED


def test_an_own_sale_inside_the_interval_is_not_flagged(changed):
    assert outcome("own-sale-outside", changed(SOLD)) == PASSED


def test_an_own_sale_is_brought_to_the_day_of_the_value(changed):
    # The sale stands at 1,000,000 on the valuation date; on a day when the level was half of that it was 500,000.
    half = {"log_index": np.log(0.5), "lower_value": 400_000.0, "upper_value": 600_000.0}
    assert outcome("own-sale-outside", changed(SOLD, half)) == PASSED


@pytest.mark.parametrize("as_of", [date(2024, 1, 15), date(2023, 1, 1), date(2027, 6, 1)])
def test_a_sale_on_the_day_itself_later_or_long_ago_says_nothing(changed, as_of):
    assert outcome("own-sale-outside", changed(SOLD, as_of=as_of)) == NOT_APPLICABLE


def test_the_newest_of_several_own_sales_counts(changed, sales):
    older = sales.assign(market_date=pd.to_datetime(["2023-01-15"] * 20), time_adjusted_sale_price=9e6)
    both = pd.concat([sales, older], ignore_index=True)
    assert outcome("own-sale-outside", changed(SOLD, own_sales=both)) == PASSED


@pytest.mark.parametrize(
    "facts",
    [
        {"living_area_m2": np.nan},
        {"living_area_m2": 4.9},
        {"living_area_m2": np.inf},
        {"rooms": 2.5},
        {"rooms": -1.0},
        {"x_m": -1.0},
        {"x_m": np.nan},
        {"dwelling_type": pd.array(["castle"], dtype="str")},
        {"y_m": 100_001.0},
    ],
)
def test_a_dwelling_with_an_impossible_fact_gets_no_value(changed, facts):
    raised = raise_flags(changed(facts), PARAMS)
    assert raised.codes[0].split("|")[0] == "cannot-be-valued"
    assert not raised.can_be_valued[0]


def test_a_dwelling_the_model_gave_no_number_for_cannot_be_valued(changed):
    assert outcome("cannot-be-valued", changed(values={"appraised_value": np.nan})) == RAISED


def test_whether_a_value_can_be_given_is_always_asked(evidence):
    assert outcome("cannot-be-valued", evidence) == PASSED


@pytest.mark.parametrize("item", DWELLING_RULES, ids=lambda item: item.code)
def test_every_rule_answers_for_no_dwelling_at_all(item, evidence):
    nobody = replace(
        evidence,
        dwellings=evidence.dwellings.iloc[:0],
        values=evidence.values.iloc[:0],
        prior_value=np.empty(0),
    )
    assert item.find(nobody, PARAMS).is_raised.tolist() == []


def test_a_dwelling_gets_the_same_flags_alone_as_among_others(changed):
    facts = {"living_area_m2": np.array([500.0, 100.0, np.nan]), "x_m": np.array([5000.0, 90_000.0, 5000.0])}
    together = replace(
        changed(),
        dwellings=pd.concat([changed().dwellings] * 3, ignore_index=True).assign(**facts),
        values=pd.concat([changed().values] * 3, ignore_index=True),
        prior_value=np.array([800_000.0] * 3),
    )
    alone = [
        raise_flags(changed({name: column[place] for name, column in facts.items()}), PARAMS).codes[0]
        for place in range(3)
    ]
    assert raise_flags(together, PARAMS).codes.tolist() == alone


def test_a_flag_says_its_number_and_its_limit(changed):
    told = explain_flags(changed({"living_area_m2": 450.0}), PARAMS, "nb")
    told = told.set_index("code").loc["implausible-characteristic"]
    assert told["sentence"] == "the fact er registrert som 450; rimelig grense er 400."
    assert told["characteristic"] == "living_area_m2"


def test_an_unknown_code_is_refused():
    with pytest.raises(WrongUse, match="cannot-be-valued"):
        rule("nonsense")


@pytest.mark.parametrize("item", RULES, ids=lambda item: item.code)
@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_every_sentence_speaks_every_language_without_model_words(item, language):
    said = item.say(language, 1.0, 2.0, "fact")
    assert getattr(item.sentence, language) is not None
    assert not {"shap", "quantile", "kvantil", "conformal", "residual"} & set(said.lower().split())
    assert "{" not in said


def test_codes_are_unique_and_can_be_joined():
    codes = [item.code for item in RULES]
    assert len(set(codes)) == len(codes)
    assert not any("|" in code for code in codes)


def test_a_flag_is_found_among_joined_codes_and_a_missing_text_is_none():
    flags = pd.Series(["models-disagree|large-change", "drawn-at-random", "", None], dtype="object")
    assert carries(flags, "large-change").tolist() == [True, False, False, False]
    assert carries(flags, ANY).tolist() == [True, True, False, False]
    assert carries(flags, NONE).tolist() == [False, False, True, True]
    assert carries(flags, "change").tolist() == [False] * 4


def test_what_opens_a_case_is_told_by_severity():
    flags = pd.Series(["models-disagree", "drawn-at-random", "cannot-be-valued|large-change", ""])
    assert opens_case(flags).tolist() == [True, True, True, False]
    assert opens_case(flags, ("draw",)).tolist() == [False, True, False, False]
    assert opens_case(flags, ("stop",)).tolist() == [False, False, True, False]


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nb", "Type er ikke registrert, men er det for 98\u00a0% av salgene."),
        ("en", "though it is for 98% of the sales."),
    ],
)
def test_a_missing_fact_without_a_weight_says_nothing_of_what_it_could_move(language, told):
    said = rule("missing-characteristic").say(language, float("nan"), 0.98, "Type")
    assert said.endswith(told)
    assert "12" in rule("missing-characteristic").say(language, 0.12, 0.98, "Type")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("nb", "Ingen av salgene er av samme boligtype og omtrent samme størrelse."),
        ("nn", "Ingen av sala er av same bustadtype og om lag same storleik."),
        ("en", "None of the sales is of the same type and about the same size."),
    ],
)
def test_where_no_sale_at_all_is_alike_no_dash_stands_for_a_distance(language, told):
    assert rule("distant-like-sales").say(language, float("inf"), 1500.0) == told
    assert "1" in rule("distant-like-sales").say(language, 1600.0, 1500.0)


FAR_OFF = {"appraised_value": 9e6, "lower_value": 2e6, "upper_value": 9e7, "error_risk": 0.9}


@pytest.mark.parametrize("judging", [item.code for item in RULES if item.judges_value])
def test_of_what_gets_no_value_no_rule_about_the_value_says_a_figure(changed, judging):
    prior = np.array([1e6])
    nowhere = find_all(changed(SOLD | {"x_m": np.nan, "y_m": np.nan}, FAR_OFF, prior_value=prior), PARAMS)
    assert find_all(changed(SOLD, FAR_OFF, prior_value=prior), PARAMS)[judging].is_raised.tolist() == [True]
    assert nowhere["cannot-be-valued"].is_raised.tolist() == [True]
    assert nowhere[judging].is_raised.tolist() == [False]
    assert np.isnan([*nowhere[judging].number, *nowhere[judging].limit]).all()


def test_a_share_beyond_its_limit_does_not_read_as_the_limit():
    said = rule("large-change").say("nb", -0.3341, -0.3333)
    assert "−33,4\u00a0%" in said
    assert "−33,3\u00a0%" in said
    assert "−43\u00a0%" in rule("large-change").say("nb", -0.43, -0.3333)


@pytest.mark.parametrize(
    ("code", "name", "figures", "told"),
    [
        ("implausible-characteristic", "living_area_m2", (1700.0, 500.0), ("1\u00a0700\u00a0m²", "500\u00a0m²")),
        ("outside-seen-range", "built_year", (1650.0, 1700.0), ("er 1650;", "til 1700.")),
        (
            "own-sale-outside",
            "",
            (2100095.0, 2418603.0),
            ("2\u00a0100\u00a0095\u00a0kroner", "2\u00a0418\u00a0603\u00a0kroner"),
        ),
    ],
)
def test_figures_of_a_sentence_have_their_unit_or_currency(trondheim, code, name, figures, told):
    said = sentence(code, *figures, name, read_jurisdiction(trondheim), "nb")
    assert [piece for piece in told if piece not in said] == []
