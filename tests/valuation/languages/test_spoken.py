"""Does a page speak the language it was asked for, and no longer than it was asked?"""

import threading

import pytest
from markupsafe import Markup

from valuation.errors import WrongUse
from valuation.languages.spoken import recorded, say, speaking, spoken, uncapitalised, written
from valuation.report.cells import Figure, shown


def test_english_is_spoken_where_nothing_was_asked_for():
    assert spoken() == "en"
    assert say("Market area") == "Market area"


def test_a_language_ends_with_its_block_also_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), speaking("nn"):
        assert say("Market area") == "Marknadsområde"
        1 / 0  # noqa: B018
    assert spoken() == "en"


def test_blocks_within_blocks_give_the_language_back():
    with speaking("nb"):
        with speaking("nn"):
            assert spoken() == "nn"
        assert spoken() == "nb"


def test_another_thread_speaks_its_own_language():
    heard = []
    with speaking("nb"):
        thread = threading.Thread(target=lambda: heard.append(spoken()))
        thread.start()
        thread.join()
    assert heard == ["en"]


def test_an_unknown_language_is_refused():
    with pytest.raises(WrongUse, match="language 'sv'"), speaking("sv"):
        pass


def test_figures_follow_the_language():
    with speaking("nb"):
        assert written("1,234.5 %") == "1\u00a0234,5\u00a0%"
        assert shown(12345.6, 1) == "12\u00a0345,6"
        assert str(Figure(0.98765, 3)) == "0,988"
        assert say("{n} of {all:,} dwellings", n=1, all=1234567) == "1 av 1\u00a0234\u00a0567 boliger"


def test_a_format_within_a_sentence_follows_the_language():
    with speaking("nn"):
        assert say("moved more than {limit:.0%}, % of dwellings", limit=0.1) == (
            "flytta seg meir enn 10\u00a0%, % av bustadene"
        )


def test_what_is_put_into_a_sentence_of_html_is_escaped():
    said = say("{code} and {other}", code=Markup("<b>A</b>"), other="<script>")
    assert said == "<b>A</b> and &lt;script&gt;"


def test_a_sentence_with_nothing_of_html_stays_text():
    assert not isinstance(say("{code} and {other}", code="<a>", other="<b>"), Markup)


@pytest.mark.parametrize(
    ("english", "bokmaal"),
    [
        ("n = 12: not given", "n = 12: ikke oppgitt"),
        ("valid sales", "frie salg"),
        (
            "The rolls are the same: 1,500 dwellings, 21 facts of each.",
            "Takstlistene er like: 1\u00a0500 boliger, 21 opplysninger om hver.",
        ),
        ("Not the same in both: the program, the libraries.", "Ikke det samme i begge: programmet, bibliotekene."),
        (
            "not given: 1 groups of 3 or more near-identical dwellings",
            "ikke oppgitt: 1 grupper med 3 eller flere nesten like boliger",
        ),
        (
            "Both versions are judged on 120 sales. Left out: no price above zero: 3; not valued by A: 1.",
            "Begge versjonene er målt på 120 salg. Utelatt: ingen pris over null: 3; ikke verdsatt av A: 1.",
        ),
    ],
)
def test_a_recorded_sentence_is_recognised_with_its_figures(english, bokmaal):
    with speaking("nb"):
        assert recorded(english) == bokmaal
    assert recorded(english) == english


@pytest.mark.parametrize("english", ["2026-01-01", "bcdb830df60ef929", "altered_flip", "5001-123/45/0/2", "H0101"])
def test_names_codes_and_dates_are_left_as_they_are(english):
    with speaking("nn"):
        assert recorded(english) == english


def test_an_abbreviation_keeps_its_capitals_inside_a_sentence():
    assert [uncapitalised(text) for text in ("Type of dwelling", "VEI, %", "")] == ["type of dwelling", "VEI, %", ""]
