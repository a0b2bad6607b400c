"""Is a what-if the answer of the altered dwelling, told by cause to the krone, and refused where it cannot be?"""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pandas as pd
import pytest

from tests.commands import asked, asked_in_a_process
from tests.valuation.disclosure.test_home_owner_page import BANNED
from valuation.appraisal.appraise import appraise
from valuation.errors import NoAnswer
from valuation.explanation.contributions import ROUNDING
from valuation.languages.language import LANGUAGES
from valuation.reasons.altered_facts import altered_facts, with_altered
from valuation.reasons.what_if import line_label, what_if, what_if_sentences


@pytest.fixture(scope="module")
def roll(small_run):
    return pd.read_parquet(small_run / "roll.parquet")


@pytest.fixture(scope="module")
def flats(roll, small_bundle):
    """Ten dwellings with a value, their area recorded."""
    valued = appraise(small_bundle, roll).table["appraised_value"].notna()
    return roll[valued & roll["living_area_m2"].between(60, 300)].iloc[::90].head(10)


def one(flats, place=0):
    return flats.iloc[[place]].reset_index(drop=True)


def test_a_truth_that_is_not_recorded_is_told_as_such(flats, small_bundle):
    unknown = one(flats).assign(has_lift=pd.array([None], dtype="boolean"))
    changed = altered_facts(small_bundle, unknown, {"has_lift": "ja"}, "nb")[0]
    assert changed.told(small_bundle.jurisdiction, "nb") == {
        "label": "Heis",
        "before": "ikke registrert",
        "after": "ja",
    }


# -- the answer ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"living_area_m2": 69},
        {"living_area_m2": "69,5", "has_lift": "ja"},
        {"built_year": 1999, "energy_label": 5},
        {"tenure": "selveier"},
        {"rooms": None},
        {"x_m": 570_000.0, "y_m": 7_033_000.0},
    ],
)
def test_the_causes_sum_to_the_difference_to_the_krone(changes, flats, small_bundle):
    answers = [what_if(small_bundle, one(flats, place), changes) for place in range(len(flats))]
    assert [sum(cause.amount for cause in answer.causes) for answer in answers] == [
        answer.after.appraised_value - answer.before.appraised_value for answer in answers
    ]
    # What is left for rounding is what rounding up to 30 lines can leave.
    assert all(abs(cause.amount) < 30 for answer in answers for cause in answer.causes if cause.line == ROUNDING)


def test_the_answer_is_that_of_appraise_for_the_altered_dwelling(flats, small_bundle):
    answer = what_if(small_bundle, one(flats), {"living_area_m2": 69})
    assert answer.before == appraise(small_bundle, one(flats))[0]
    assert answer.after == appraise(small_bundle, one(flats).assign(living_area_m2=69.0))[0]


def test_the_altered_fact_is_the_largest_cause_of_less_area(flats, small_bundle):
    answer = what_if(small_bundle, one(flats), {"living_area_m2": 30})
    assert answer.causes[0].line == "living_area_m2"
    assert answer.causes[0].amount < 0


def test_a_fact_that_stays_as_it_is_makes_no_difference(flats, small_bundle):
    same = one(flats)["living_area_m2"].iloc[0]
    answer = what_if(small_bundle, one(flats), {"living_area_m2": same})
    assert (answer.difference, answer.causes) == (0, ())
    told = what_if_sentences(answer, small_bundle.jurisdiction, "nn")
    assert told[-1] == "Endringa gjer ingen skilnad for verdien."


def test_the_row_of_the_roll_is_left_as_it_was(flats, small_bundle):
    row = one(flats)
    kept = row.copy()
    what_if(small_bundle, row, {"living_area_m2": 69, "has_lift": True})
    pd.testing.assert_frame_equal(row, kept)


def test_an_altered_row_keeps_the_kinds_of_its_columns(flats, small_bundle):
    changes = {"living_area_m2": "69", "tenure": "borettslag", "has_lift": "nei", "rooms": "", "plot_tenure": None}
    facts = altered_facts(small_bundle, one(flats), changes, "nb")
    altered = with_altered(one(flats), facts)
    assert altered["living_area_m2"].tolist() == [69.0]
    assert altered["tenure"].tolist() == ["borettslag"]
    assert not altered["has_lift"].iloc[0]
    assert altered[["rooms", "plot_tenure"]].isna().all(axis=None)


def test_moving_the_dwelling_on_the_map_moves_what_its_place_says_and_keeps_its_area(flats, small_bundle):
    row = one(flats)
    far = {"x_m": float(row["x_m"].iloc[0]) + 3000, "y_m": float(row["y_m"].iloc[0])}
    answer = what_if(small_bundle, row, far)
    before, after = (
        small_bundle.models.features_of(table, small_bundle.jurisdiction.valuation_date).iloc[0]
        for table in (row, row.assign(**far))
    )
    moved = {
        name
        for name in before.index
        if not math.isclose(before[name], after[name], rel_tol=1e-9) and before[name] == before[name]
    }
    owners = {item.owner for item in small_bundle.models.features_ if item.name in moved}
    assert owners == {"location"}
    assert "area_level" not in moved
    told = what_if_sentences(answer, small_bundle.jurisdiction, "nb")
    assert "Bare stedet på kartet er endret; takstsone, gate, bygning står som registrert." in told


def test_a_change_of_a_dwelling_without_a_value_says_why_and_gives_no_number(flats, small_bundle):
    missing = one(flats).assign(living_area_m2=math.nan)
    answer = what_if(small_bundle, missing, {"rooms": 3})
    assert (answer.difference, answer.causes, answer.after.appraised_value) == (None, (), None)
    told = " ".join(what_if_sentences(answer, small_bundle.jurisdiction, "nb"))
    assert "Med endringen har boligen ingen verdi: Bruksareal (BRA) er ikke registrert" in told
    assert "kroner" not in told


def test_a_missing_fact_that_is_filled_in_gives_a_value(flats, small_bundle):
    answer = what_if(small_bundle, one(flats).assign(living_area_m2=math.nan), {"living_area_m2": 69})
    assert answer.before.appraised_value is None
    assert answer.after.appraised_value > 0
    told = " ".join(what_if_sentences(answer, small_bundle.jurisdiction, "en"))
    assert "As recorded, the home has no value: Usable area (BRA) is not recorded" in told


# -- in words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_causes_are_told_and_the_rest_in_one_line_summing_to_the_difference(language, flats, small_bundle):
    answer = what_if(small_bundle, one(flats), {"living_area_m2": 30})
    lines = [line for line in what_if_sentences(answer, small_bundle.jurisdiction, language) if line.startswith("–")]
    amounts = [int(re.sub(r"[^\d−+]", "", line.rsplit(": ", 1)[1]).replace("−", "-")) for line in lines]
    assert len(lines) == 6
    assert sum(amounts) == answer.difference


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_modelling_trade_is_used(language, flats, small_bundle):
    answer = what_if(small_bundle, one(flats), {"living_area_m2": 30, "x_m": 570_000.0})
    text = "\n".join(what_if_sentences(answer, small_bundle.jurisdiction, language))
    labels = [line_label(cause.line, small_bundle.jurisdiction, language) for cause in answer.causes]
    assert re.findall(BANNED, text + " ".join(labels), flags=re.IGNORECASE) == []


def test_the_answer_reads_as_it_should(flats, small_bundle):
    row = one(flats).assign(living_area_m2=96.0)
    answer = what_if(small_bundle, row, {"living_area_m2": "69"})
    told = [line.replace("\u00a0", " ") for line in what_if_sentences(answer, small_bundle.jurisdiction, "nb")]
    amount = r"[\d ]+ kroner"
    assert told[0] == "Endret: bruksareal (BRA) fra 96 m² til 69 m²."
    assert re.fullmatch(
        f"Verdien slik boligen er registrert: {amount}, sannsynlig prisområde {amount} til {amount}.", told[1]
    )
    assert re.fullmatch(f"Verdien med endringen: {amount}, sannsynlig prisområde {amount} til {amount}.", told[2])
    assert re.fullmatch(rf"Forskjellen er −{amount} \(−\d+ %\). Den kommer av:", told[3])
    assert re.fullmatch(f"– Bruksareal \\(BRA\\): −{amount}", told[4])


# -- what is refused -------------------------------------------------------------------------------------------------

REFUSED = [
    ({}, "nothing-altered", "Ingen opplysning er endret"),
    ({"living_aria_m2": 69}, "unknown-characteristic", "Mente du living_area_m2"),
    ({"appraised_value": 1}, "unknown-characteristic", "«appraised_value» er ikke en opplysning"),
    ({"xyzzy": 1}, "unknown-characteristic", "Kjente er: "),
    ({"living_area_m2": 0}, "outside-plausible", "Bruksareal (BRA) kan ikke være 0 m²; det rimelige er fra 15 m²"),
    ({"living_area_m2": "-5"}, "outside-plausible", "kan ikke være −5 m²"),
    ({"living_area_m2": "69000"}, "outside-plausible", "kan ikke være 69 000 m²"),
    ({"living_area_m2": "stor"}, "not-a-number", "må være et tall, ikke «stor»"),
    ({"living_area_m2": "1e2"}, "not-a-number", "må være et tall"),
    ({"living_area_m2": math.inf}, "not-a-number", "må være et tall"),
    ({"living_area_m2": True}, "not-a-number", "må være et tall"),
    ({"living_area_m2": [69]}, "not-a-number", "må være et tall"),
    ({"living_area_m2": ""}, "needed", "kan ikke være ukjent"),
    ({"living_area_m2": math.nan}, "needed", "kan ikke være ukjent"),
    ({"rooms": 2.5}, "not-whole", "Rom må være et helt tall, ikke 2,5"),
    # A year has no blank between its thousands, and is not rounded to one that was not given.
    ({"built_year": "1 950,5"}, "not-whole", "Byggeår må være et helt tall, ikke 1950,5"),
    ({"built_year": 2150.5}, "outside-plausible", "Byggeår kan ikke være 2150,5"),
    ({"has_lift": "kanskje"}, "not-yes-or-no", "Heis må være ja eller nei, ikke «kanskje»"),
    ({"has_lift": 2}, "not-yes-or-no", "Heis må være ja eller nei"),
    ({"dwelling_type": "slott"}, "unknown-level", "Boligtype kan ikke være «slott». Velg mellom: leilighet i blokk"),
    ({"dwelling_type": 3}, "unknown-level", "Boligtype kan ikke være «3»"),
    ({"built_year": 2150}, "outside-plausible", "Byggeår kan ikke være 2150; det rimelige er fra 1750 til 2026"),
    ({"x_m": 10.0}, "outside-area", "ligger utenfor kommunen"),
    ({"y_m": "nord"}, "not-a-number", "Plassering på kartet (y) må være et tall, ikke «nord»"),
    ({"x_m": ""}, "needed", "Plassering på kartet (x) kan ikke være ukjent"),
]


@pytest.mark.parametrize(("changes", "code", "said"), REFUSED, ids=lambda item: str(item)[:40])
def test_what_cannot_be_is_refused_with_its_reason_and_no_number(changes, code, said, flats, small_bundle):
    with pytest.raises(NoAnswer) as refused:
        what_if(small_bundle, one(flats), changes, language="nb")
    assert refused.value.code == code
    text = str(refused.value).replace("\u00a0", " ")
    assert said in text
    assert "kroner" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_refusal_is_told_in_every_language_without_words_of_the_trade(language, flats, small_bundle):
    told = []
    for changes, _, _ in REFUSED:
        with pytest.raises(NoAnswer) as refused:
            what_if(small_bundle, one(flats), changes, language=language)
        told.append(str(refused.value))
    assert len(set(told)) == len(told) - 1  # nothing written and not a number are the same
    assert re.findall(BANNED, " ".join(told), flags=re.IGNORECASE) == []
    assert [line for line in told if "{" in line or "Expected" in line] == []


@pytest.mark.parametrize(
    ("given", "read"),
    [("69,5", 69.5), ("69.5", 69.5), (" 120 ", 120.0), ("1 250", None), (np.float64(70), 70.0), (70, 70.0)],
)
def test_numbers_are_read_as_people_write_them(given, read, flats, small_bundle):
    name = "living_area_m2" if read else "plot_area_m2"
    facts = altered_facts(small_bundle, one(flats), {name: given}, "nb")
    assert facts[0].after == (read or 1250.0)


# -- the command -----------------------------------------------------------------------------------------------------


def test_the_command_prints_the_answer_as_json_that_sums(flats, small_run):
    identity = flats["dwelling_id"].iloc[0]
    done = asked_in_a_process(
        "what-if", small_run, identity, "--set", "living_area_m2=69,5", "--language", "nn", "--json"
    )
    assert done.returncode == 0, done.stderr
    content = json.loads(done.stdout)
    assert sum(cause["amount"] for cause in content["causes"]) == content["difference"]
    assert content["altered"][0]["after"] == "69,5\u00a0m²"
    assert content["is_synthetic"] is True


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["nobody-1", "--set", "rooms=3"], 3, "Vi finner ingen bolig med nummeret nobody-1"),
        (["nobody-1", "--set", "rooms"], 2, "NAME=VALUE"),
        (["nobody-1", "--set", "rooms=3", "--set", "rooms=4"], 2, "rooms is given twice"),
        (["nobody-1", "--language", "sv"], 2, "nb, nn, en"),
    ],
)
def test_the_command_says_what_is_wrong_with_its_exit_code(words, code, said, small_run):
    done = asked("what-if", small_run, *words)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr


def test_a_folder_that_is_no_run_is_wrong_use(tmp_path):
    done = asked("what-if", tmp_path, "5001-1/1/0/0-H0101", "--set", "rooms=3")
    assert done.returncode == 2
    assert "holds no bundle" in done.stderr


@pytest.mark.parametrize("typed", ["Rekkjehus", "rekkehus", "terraced house"])
def test_a_level_may_be_typed_as_it_is_read_in_any_language(typed, flats, small_bundle):
    found = what_if(small_bundle, one(flats), {"dwelling_type": typed}, language="nn")
    assert [(fact.before, fact.after) for fact in found.facts] == [("blokk", "rekkehus")]
