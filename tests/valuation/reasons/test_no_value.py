"""Does a dwelling without a value get its reason, what to do, and no number, in three languages?"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.valuation.disclosure.test_home_owner_page import BANNED
from valuation.appraisal.appraise import appraise
from valuation.languages.language import LANGUAGES
from valuation.reasons.no_value import REASONS, no_value_pages, not_in_roll, reasons_for_no_value

PAGES = Path(__file__).parents[3] / "docs" / "reference" / "no-value"

CAUSES = [
    ({"living_area_m2": np.nan}, "missing-fact", "Bruksareal (BRA) er ikke registrert"),
    ({"living_area_m2": 2.0}, "impossible-fact", "Det er registrert Bruksareal (BRA): 2 m²"),
    ({"market_area": None}, "missing-fact", "Takstsone er ikke registrert"),
    ({"dwelling_type": None}, "unknown-type", "Boligtype: ikke registrert"),
    ({"dwelling_type": "slott"}, "unknown-type", "Boligtype: slott"),
    ({"x_m": np.nan, "y_m": np.nan}, "no-location", "ikke plassert på kartet"),
    ({"x_m": 7_033_000.0, "y_m": 570_000.0}, "outside-area", "ligger utenfor kommunen"),
]


@pytest.fixture(scope="module")
def a_dwelling(small_run, small_bundle):
    roll = pd.read_parquet(small_run / "roll.parquet")
    return roll[appraise(small_bundle, roll).table["appraised_value"].notna()].head(1).reset_index(drop=True)


@pytest.mark.parametrize(("altered", "code", "said"), CAUSES)
def test_each_cause_has_its_reason_and_no_number(altered, code, said, a_dwelling, small_bundle):
    row = a_dwelling.assign(**altered)
    (found,) = reasons_for_no_value(small_bundle, row)
    texts = found.texts(small_bundle.jurisdiction, "nb")
    assert found.reason.code == code
    assert said in texts["found"].replace("\u00a0", " ")
    assert "kroner" not in " ".join(texts.values())
    assert appraise(small_bundle, row)[0].appraised_value is None


def test_every_dwelling_of_the_roll_has_a_value_or_a_reason_and_never_both(small_run, small_bundle):
    roll = pd.read_parquet(small_run / "roll.parquet")
    has_reason = [found is not None for found in reasons_for_no_value(small_bundle, roll)]
    assert has_reason == appraise(small_bundle, roll).table["appraised_value"].isna().tolist()
    assert any(has_reason)


def test_a_dwelling_that_is_not_on_the_roll_is_told_so(small_bundle):
    found = not_in_roll("5001-9999/1/0/0-H0101")
    assert found.reason.code == "not-in-roll"
    said = str(found.refusal(small_bundle.jurisdiction, "nn"))
    assert said.startswith("Kan ikkje verdsetjast av modellen: Bustaden står ikkje på lista.")
    assert "5001-9999/1/0/0-H0101" in said
    assert found.refusal(small_bundle.jurisdiction, "nn").code == "not-in-roll"


def test_an_answer_that_is_no_number_has_a_reason_too():
    assert "no-answer" in {reason.code for reason in REASONS}


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_written_in_every_language_without_words_of_the_trade(reason, language):
    texts = [getattr(getattr(reason, part), language) for part in ("title", "found", "owner", "office")]
    assert all(texts)
    assert re.findall(BANNED, " ".join(texts), flags=re.IGNORECASE) == []


@pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.code)
def test_bokmal_and_nynorsk_are_not_mixed(reason):
    told = {
        lang: " ".join(getattr(getattr(reason, part), lang) for part in ("title", "found", "owner", "office"))
        for lang in ("nb", "nn")
    }
    assert re.findall(r"\b(ikkje|frå|ein|bustad|bustaden|kva|noko|opplysninga)\b", told["nb"]) == []
    assert re.findall(r"\b(ikke|fra|hva|noe|boligen|hvor|opplysningen|eieren)\b", told["nn"]) == []


def test_every_reason_has_its_page_as_the_program_writes_it():
    assert {path.name: path.read_text("utf-8") for path in PAGES.glob("*.md")} == no_value_pages()


def test_every_page_tells_owner_and_caseworker_what_to_do():
    pages = no_value_pages()
    assert [name for name, text in pages.items() if name != "README.md" and text.count("- **") != 6] == []
