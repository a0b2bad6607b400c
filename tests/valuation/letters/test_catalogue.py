"""Has the letter every sentence in both Norwegian languages, with the same figures and no word of the trade?"""

from __future__ import annotations

import re
from string import Formatter

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.valuation.disclosure.test_home_owner_page import BANNED
from valuation.letters.catalogue import catalogue_file, sentences

TEMPLATES = catalogue_file("nb").parent / "templates"
CATALOGUES = ("nb", "nn")


def asked_for() -> list[str]:
    """Return every sentence that a template asks for."""
    found = extract_from_dir(TEMPLATES, method_map=[("**.html", "jinja2.ext:babel_extract")], keywords={"_": None})
    return sorted({message for _, _, message, _, _ in found})


def entries(language: str):
    """Return the entries of a catalogue as they stand in its file."""
    with catalogue_file(language).open("rb") as stream:
        return [entry for entry in read_po(stream, locale=language) if entry.id]


def places(sentence: str) -> list[str]:
    """Return the figures of a sentence by name."""
    return sorted(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_sentence_of_the_templates_is_there_and_no_other(language):
    assert sorted(sentences(language)) == asked_for()
    assert len(asked_for()) > 60


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_sentence_is_empty_or_doubtful(language):
    assert [entry.id for entry in entries(language) if not entry.string or entry.fuzzy] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_every_sentence_has_the_same_figures(language):
    told = sentences(language)
    assert [key for key, sentence in told.items() if places(key) != places(sentence)] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_no_sentence_has_a_word_of_the_modelling_trade(language):
    told = " ".join([*sentences(language), *sentences(language).values()])
    assert re.findall(BANNED, told, flags=re.IGNORECASE) == []


def test_bokmal_and_nynorsk_are_not_mixed():
    nb, nn = (" ".join(sentences(language).values()) for language in CATALOGUES)
    assert re.findall(r"\b(ikkje|frå|ein|eit|bustad\w*|kva|kven|kvar|korleis|noko|nokon|enno|saka|sal)\b", nb) == []
    assert re.findall(r"\b(ikke|fra|en|et|bolig\w*|hva|hvem|hvor|hvordan|noe|noen|ennå|saken|salg)\b", nn) == []
