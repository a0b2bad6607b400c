"""Is every sentence of the program there in bokmål and nynorsk, with its figures, and none left over?"""

import ast
import inspect
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import valuation
from valuation.comparison import page as comparison_page
from valuation.comparison import words as comparison_words
from valuation.drift.verdicts import ALARM, BLIND, MEASURE_WORDS, QUIET
from valuation.flags import order
from valuation.flags.catalogue import ANY, NONE
from valuation.languages.catalogue import catalogue
from valuation.pipeline import explain
from valuation.ratio_study import pictures
from valuation.ratio_study.standards import OWN_GOALS, STANDARDS
from valuation.release.catalogue import GATES
from valuation.release.looked_at import KINDS
from valuation.report import coverage, goals, level_by_month, page, ratio_map, words
from valuation.sales.arms_length_rules import RULES
from valuation.uncertainty.published_coverage import GROUPINGS

HOME = Path(valuation.__file__).parent
PLACE = re.compile(r"\{[^{}]*\}")
NORWEGIAN = ("nb", "nn")


def literal_sentences():
    """Return what `say` is asked for by a literal, in the program and in its templates, with the file it stands in."""
    found = {}
    for path in sorted(HOME.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_said = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say"
            if is_said and "languages.spoken" in path.read_text("utf-8") and isinstance(node.args[0], ast.Constant):
                found[node.args[0].value] = path.name
    for path in sorted(HOME.rglob("*.html")):
        found |= dict.fromkeys(re.findall(r"\bsay\(\"([^\"]*)\"", path.read_text("utf-8")), path.name)
    return found


def tabled_sentences():
    """Return what stands in tables of the program and is said from there."""
    tables = [
        *(item.head for item in (*words.STATISTIC.values(), *goals._APART.values())),
        *words.MODEL.values(),
        *(text for pair in (*words.SAMPLE.values(), *words.STRATUM.values()) for text in pair),
        *(title for title, _ in page.SECTIONS.values()),
        *(text for said in goals._BEATEN.values() for text in said),
        *GROUPINGS.values(),
        *coverage._HEADS,
        *(text for _, _, text in ratio_map._CLASSES),
        *(*order.SCORES, order.BY_WIDTH, order.FLAGS_FIRST, order.LOTS, ANY, NONE),
        *pictures._NAMES.values(),
        *(shown[0] for shown in comparison_words.SHOWN.values()),
        *comparison_words.SAMPLES.values(),
        *comparison_words.STRATA.values(),
        *comparison_page.PARTS,
        *comparison_page._ACCURACY.values(),
        *comparison_page._VERDICT.values(),
        *comparison_page._ACCURACY_NOT_GIVEN.values(),
        *explain.WORDS.values(),
        *(rule.sentence for rule in RULES),
        *(gate.explanation for gate in GATES),
        *KINDS.values(),
        *MEASURE_WORDS.values(),
        *(ALARM, QUIET, BLIND),
        *(limit.source for limit in (*STANDARDS.values(), *OWN_GOALS.values())),
    ]
    source = ast.parse(inspect.getsource(level_by_month.why_off_level))
    long = [node.value for node in ast.walk(source) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [*tables, *(text for text in long if text.startswith("The median ratio is"))]


@pytest.mark.parametrize("language", NORWEGIAN)
def test_every_sentence_that_is_said_is_in_the_catalogue(language):
    known = catalogue(language)
    wanted = [*literal_sentences(), *tabled_sentences()]
    assert len(set(wanted)) > 500
    assert sorted({sentence for sentence in wanted if sentence not in known}) == []


@pytest.mark.parametrize("language", NORWEGIAN)
def test_every_sentence_has_a_text_and_keeps_its_places(language):
    assert [english for english, said in catalogue(language).items() if not said.strip()] == []
    moved = [
        english
        for english, said in catalogue(language).items()
        if sorted(PLACE.findall(english)) != sorted(PLACE.findall(said))
    ]
    assert moved == []


def test_both_catalogues_hold_the_same_sentences():
    assert list(catalogue("nb")) == list(catalogue("nn"))


@pytest.mark.parametrize("language", NORWEGIAN)
def test_no_sentence_stands_twice(language):
    path = HOME / "languages" / f"{language}.po"
    with path.open("rb") as file:
        n_read = len([entry for entry in read_po(file) if entry.id])
    assert n_read == path.read_text("utf-8").count("\nmsgid ") - 1


@pytest.mark.parametrize(
    ("language", "foreign"),
    [
        ("nb", "ikkje|frå|eit|dei|berre|kva|kor|verdiar|bustad|sal|køyring|skilnad"),
        ("nn", "ikke|fra|et|hva|hvor|bare|verdier|bolig|salg|kjøring|forskjell|de"),
    ],
)
def test_bokmaal_and_nynorsk_are_not_mixed(language, foreign):
    mixed = [said for said in catalogue(language).values() if re.search(rf"\b({foreign})\b", said, re.IGNORECASE)]
    assert mixed == []


@pytest.mark.parametrize("language", NORWEGIAN)
def test_words_of_the_models_insides_are_not_said(language):
    said = " ".join(catalogue(language).values()).lower()
    assert [word for word in ("shap", "kvantil", "konform", "boost", "lightgbm", "prediksjon") if word in said] == []
