"""Do the pages speak every language, with nothing from elsewhere, and is what stands beside them what it was?"""

from __future__ import annotations

import ast
import hashlib
import json
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.pages.frame import STATIC
from api.pages.sentences import catalogue_file, sentences
from api.pages.static_files import NAMES
from tests.valuation.disclosure.test_home_owner_page import BANNED

PAGES = Path("api/pages")
PLACE = re.compile(r"\{[a-z_]+\}")


def asked_for() -> set[str]:
    """Every sentence the templates ask for."""
    found = extract_from_dir(PAGES, method_map=[("**.html", "jinja2")], keywords={"_": None})
    return {str(message) for _, _, message, _, _ in found}


OF_ANALYSTS = ("version", "comparisons", "analysis", "drift", "accessibility")
"""Beginnings of templates that no caseworker is shown: analysts call their figures by the trade's names."""


def asked_of_caseworkers() -> set[str]:
    """Every sentence that stands in a template for caseworkers."""
    found = extract_from_dir(PAGES, method_map=[("**.html", "jinja2")], keywords={"_": None})
    return {str(message) for name, _, message, _, _ in found if not Path(name).name.startswith(OF_ANALYSTS)}


def in_code() -> set[str]:
    """Every text constant of the modules: whatever of it has a translation is a sentence of the pages."""
    trees = [ast.parse(path.read_text("utf-8")) for path in Path("api").rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return {node.value for node in nodes if isinstance(node.value, str)}


def catalogue(language: str) -> dict[str, str]:
    with catalogue_file(language).open("rb") as stream:
        return {str(item.id): str(item.string) for item in read_po(stream, locale=language) if item.id}


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_sentence_of_the_templates_is_there(language):
    assert asked_for() - set(catalogue(language)) == set()


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_no_sentence_is_left_over(language):
    assert set(catalogue(language)) - asked_for() - in_code() == set()


@pytest.mark.parametrize("language", ["nb", "nn"])
def test_every_sentence_has_the_places_of_the_english_one_and_says_something(language):
    unlike = [
        english
        for english, said in catalogue(language).items()
        if sorted(PLACE.findall(english)) != sorted(PLACE.findall(said)) or not said.strip()
    ]
    assert unlike == []


@pytest.mark.parametrize("language", ["nb", "nn", "en"])
def test_no_word_of_the_modelling_trade_stands_on_the_pages(language):
    told = [sentences(language)(english) for english in asked_of_caseworkers()]
    # The analysts' menu may name model versions; caseworkers do not see it.
    texts = [text for text in told if "model" not in text.lower()]
    assert re.findall(BANNED, "\n".join(texts), flags=re.IGNORECASE) == []


def test_vendored_files_are_the_published_ones_with_their_licence():
    listed = json.loads((STATIC / "vendor" / "vendored.json").read_text("utf-8"))
    found = {
        path.relative_to(STATIC / "vendor").as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (STATIC / "vendor").rglob("*")
        if path.is_file() and path.name != "vendored.json"
    }
    assert {name: one["sha256"] for name, one in listed.items()} == found
    assert {one["licence"] for one in listed.values()} <= {"MIT", "0BSD", "BSD-2-Clause"}


def test_pages_ask_no_other_machine():
    texts = [path.read_text("utf-8") for path in PAGES.rglob("*.html")]
    assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//", "\n".join(texts)) == []
    assert re.findall(r"\son[a-z]+=|style=\"|<style|<script>", "\n".join(texts)) == []


def test_a_static_file_is_served_by_its_name_and_nothing_else_is(office):
    assert "site.css" in NAMES
    kept = office["kari"].get("/static/site.css")
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    for name in ("../frame.py", "..%2fframe.py", "vendor/../../frame.py", "/etc/passwd", "vendor", "nosuch.css"):
        assert office["kari"].get(f"/static/{name}").status_code == 404


def test_what_cannot_be_done_is_told_as_a_page_to_a_person_and_as_a_problem_to_a_program(office):
    address = "/cases/" + "0" * 20
    page = office["kari"].get(address, params={"lang": "nn"})
    assert page.status_code == 404
    assert "Her er det ingenting" in page.text
    program = office["kari"].get(address, headers={"Accept": "application/json"})
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("address", ["/cases", "/help", "/dwellings", "/cases/map", "/cases/import"])
def test_a_page_is_light(office, address):
    page = office["kari"].get(address)
    parts = set(re.findall(r'(?:href|src)="(/static/[^"?]+)', page.text))
    weight = len(page.content) + sum((STATIC / part.removeprefix("/static/")).stat().st_size for part in parts)
    # Without the map; nothing is compressed here, so that a proxy can only make it lighter.
    assert weight < 400_000
