"""Is the fact that would have to be wrong the smallest one, within its range, and found quickly?"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from tests.valuation.disclosure.test_home_owner_page import BANNED
from valuation.appraisal.appraise import appraise
from valuation.languages.language import LANGUAGES
from valuation.reasons.wrong_fact import FactSpread, what_would_have_to_be_wrong, wrong_fact_sentences


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "roll.parquet")


@pytest.fixture(scope="module")
def spread(roll, small_bundle):
    return FactSpread.of(roll, small_bundle.jurisdiction)


@pytest.fixture(scope="module")
def answers(roll, spread, small_bundle):
    """Eight dwellings, each with what would have to be wrong."""
    valued = roll[appraise(small_bundle, roll).table["appraised_value"].notna()].iloc[5::190].head(8)
    rows = [valued.iloc[[place]].reset_index(drop=True) for place in range(len(valued))]
    return [(row, what_would_have_to_be_wrong(small_bundle, row, spread)) for row in rows]


def test_the_share_between_two_facts_is_that_of_the_roll(small_bundle):
    roll = pd.DataFrame({"living_area_m2": [50.0, 60, 70, 80, np.nan], "tenure": ["a", "a", "a", "b", None]})
    spread = FactSpread.of(roll, small_bundle.jurisdiction)
    # One dwelling lies between, and half of those on either bound.
    assert spread.between("living_area_m2", 50.0, 70.0) == 0.5
    assert spread.between("living_area_m2", 55.0, 65.0) == 0.25
    assert spread.between("living_area_m2", 70.0, 50.0) == 0.5
    assert spread.between("tenure", "a", "b") == 0.75
    assert spread.between("tenure", "a", "never") == 1.0


def test_the_altered_dwelling_is_valued_as_appraise_values_it_and_far_enough(answers, small_bundle):
    found = [
        (row, answer, wrong, sign)
        for row, answer in answers
        for wrong, sign in ((answer.up, 1), (answer.down, -1))
        if wrong
    ]
    assert len(found) > 8
    for row, answer, wrong, sign in found:
        altered = row.assign(**{wrong.fact.name: wrong.fact.after})
        value = appraise(small_bundle, altered)[0].appraised_value
        assert value == wrong.value
        assert sign * (value - answer.appraised_value) >= 0.10 * answer.appraised_value


def test_every_altered_fact_lies_within_its_plausible_range(answers, small_bundle):
    dictionary = small_bundle.jurisdiction.characteristics
    bounded = [
        (dictionary[wrong.fact.name].plausible, wrong.fact.after)
        for _, answer in answers
        for wrong in (answer.up, answer.down)
        if wrong and dictionary[wrong.fact.name].plausible
    ]
    assert bounded
    assert [pair for pair in bounded if not pair[0][0] <= pair[1] <= pair[0][1]] == []


def test_no_smaller_area_does_it_where_the_dictionary_promises_a_direction(answers, small_bundle):
    by_area = [
        (row, answer, wrong, sign)
        for row, answer in answers
        for wrong, sign in ((answer.up, 1), (answer.down, -1))
        if wrong and wrong.fact.name == "living_area_m2"
    ]
    assert by_area
    for row, answer, wrong, sign in by_area:
        # All half square metres between the recorded area and the answer.
        between = np.arange(*sorted((wrong.fact.before + 0.5 * sign, wrong.fact.after)), 0.5)
        tried = pd.concat([row] * len(between)).assign(living_area_m2=between)
        values = appraise(small_bundle, tried[between != wrong.fact.after]).table["appraised_value"].to_numpy()
        assert (sign * (values - answer.appraised_value) < 0.10 * answer.appraised_value).all()


def test_no_other_level_or_whole_number_near_does_it_with_less(answers, spread, small_bundle):
    for row, answer in answers:
        for wrong, sign in ((answer.up, 1), (answer.down, -1)):
            best = wrong.size if wrong else 2.0
            rooms, kinds = row["rooms"].iloc[0], ["blokk", "rekkehus", "enebolig", "tomannsbolig"]
            tried = [("rooms", rooms + step) for step in (-2, -1, 1, 2) if 1 <= rooms + step <= 12]
            tried += [("dwelling_type", kind) for kind in kinds if kind != row["dwelling_type"].iloc[0]]
            smaller = [(name, to) for name, to in tried if spread.between(name, row[name].iloc[0], to) < best]
            rows = pd.concat([row, *(row.assign(**{name: to}) for name, to in smaller)], ignore_index=True)
            values = appraise(small_bundle, rows).table["appraised_value"].to_numpy()[1:]
            assert not (sign * (values - answer.appraised_value) >= 0.10 * answer.appraised_value).any()


def test_only_recorded_facts_can_be_wrong(answers):
    assert [
        wrong.fact.name
        for row, answer in answers
        for wrong in (answer.up, answer.down)
        if wrong and pd.isna(row[wrong.fact.name].iloc[0])
    ] == []


def test_a_far_goal_has_no_single_fact_and_says_so(roll, spread, small_bundle, answers):
    row, _ = answers[0]
    answer = what_would_have_to_be_wrong(small_bundle, row, spread, share=50.0)
    assert (answer.up, answer.down) == (None, None)
    assert wrong_fact_sentences(answer, small_bundle.jurisdiction, "nn") == [
        "Ingen av opplysningane kan åleine gjere verdien 5000\u00a0% høgare og framleis vere rimeleg.",
        "Ingen av opplysningane kan åleine gjere verdien 5000\u00a0% lågare og framleis vere rimeleg.",
    ]


def test_a_dwelling_without_a_value_has_no_answer(roll, spread, small_bundle):
    missing = roll.head(1).assign(living_area_m2=np.nan)
    assert what_would_have_to_be_wrong(small_bundle, missing, spread) is None


def test_an_answer_takes_a_few_hundred_dwellings(answers):
    assert max(answer.n_valued for _, answer in answers) < 600


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sentences_name_the_fact_as_it_is_and_as_it_would_be(language, answers, small_bundle):
    form = {
        "nb": r"For at verdien skulle bli minst 10 % (høyere|lavere), måtte .+ ha vært .+, ikke .+ som registrert\. "
        r"Verdien ville da ha vært [\d ]+ kroner\.",
        "nn": r"For at verdien skulle bli minst 10 % (høgare|lågare), måtte .+ ha vore .+, ikkje .+ som registrert\. "
        r"Verdien ville då ha vore [\d ]+ kroner\.",
        "en": r"For the value to be at least 10% (higher|lower), .+ would have to be .+, not .+ as recorded\. "
        r"The value would then be [\d,]+ kroner\.",
    }[language]
    told = [
        wrong_fact_sentences(answer, small_bundle.jurisdiction, language)
        for _, answer in answers
        if answer.up and answer.down
    ]
    lines = [line.replace("\u00a0", " ") for pair in told for line in pair]
    assert lines
    assert [line for line in lines if not re.fullmatch(form, line)] == []
    assert re.findall(BANNED, " ".join(lines), flags=re.IGNORECASE) == []
