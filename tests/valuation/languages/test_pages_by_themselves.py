"""Do the pages of gates and of new sales say the same in every language of the place, to the last word and figure?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.new_sales import dearer_sales
from tests.valuation.release.conftest import LENIENT
from valuation.adapters.file_registry import FileRegistry
from valuation.comparison.versions import read_version
from valuation.drift.page import pages as drift_pages
from valuation.release.catalogue import GATES
from valuation.release.page import pages as gates_pages
from valuation.release.verdict import judge

FILES = {"nb": "index.html", "nn": "index.nn.html", "en": "index.en.html"}
ENGLISH = re.compile(r"\b(the|of|and|with|sales?|dwellings?|not|is|are|from|than|values?|never|area)\b", re.IGNORECASE)
_TAGS, _STYLE = re.compile(r"<[^>]+>"), re.compile(r"<style>.*?</style>", re.DOTALL)


@pytest.fixture(scope="module")
def written(narrow_run: Path, small_run: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """Every page by what it is about and its language."""
    registry = FileRegistry(tmp_path_factory.mktemp("registry"))
    found = {
        "gates": gates_pages(judge(narrow_run, registry, LENIENT)),
        "drift": drift_pages(*dearer_sales(read_version(small_run))),
    }
    return {about: {language: pages[file] for language, file in FILES.items()} for about, pages in found.items()}


def words(html: str) -> str:
    """What is read of a page, without the codes of gates: those are the same in all languages."""
    text = _TAGS.sub(" ", _STYLE.sub(" ", html))
    for code in sorted((gate.code for gate in GATES), key=len, reverse=True):
        text = text.replace(f" {code} ", " ")
    return text


@pytest.mark.parametrize("about", ["gates", "drift"])
@pytest.mark.parametrize("language", ["nb", "nn"])
def test_nothing_on_the_page_is_left_in_english(written, about, language):
    html = written[about][language]
    text = words(html)
    assert [text[max(found.start() - 30, 0) : found.end() + 30] for found in ENGLISH.finditer(text)] == []
    assert f'<html lang="{language}">' in html


@pytest.mark.parametrize("about", ["gates", "drift"])
def test_every_language_has_the_same_figures_and_leads_to_the_others(written, about):
    figures = {language: re.findall(r'<data value="([^"]*)"', html) for language, html in written[about].items()}
    assert len(figures["en"]) > 20
    assert figures["nb"] == figures["nn"] == figures["en"]
    for language, html in written[about].items():
        linked = set(re.findall(r'<a href="(index[^"]*)"', html))
        assert linked == {file for other, file in FILES.items() if other != language}
