"""Can a home owner read the page, in each language, and is nothing promised that is not known?"""

from __future__ import annotations

import re
import shutil
from string import Formatter

import pandas as pd
import pytest

from tests.valuation.disclosure.second_reader import DataElements
from valuation.disclosure.evidence import plain
from valuation.disclosure.finished_run import FinishedRun
from valuation.disclosure.home_owner_page import home_owner_pages
from valuation.disclosure.home_owner_words import WORDS
from valuation.disclosure.page import Bullets
from valuation.languages.language import LANGUAGES, MONTHS

BANNED = (
    r"shap|kvantil|quantile|konform|conformal|boost|lightgbm|algoritm|algorithm|maskinl[æe]r|machine.learning|"
    r"kunstig intelligens|artificial|regres|residual|bootstrap|mdape|mape|\bcod\b|\bprd\b|\bprb\b|feature|predi[ck]|"
    r"\bmodell?(en|ane|ene|s)?\b|beslutningstre|avgjerdstre|decision tree|intervall?\b|median|holdout|dekningsgrad|"
    r"stratum|dataset|datasett|treningsdata|training data"
)


def text_of(card, language):
    """Return all that is read on the page."""
    page = DataElements((card / f"how-this-works.{language}.html").read_text("utf-8"))
    return " ".join([*page.outside, *(shown for _, _, shown in page.found)])


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_modelling_trade_stands_on_the_page(language, card):
    assert re.findall(BANNED, text_of(card, language), flags=re.IGNORECASE) == []


def test_the_search_for_banned_words_finds_them():
    assert re.search(BANNED, "verdien er en prediksjon", flags=re.IGNORECASE)
    assert re.search(BANNED, "modellen sier", flags=re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_in_which_language_it_is(language, card):
    assert f'<html lang="{language}">' in (card / f"how-this-works.{language}.html").read_text("utf-8")


def test_no_text_lacks_a_language():
    assert [name for name, said in WORDS.items() if set(said) != set(LANGUAGES) or not all(said.values())] == []
    assert {language: len(months) for language, months in MONTHS.items()} == dict.fromkeys(LANGUAGES, 12)


def test_every_language_is_given_the_same_figures():
    def names(text):
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert [key for key, said in WORDS.items() if len({frozenset(names(text)) for text in said.values()}) != 1] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [("nb", "Fristen er 6 uker"), ("nn", "Fristen er 6 veker"), ("en", "The time limit is 6 weeks")],
)
def test_the_time_limit_and_rules_of_complaint_are_those_of_the_law(language, said, card, finished):
    text = re.sub(r"<[^>]*>", "", (card / f"how-this-works.{language}.html").read_text("utf-8"))
    assert said in text
    assert finished.jurisdiction.law.complaint.in_language(language) in text


def test_norwegian_numbers_are_written_the_norwegian_way(card):
    assert "550\u00a0000 kroner" in text_of(card, "nb")
    assert "0,7" in text_of(card, "nn")
    assert "1. januar 2026" in text_of(card, "nb")


def test_bokmal_and_nynorsk_are_not_mixed(card):
    assert re.findall(r"\b(ikkje|frå|ein|bustad|kva|noko)\b", text_of(card, "nb")) == []
    assert re.findall(r"\b(ikke|fra|hva|noe|boligen|hvor)\b", text_of(card, "nn")) == []


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("nb", "Ligner ingen bolig som er solgt: 1 bolig", "Av et slag som ikke er solgt før: 2 boliger"),
        ("nn", "Liknar ingen bustad som er seld: 1 bustad", "Av eit slag som ikkje er selt før: 2 bustader"),
        ("en", "Unlike every sale: 1 home", "A kind never sold: 2 homes"),
    ],
)
def test_one_home_is_told_as_one(small_run, tmp_path, language, one, two):
    run = shutil.copytree(small_run, tmp_path / "run", ignore=shutil.ignore_patterns("train", "ingest", "report"))
    values = pd.read_parquet(run / "values.parquet").assign(flags="")
    values.loc[:2, "flags"] = ["outside-seen-range", "unseen-level", "unseen-level"]
    values.to_parquet(run / "values.parquet")
    told = [plain(line) for line in reasons(home_owner_pages(FinishedRun(run))[language])]
    assert sorted(told) == sorted([one, two])


def reasons(page):
    """Return the lines on why a person looks at a value."""
    (section,) = [section for section in page.sections if section.name == "person"]
    (bullets,) = [block for block in section.blocks if isinstance(block, Bullets)]
    return bullets.items


def test_the_heading_is_a_whole_sentence(card):
    heads = [
        re.search("<h1>(.*?)</h1>", (card / f"how-this-works.{language}.html").read_text("utf-8"))[1]
        for language in ("nb", "nn")
    ]
    assert [re.sub("<[^>]*>", "", head) for head in heads] == [
        "Hvordan vi kommer fram til verdien av boligen din",
        "Korleis vi kjem fram til verdien av bustaden din",
    ]


def test_what_the_municipality_must_add_is_marked(card):
    assert text_of(card, "nb").count("Kommunen skriver inn her") == 2
