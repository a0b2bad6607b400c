"""Does a letter say what its record says, in plain words of one language, and the same bytes each time?"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.valuation.disclosure.test_home_owner_page import BANNED
from tests.valuation.letters import golden
from tests.valuation.letters.reading import Letter
from valuation.dwellings.characteristics import Words
from valuation.errors import WrongUse
from valuation.explanation.fact_words import LANGUAGES
from valuation.letters.letter import letter_hash, letter_html, without_marks
from valuation.letters.record import MOST_LINES, MOST_SALES, Decision, LetterRecord

RECORDS = golden.golden_records()
VALUED = [kind for kind, record in RECORDS.items() if record.valued is not None]
NOT_VALUED = [kind for kind, record in RECORDS.items() if record.valued is None]
KINDS = sorted(RECORDS)
ONE = RECORDS["house-with-plot"]
# Digits of the words around the figures: "in 90 of 100 sales", and the number of a column, "Sale 2".
NO_FIGURES = re.compile(r"\b100 (sal(g|es)?|pris(er|ar)|prices)\b|\b(Salg|Sal|Sale) [1-5]\b")


def at(record: LetterRecord, path: str):
    """Return what stands in a record: a second way to it, through plain JSON, with what follows from it."""
    found = record.model_dump(mode="json") | {"last_day": str(record.last_day)}
    for step in path.split("."):
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


def plain(shown: str) -> str:
    """Return a figure as Python writes it, from bokmål, nynorsk or the decimals of English, without its currency."""
    bare = re.sub(r"[^\d,.−+-]", "", shown.replace("−", "-"))
    return bare.replace("+", "")


def number_in(shown: str, language: str) -> Decimal:
    """Return the number that a reader of the language takes from a text."""
    bare = plain(shown)
    return Decimal(bare.replace(",", "") if language == "en" else bare.replace(",", "."))


# -- figures ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_marked_text_and_day_is_the_one_of_the_record(kind, language):
    record = RECORDS[kind]
    letter = Letter(letter_html(record, language))
    texts = [
        (at(record, path), shown) for path, shown, found in letter.marked if not {"value", "datetime"} & set(found)
    ]
    told = [(found.get(language) if isinstance(found, dict) else found, shown) for found, shown in texts]
    pictured = [(found, shown) for found, shown in told if isinstance(found, int)]
    days = [(at(record, path), found["datetime"]) for path, _, found in letter.marked if "datetime" in found]
    assert [pair for pair in told if isinstance(pair[0], str) and pair[0] != pair[1]] == []
    assert [pair for pair in pictured if number_in(pair[1], language) != pair[0]] == []
    assert [pair for pair in days if pair[0] != pair[1]] == []
    assert days


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", VALUED)
def test_every_number_stands_in_the_record_and_is_shown_as_it_is(kind, language):
    record = RECORDS[kind]
    marked = [
        (path, shown, found) for path, shown, found in Letter(letter_html(record, language)).marked if "value" in found
    ]
    exact = [(at(record, path), found["value"]) for path, _, found in marked]
    # A share is told as so many of a hundred.
    shown = [
        (Decimal(found["value"]) * (100 if path.endswith("coverage") else 1), text) for path, text, found in marked
    ]
    assert [pair for pair in exact if Decimal(str(pair[0])) != Decimal(pair[1])] == []
    assert [pair for pair in shown if pair[0] != number_in(pair[1], language)] == []
    assert len(marked) > 50


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_number_stands_between_the_marked_ones(kind, language):
    between = " ".join(Letter(letter_html(RECORDS[kind], language)).outside)
    assert re.findall(r"\d+", NO_FIGURES.sub("", between)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", VALUED)
def test_the_picture_tells_value_and_range_in_words_too(kind, language):
    valued = RECORDS[kind].valued
    page, picture, *others = Letter(letter_html(RECORDS[kind], language)).titles
    told = re.findall(r"\d[\d,]*(?:\u00a0\d{3})*", picture)
    assert {number_in(text, language) for text in told} == {valued.low, valued.value, valued.high}
    assert page.endswith(RECORDS[kind].address)
    assert others == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", VALUED)
def test_the_lines_of_the_first_page_sum_to_the_value(kind, language):
    html = letter_html(RECORDS[kind], language)
    first = Letter(html.partition('class="annex"')[0])
    lines = [
        int(found["value"])
        for path, _, found in first.marked
        if re.fullmatch(r"valued\.(reference|other|told\.\d\.amount)", path)
    ]
    assert len(lines) <= MOST_LINES + 2
    assert sum(lines) == RECORDS[kind].valued.value


@pytest.mark.parametrize("kind", VALUED)
def test_the_first_page_shows_at_most_three_sales_with_their_indexed_price(kind):
    first = Letter(letter_html(RECORDS[kind], "nb").partition('class="annex"')[0])
    shown = [path for path, _, _ in first.marked if path.endswith(".indexed_price")]
    expected = min(MOST_SALES, len(RECORDS[kind].valued.comparison.sales))
    assert shown == [f"valued.comparison.sales.{place}.indexed_price" for place in range(expected)]


def test_facts_have_their_source_and_day():
    letter = Letter(letter_html(ONE, "nb"))
    year = next(fact for fact in ONE.facts if fact.name == "built_year")
    assert f"Byggeår | {year.recorded:.0f} | Matrikkelen, 1.1.2026" in letter.text
    # Those of the annex are all from one source, which is said once.
    assert len([path for path, _, _ in letter.marked if path.endswith(".source")]) == len(ONE.used_facts) + 1


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "Alt er hentet fra Matrikkelen, 1.1.2026."),
        ("nn", "Alt er henta frå Matrikkelen, 1.1.2026."),
        ("en", "All of it is from Cadastre, 1 Jan 2026."),
    ],
)
def test_what_all_facts_have_in_common_is_said_once(language, said):
    year = next(fact for fact in ONE.facts if fact.name == "built_year")
    alike = tuple(fact.model_copy(update={"source": year.source, "as_of": year.as_of}) for fact in ONE.facts)
    first = letter_html(ONE.model_copy(update={"facts": alike}), language).partition('class="annex"')[0]
    letter = Letter(first)
    assert said in letter.text
    assert len([path for path, _, _ in letter.marked if path.endswith(".source")]) == 1


# -- what it must and must not say ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NOT_VALUED)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_dwelling_without_a_value_gets_the_reason_and_no_amount(kind, language):
    record = RECORDS[kind]
    text = Letter(letter_html(record, language)).text
    assert getattr(record.reason.title, language) in text
    assert getattr(record.reason.owner, language) in text
    assert re.findall(r"[Kk]roner|\bNOK\b", text) == []


def test_what_nobody_has_decided_is_a_proposal_and_says_that_nobody_has_looked():
    text = Letter(letter_html(ONE, "nb")).text
    assert text.startswith("Forslag til verdi av boligen din")
    assert "Ingen saksbehandler har sett på verdien ennå." in text
    assert "Mangler: Verdien er et forslag." in text


def test_what_a_person_accepted_names_who_and_when_and_is_no_proposal():
    decision = Decision(by="cw-07", on="2026-02-03", outcome="accepted")
    decided = ONE.model_copy(update={"decision": decision, "is_looked_at": True})
    text = Letter(letter_html(decided, "nn")).text
    assert "Avgjort av cw-07 3. februar 2026: Verdien blir ståande." in text
    assert "Ein saksbehandlar har sett på verdien." in text
    assert "ramlegg" not in text


@pytest.mark.parametrize("outcome", ["own_value", "facts_corrected", "needs_inspection", "cannot_be_valued"])
def test_a_value_that_a_person_did_not_accept_is_not_to_be_sent(outcome):
    decision = Decision(by="cw-07", on="2026-02-03", outcome=outcome)
    text = Letter(letter_html(ONE.model_copy(update={"decision": decision, "is_looked_at": True}), "nb")).text
    assert text.startswith("Forslag")
    assert "Mangler: cw-07 så på saken 3. februar 2026 og godtok ikke verdien slik den står." in text


def set_otherwise(value: int, *, reason: bool = True) -> LetterRecord:
    """Return the letter of a home of which somebody set another value."""
    told = Words(en="condition poorer than usual", nb="dårligere standard enn vanlig", nn="dårlegare standard")
    decision = Decision(
        by="cw-07",
        on="2026-02-03",
        outcome="own_value",
        value=value,
        difference=value - ONE.valued.value,
        reason=told if reason else None,
    )
    return ONE.model_copy(update={"decision": decision, "is_looked_at": True})


@pytest.mark.parametrize(("share", "outermost"), [(0.98, False), (0.3, True), (3.0, True)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_value_that_a_person_set_is_the_value_of_the_letter_with_the_proposal_beside(language, share, outermost):
    own = round(ONE.valued.value * share, -4)
    record = set_otherwise(own)
    html = letter_html(record, language)
    first = Letter(html.partition('class="annex"')[0])
    marked = [(path, int(found["value"])) for path, _, found in first.marked if "value" in found and "decision" in path]
    assert [found for path, found in marked if path == "decision.value"] == [own] * 3
    assert dict(marked)["decision.difference"] == own - ONE.valued.value
    _, picture, *_ = first.titles
    told = {number_in(text, language) for text in re.findall(r"\d[\d,]*(?:\u00a0\d{3})*", picture)}
    assert told == {ONE.valued.low, ONE.valued.value, ONE.valued.high, own}
    places = [float(x) for x in re.findall(r'<rect x="([\d.]+)"', html)]
    assert all(0 <= place <= 640 for place in places)
    assert (places[-1] + 3 in (12.0, 628.0)) == outermost


def test_the_reason_for_another_value_is_told_and_missed_where_there_is_none():
    text = Letter(letter_html(set_otherwise(2_000_000), "nb")).text
    assert text.startswith("Verdien av boligen din")
    assert "Avgjort av cw-07 3. februar 2026: 2 000 000 kroner i stedet for det som var foreslått." in text
    assert "Grunn: dårligere standard enn vanlig." in text
    assert "lages på nytt" not in text
    assert (
        "Mangler: Kontoret skal skrive grunnen her."
        in Letter(letter_html(set_otherwise(2_000_000, reason=False), "nb")).text
    )


def test_a_value_set_where_the_program_gave_none_is_not_to_be_sent_like_that():
    decision = Decision(by="cw-07", on="2026-02-03", outcome="own_value", value=2_000_000)
    record = RECORDS[NOT_VALUED[0]].model_copy(update={"decision": decision, "is_looked_at": True})
    text = Letter(letter_html(record, "nb")).text
    assert "Mangler: cw-07 satte verdien til 2 000 000 kroner" in text
    assert text.startswith("Verdien av boligen din")
    assert "Derfor har ikke dataprogrammet foreslått noen verdi." in text
    assert "har vi ikke fastsatt" not in text


def test_the_last_day_to_complain_is_weeks_of_the_place_after_sending_and_open_before():
    assert "Siste dag for å klage: 13. april 2026." in Letter(letter_html(ONE, "nb")).text
    unsent = Letter(letter_html(ONE.model_copy(update={"sent": None}), "nb")).text
    assert "Siste dag for å klage:" not in unsent
    assert "Mangler: Siste dag for å klage fylles inn når brevet sendes." in unsent


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nb", "sette verdien opp så vel som ned"),
        ("nn", "setje verdien opp så vel som ned"),
        ("en", "up as well as down"),
    ],
)
def test_it_says_that_a_complaint_can_raise_the_value(language, said):
    assert said in Letter(letter_html(ONE, language)).text


def test_what_only_the_municipality_knows_is_left_open_and_marked():
    bare = ONE.model_copy(update={"sender": None, "contact": None})
    text = Letter(letter_html(bare, "nb")).text
    assert "Mangler: Kommunen skriver inn her hvem som sender brevet." in text
    assert "Mangler: Kommunen skriver inn her hvor du melder fra." in text
    assert "Mangler: Kommunen skriver inn her hvor klagen skal sendes." in text


def test_a_place_without_rules_of_tax_and_complaint_says_so():
    rules = ONE.rules.model_copy(update={"complaint": None, "complaint_weeks": None, "cited": None})
    valued = ONE.valued.model_copy(update={"tax": None})
    text = Letter(letter_html(ONE.model_copy(update={"rules": rules, "valued": valued}), "nb")).text
    assert "Mangler: Reglene for klage her er ikke lagt inn." in text
    assert "Mangler: Reglene for skatten her er ikke lagt inn." in text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_modelling_trade_stands_in_it(kind, language):
    assert re.findall(BANNED, Letter(letter_html(RECORDS[kind], language)).text, flags=re.IGNORECASE) == []


@pytest.mark.parametrize("kind", KINDS)
def test_bokmal_and_nynorsk_are_not_mixed(kind):
    nb, nn = (Letter(letter_html(RECORDS[kind], language)).text for language in ("nb", "nn"))
    # "eigedomsskattelova" is the name of the act in both.
    assert re.findall(r"\b(ikkje|frå|ein|eit|bustad\w*|kva|kvar|korleis|noko|mykje|vore|ho|blir sett)\b", nb) == []
    assert re.findall(r"\b(ikke|fra|en|et|bolig\w*|hva|hvor|hvordan|noe|mye|vært|hun|gjøre|blitt solgt)\b", nn) == []


# -- the page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_its_language_has_one_title_and_heads_for_every_column_and_row(language):
    letter = Letter(letter_html(ONE, language))
    names = [tag for tag, _ in letter.tags]
    heads = [found.get("scope") for tag, found in letter.tags if tag == "th"]
    assert ("html", {"lang": language}) in letter.tags
    assert names.count("h1") == 1
    assert set(heads) == {"col", "row"}
    assert [found.get("role") for tag, found in letter.tags if tag == "svg"] == ["img"]


@pytest.mark.parametrize("kind", KINDS)
def test_it_asks_the_network_for_nothing_and_runs_nothing(kind):
    letter = Letter(letter_html(RECORDS[kind], "nb"))
    named = [name for _, found in letter.tags for name in found if name in ("src", "href", "style") or name[:2] == "on"]
    assert named == []
    assert {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in letter.tags} == set()


def test_text_of_a_register_is_text_and_nothing_else():
    label = Words(en="<script>x</script>", nb="<script>x</script>", nn="<script>x</script>")
    fact = ONE.facts[0].model_copy(update={"shown": label})
    hostile = ONE.model_copy(
        update={"address": '"><script>alert(1)</script>{{ 7*7 }}', "facts": (fact, *ONE.facts[1:])}
    )
    letter = Letter(letter_html(hostile, "nb"))
    assert "script" not in {tag for tag, _ in letter.tags}
    assert '"><script>alert(1)</script>{{ 7*7 }}' in letter.text


def test_an_unknown_language_is_refused():
    with pytest.raises(WrongUse, match="nb, nn, en"):
        letter_html(ONE, "de")


def test_taking_the_marks_off_leaves_the_words():
    html = letter_html(ONE, "nb")
    assert Letter(without_marks(html)).text == Letter(html).text
    assert "data-record" not in without_marks(html.replace("<text", "<span").replace("</text", "</span"))


# -- the same again ---------------------------------------------------------------------------------------------------

WRITE = """
import hashlib, sys
from valuation.letters.letter import letter_html
from valuation.letters.record import LetterRecord
record = LetterRecord.model_validate_json(open(sys.argv[1], encoding="utf-8").read())
print([hashlib.sha256(letter_html(record, language).encode()).hexdigest() for language in ("nb", "nn", "en")])
"""


def test_the_same_record_gives_the_same_bytes_in_another_process():
    path = golden.HOME / "house-with-plot.json"
    elsewhere = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Pacific/Auckland", "LC_ALL": "C", "LANG": "C"}
    asked = subprocess.run(
        [sys.executable, "-c", WRITE, path], capture_output=True, text=True, check=True, env=elsewhere, cwd=Path.cwd()
    )
    here = [hashlib.sha256(letter_html(ONE, language).encode()).hexdigest() for language in ("nb", "nn", "en")]
    assert asked.stdout.strip() == str(here)


def test_a_record_survives_being_written_and_read():
    assert LetterRecord.model_validate_json(ONE.model_dump_json()) == ONE


def test_the_hash_of_a_letter_tells_records_and_languages_apart():
    moved = ONE.model_copy(update={"sent": None})
    hashes = [letter_hash(ONE, "nb"), letter_hash(ONE, "nn"), letter_hash(moved, "nb")]
    assert len(set(hashes)) == len(hashes)
    assert letter_hash(ONE, "nb") in letter_html(ONE, "nb")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", golden.LANGUAGES)
def test_ten_letters_read_as_they_did_when_somebody_last_read_them(kind, language):
    # Read the difference, then: python -m tests.valuation.letters.golden
    assert golden.written(RECORDS[kind], language) == (golden.HOME / f"{kind}.{language}.txt").read_text("utf-8")


def test_there_are_ten_of_them():
    assert len(RECORDS) == 10
    assert len(NOT_VALUED) == len({RECORDS[kind].reason.code for kind in NOT_VALUED}) == 3
